"""Schedules that settle their runs in a way of their own: feeds, and the watch over a channel.

How one is asked for, and what is said of it. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from bot.digests.kinds import Name
from bot.digests.speech import speech
from bot.feeds import Feeds
from bot.ledger.schedules import Scheduled
from generators.draft import PromptRejected, Request
from generators.sentences import Language

EVERY: Final[Mapping[Language, str]] = {"en": "every 5 minutes", "zh": "每5分钟"}
"""How often a channel that is watched is looked at, in the language of who asked."""
_FEED: Final = re.compile(
    r"(?:feed|rss|atom|订阅)\s*<?(?P<url>https?://[^\s<>|，。；]+)(?:\|[^<>]*)?>?[\s,，]*(?P<phrase>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CHART: Final = re.compile(r"[\s,，]*(?:with\s+(?:a\s+)?chart|[附带]图表?)\s*$", re.IGNORECASE)
_WATCH: Final = re.compile(
    r"(?:watch|monitor|监测|监控|关注)(?:\s*(?:the|this|here|mood|sentiment|channel|本|频道|情绪|氛围))*",
    re.IGNORECASE,
)
_SAY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "host": (
            (
                "That feed's address is not allowed here: an operator names the hosts that may be "
                "read in `feeds.hosts`. It begins with https and has no port."
            ),
            (
                "该订阅地址不在允许之列：由管理员在 `feeds.hosts` 中列出可读取的主机，"
                "须以 https 开头，不带端口。"
            ),
        ),
        "when": (
            "Say when, too: `/digest feed {url} every weekday at 9:00`.",
            "请同时写明时间：`/digest 订阅 {url} 每个工作日9点`。",
        ),
        "always": (
            "A watch looks every 5 minutes, on all days: it takes no `--holidays`.",
            "监测每5分钟查看一次，每天如此，不支持 `--holidays`。",
        ),
        "twice": (
            "This channel is watched already, as digest {n}.",
            "本频道已在监测中（第 {n} 个）。",
        ),
        "feed": (
            (
                "Each time it shows what is new in the feed, and nothing where nothing is. "
                "Not what you meant? `/digest delete {n}`."
            ),
            "每次只发新条目，没有则不发。不是您的意思？`/digest 删除 {n}`。",
        ),
        "watch": (
            (
                "It learns from 150 messages what is usual here, and tells this channel when "
                "clearly more of them read negative. A small model reads the words only, and can "
                "be wrong. Not what you meant? `/digest delete {n}`."
            ),
            (
                "先从 150 条消息学习本频道的常态，负面消息明显增多时在此提醒。"
                "小模型只看字面，可能出错。不是您的意思？`/digest 删除 {n}`。"
            ),
        ),
        "now": (
            "Digest {n} has something new, which comes now, besides its own times.",
            "第 {n} 个有新内容，现在就发，原定时间不变。",
        ),
        "nothing": (
            "Nothing is new in digest {n} since the last time.",
            "第 {n} 个自上次以来没有新内容。",
        ),
        "not now": (
            (
                "Digest {n} cannot run now: the feed is gone or is none, I am not in this channel, "
                "or it is archived. Once that is mended, say `/digest run now {n}` again."
            ),
            (
                "第 {n} 个现在无法运行：订阅源已失效，或我不在本频道，或频道已归档。"
                "解决后请再用 `/digest 现在 {n}`。"
            ),
        ),
        "no hand": (
            "Feeds and watches run where the bot is connected to Slack, and not here.",
            "订阅和监测只在机器人连接 Slack 时运行，这里不行。",
        ),
        "watches": ("Digest {n} has just looked at this channel.", "第 {n} 个刚查看了本频道。"),
        "learns": (
            (
                "It still learns what is usual here, from {n} messages so far of {of} that it "
                "needs; {bad} of them read negative."
            ),
            "仍在学习常态：已读 {n} 条，共需 {of} 条；其中 {bad} 条偏负面。",
        ),
        "usual": (
            "Usual here are {usual} in 100 messages that read negative.",
            "平常每 100 条约有 {usual} 条偏负面。",
        ),
        "calm": ("Nothing is different at present.", "目前没有异常。"),
        "turning": (
            (
                "Of the last {all}, {bad} read negative: that is {share} in 100 of what an alert "
                "needs."
            ),
            "最近 {all} 条中有 {bad} 条偏负面：达到提醒条件的 {share}%。",
        ),
        "turned": ("The mood has turned: the alert follows.", "气氛已变差：随后发出提醒。"),
        "silent": (
            "It says nothing before {when} ({zone}), and goes on learning.",
            "{when}（{zone}）之前不提醒，仍继续学习。",
        ),
        "failing": (
            (
                "Digest {n} (`{phrase}`) of channel {channel} is paused: {times} times in a row "
                "it could not be read or posted. The feed is gone or is none, I am not in that "
                "channel, it is archived, or you may not ask there. Once that is mended, "
                "`/digest resume {n}` there lets it go on."
            ),
            (
                "频道 {channel} 的第 {n} 个（`{phrase}`）已暂停：连续 {times} 次无法读取或发送。"
                "订阅源已失效，或我不在该频道、频道已归档，或您无权在那里提问。"
                "解决后在那里用 `/digest 恢复 {n}` 继续。"
            ),
        ),
    }
)
_CALLED: Final = {"feed": ("feed", "订阅"), "watch": ("watch", "监测")}
KINDS: Final = frozenset(_CALLED)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for."""

    kind: Name
    phrase: str
    options: Mapping[str, str] = field(default_factory=dict)


def chosen(asked: str, request: Request, feeds: Feeds) -> Chosen | None:
    """Return the kind that words ask for; None for an ordinary digest. Raises PromptRejected."""
    if found := _FEED.fullmatch(asked):
        if feeds.allowed(found["url"]) is None:
            raise PromptRejected(say("host", request))
        phrase = _CHART.sub("", found["phrase"]).strip()
        if not phrase:
            raise PromptRejected(say("when", request, url=found["url"]))
        chart = {"chart": "yes"} if _CHART.search(found["phrase"]) else {}
        return Chosen("feed", phrase, {"url": found["url"], **chart})
    return Chosen("watch", EVERY[speech(asked)]) if _WATCH.fullmatch(asked) else None


def said(one: Scheduled) -> Scheduled:
    """Return a schedule that is worded as it was asked for."""
    if one.kind not in KINDS:
        return one
    zh = speech(one.phrase) == "zh"
    kind = _CALLED[one.kind][zh]
    chart = ("with chart", "带图表")[zh] if "chart" in one.options else ""
    words = " ".join(filter(None, (kind, one.options.get("url", ""), one.phrase, chart)))
    return replace(one, phrase=words)


def say(what: str, request: Request, **blanks: object) -> str:
    """Return a sentence in the language of what was asked."""
    return _SAY[what][speech(request.prompt) == "zh"].format(**blanks)
