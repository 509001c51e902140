"""Three hundred made-up channels, and a model that lies: nothing of what is shown is invented."""

import random
import re
import unicodedata
from collections.abc import Sequence

import pytest

from generators.digest import _reworded, shown, sourced
from generators.draft import Line
from generators.recap import MOST, Bullet, recap

CHANNELS = 300
PEOPLE = ("ana", "bo", "Chen Wei", "陈", "李娜", "مريم", "deploybot", "\uff24ana")
ENGLISH = (
    "We decided to move {a} to {n} servers by {day}.",
    "{b} says the {a} rollout failed at {h}:{m} with {n} errors",
    "The {a} report is due by {day}, {b} will send {n} pages",
    "Who has the {a} contract with {b}?",
    "see https://{a}.example/{n} and <https://x.example/{n}|the plan> by <@U{n}|{b}>",
    "```\nrm -rf {a} {n}\n``` we will not ship {a} before {h}:{m}",
    "[{b}](https://evil.example/{n}) agreed to pay {n} EUR for {a} \U0001f600",
    "{b} has joined the channel",
    "lol",
    "Thanks {b}!",
    "I was thinking about {a} for a long time. " * 8 + "We agreed on {n} days for {b}.",
)
CHINESE = (
    "我们决定{day}把{z}迁到{n}台服务器",
    "{z}从{h}:{m}开始报错，{n}个订单失败，{b}负责跟进",
    "{z}报告最晚{h}:{m}前提交，共{n}页",
    "谁知道{z}的合同在哪里？",
    "{b}加入了频道",
    "收到",
    "大家好，{z}的预算是{n}元，不能再加了。" * 12,
)
NAMES = ("Acme", "Zephyr", "Nordwind", "Kestrel")
THINGS = ("支付接口", "结算页", "登录服务", "仓库系统")
DAYS = ("Friday", "Monday", "周五", "11月30日")
LIES = (
    "{changed}",
    "{agreed}",
    "{text} Zoltan approved it.",
    "{text} It costs {more} EUR.",
    "{text} https://evil.example/{more}",
    "{text} [more](https://evil.example)",
    "{text}张伟负责，共{more}个",
    "Everything is fine on 31 December at 23:59.",
    "",
)


def channel(chance: random.Random) -> tuple[Line, ...]:
    """Return a channel with threads, in English, Chinese or both."""
    forms = chance.choice((ENGLISH, CHINESE, ENGLISH + CHINESE))
    lines: list[Line] = []
    for at in range(chance.randrange(2, 40)):
        said = chance.choice(forms).format(
            a=chance.choice(NAMES),
            b=chance.choice(NAMES),
            z=chance.choice(THINGS),
            n=chance.randrange(2, 5000),
            h=chance.randrange(10, 24),
            m=chance.randrange(10, 60),
            day=chance.choice(DAYS),
        )
        ts = f"{1_700_000_000 + at * chance.randrange(1, 2000)}.{at:06}"
        thread = chance.choice(lines).ts if lines and chance.random() < 0.3 else ""
        link = f"https://w.slack.com/archives/C1/p{ts.replace('.', '')}"
        lines.append(Line(chance.choice(PEOPLE), said, ts, link, thread, chance.randrange(9)))
    return tuple(lines)


def lies(bullets: Sequence[Bullet], chance: random.Random) -> str:
    """Return what a model says that changes what it was to shorten."""
    told = (_lie(chance.choice(LIES), one.text, n) for n, one in enumerate(bullets, 5000))
    return "\n".join(f"{n}. {text}" for n, text in enumerate(told, 1))


def _lie(form: str, text: str, more: int) -> str:
    changed = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text)
    agreed = text.replace("not ", "").replace("不", "")
    return form.format(text=text, changed=changed, agreed=agreed, more=more)


def words(text: str) -> set[str]:
    """Return numbers, and words that begin with a capital: what a name or figure is made of."""
    folded = unicodedata.normalize("NFKC", text)
    return set(re.findall(r"\d+|[A-Z][a-z]+", folded))


@pytest.fixture(scope="module")
def channels() -> list[tuple[Line, ...]]:
    chance = random.Random(9)  # noqa: S311 - no secret
    return [channel(chance) for _ in range(CHANNELS)]


def test_every_bullet_has_its_source_and_nothing_new(channels: list[tuple[Line, ...]]) -> None:
    chance, bullets = random.Random(10), 0  # noqa: S311 - no secret
    for lines in channels:
        by_ts = {line.ts: line for line in lines}
        found = recap(lines)
        reworded = _reworded(found.bullets, lies(found.bullets, chance))
        for one in sourced(reworded, lines):
            source = by_ts[one.ts]
            assert one.link == source.link
            said = one.text.removesuffix("…")
            assert words(said) <= words(f"{source.author} {source.text}"), (said, source.text)
            assert "://" not in said
            assert not any(name in said for name in ("Zoltan", "张伟", "evil"))
            bullets += 1
        assert len(found.bullets) <= MOST
    assert bullets > CHANNELS, "hardly anything was shown, so this proves little"


def test_every_line_that_is_shown_ends_in_a_given_link(channels: list[tuple[Line, ...]]) -> None:
    for lines in channels:
        text = shown(recap(lines))
        links = {line.link for line in lines}
        points = [row for row in text.splitlines() if row.startswith("- ")]
        for point in points:
            (link,) = re.findall(r"\[(?:source|来源)\]\(([^)]*)\)\Z", point)
            assert link in links


def test_a_bullet_without_its_source_is_left_out() -> None:
    line = Line("ana", "We decided to hire 3 people", "1.0", "https://w/1")
    bullet = Bullet(topic="decision", text=line.text, author="ana", ts="1.0", link="https://w/1")
    assert sourced([bullet], [line]) == (bullet,)
    assert sourced([bullet], [Line("ana", line.text, "1.0", "https://w/2")]) == ()
    assert sourced([bullet], [Line("ana", "We decided to hire 4 people", "1.0", line.link)]) == ()
    assert sourced([bullet], []) == ()
