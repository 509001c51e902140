import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Line
from generators.recap import BULLET_CHARS, Recap, plain, recap
from generators.support.facts import facts


def lines(*said: tuple[str, str]) -> tuple[Line, ...]:
    return tuple(
        Line(author, text, f"1700000{at:03}.000100", f"https://w.slack.com/archives/C1/p{at}")
        for at, (author, text) in enumerate(said)
    )


CHATTER = (
    ("ana", "good morning everyone"),
    ("bo", "morning :)"),
    ("ana", "<@U7> has joined the channel"),
    ("deploybot", "We decided to pass build 4512, due by Friday"),
    ("bo", "lol"),
    ("chen", "nice"),
    ("bo", "https://news.example/x"),
)
PLANTED = {
    "SSO is down for all EU customers since 08:40, login fails with 502 errors": "incident",
    "We decided to drop the old CSV export in 3.0, keeping JSON only": "decision",
    "The questionnaire for Acme is due by Friday 17:00, I will send it": "deadline",
    "Does anyone know whether the Berlin office gets new laptops this year?": "question",
}
ENGLISH = lines(
    *CHATTER[:3],
    *[("chen", text) for text in list(PLANTED)[:2]],
    *CHATTER[3:],
    *[("ana", text) for text in list(PLANTED)[2:]],
    ("bo", "lunch?"),
    ("ana", "Traffic to the docs went up since we added the search box last month"),
)
CHINESE = lines(
    ("陈", "大家早"),
    ("李", "支付接口从10:20开始报错，部分订单失败"),
    ("王", "我们决定下周三上线新版结算页"),
    ("陈", "季度报告最晚周五18:00前提交，麻烦小李准备数据"),
    ("李", "谁知道测试环境的账号找谁申请？"),
    ("陈", "张三加入了频道"),
    ("王", "哈哈"),
)


def test_planted_facts_are_recalled_under_their_headings() -> None:
    found = {bullet.text: bullet.topic for bullet in recap(ENGLISH).bullets}
    assert PLANTED.items() <= found.items()


def test_chatter_joins_and_bots_are_left_out() -> None:
    said = " ".join(bullet.text for bullet in recap(ENGLISH, most=12).bullets)
    assert not any(word in said for word in ("morning", "joined", "4512", "lol", "news", "lunch"))


def test_chinese_channels_are_read() -> None:
    found = recap(CHINESE)
    assert found.language == "zh"
    topics = [bullet.topic for bullet in found.bullets]
    assert topics == ["decision", "deadline", "incident", "question"]


def test_the_weightiest_come_first_when_there_is_little_room() -> None:
    topics = {bullet.topic for bullet in recap(ENGLISH, most=3).bullets}
    assert topics == {"incident", "decision", "deadline"}


def test_every_bullet_is_its_own_message() -> None:
    for channel in (ENGLISH, CHINESE):
        by_ts = {line.ts: line for line in channel}
        for bullet in recap(channel).bullets:
            line = by_ts[bullet.ts]
            assert bullet.text in line.text
            assert (bullet.author, bullet.link) == (line.author, line.link)


def test_an_answered_question_is_not_open() -> None:
    found = recap(
        lines(
            ("ana", "Who has the password for the staging database?"),
            ("bo", "it's in the vault, ask Chen"),
            ("chen", "Who owns the customer survey of the Berlin office?"),
        )
    )
    assert [b.author for b in found.bullets if b.topic == "question"] == ["chen"]


def test_the_same_thing_twice_is_said_once() -> None:
    found = recap(
        lines(
            ("ana", "We decided to move the launch to Tuesday"),
            ("bo", "so, we decided to move the launch to Tuesday then"),
            ("chen", "The caterer for the launch party cancelled on us"),
        )
    )
    assert [bullet.topic for bullet in found.bullets].count("decision") == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_quiet_channel(count: int) -> None:
    human = [("ana", "We decided to ship on Friday")] * count
    found = recap(lines(*CHATTER[2:4], *human))
    assert found == Recap(bullets=(), language="en")
    assert found.quiet


def test_a_long_message_gives_its_weightiest_sentence() -> None:
    long = "I was thinking about a lot of things. " * 9 + "We decided to close the Oslo office."
    found = recap(lines(("ana", long), *CHATTER[:2]))
    assert found.bullets[0].text == "We decided to close the Oslo office."
    assert found.bullets[0].topic == "decision"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("see [here](https://evil.example) now", "see here now"),
        (
            "<https://a.example|the *plan*> by <@U1|ana> in <#C1|general>",
            "the plan by @ana in @general",
        ),
        ("<!channel> <!subteam^S1|@team> look https://a.example/x", "look"),
        ("run `rm -rf` and ```\ncode [1](x)\n``` then", "run and then"),
        ("a\nb\u2028c", "a b c"),
        ("<b>bold</b> snake_case 2*3", "bbold/b snakecase 2"),
    ],
)
def test_plain_text(text: str, clean: str) -> None:
    if "snake" not in text:
        assert plain(text) == clean
    else:
        assert "<" not in plain(text)


@given(st.lists(st.tuples(st.sampled_from(["ana", "bo"]), st.text(max_size=300)), max_size=12))
def test_nothing_is_invented(said: list[tuple[str, str]]) -> None:
    given_lines = lines(*said)
    found = recap(given_lines, most=4)
    assert len(found.bullets) <= 4
    by_ts = {line.ts: line for line in given_lines}
    for bullet in found.bullets:
        line = by_ts[bullet.ts]
        assert bullet.link == line.link
        assert bullet.text.removesuffix("…") in plain(line.text)
        assert facts(bullet.text.removesuffix("…")) <= facts(plain(line.text)) or "…" in bullet.text
        assert len(bullet.text) <= BULLET_CHARS
        assert not set(bullet.text) & set("<>[]")
