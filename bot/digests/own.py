"""Schedules that settle their runs in a way of their own: feeds, and the watch over a channel.

How one is asked for, and what is said of it. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from bot.digests.kinds import Name
from bot.feeds import Feeds
from bot.ledger.schedules import Scheduled
from generators.draft import PromptRejected, Request
from generators.sentences import language

EVERY: Final = "every 5 minutes"
"""How often a channel that is watched is looked at."""
_FEED: Final = re.compile(
    r"(?:feed|rss|atom|订阅)\s*<?(?P<url>https?://[^\s<>|，。；]+)(?:\|[^<>]*)?>?[\s,，]*(?P<phrase>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CHART: Final = re.compile(r"[\s,，]*(?:with\s+(?:a\s+)?chart|[附带]图表?)\s*$", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"https?://[^\s<>|，。；]+")
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
            "Digest {n} looks by itself, so that nothing is told twice; it cannot be run by hand.",
            "第 {n} 个会自行查看，以免重复，不能手动运行。",
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
KINDS: Final = frozenset({"feed", "watch"})


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
    return Chosen("watch", EVERY) if _WATCH.fullmatch(asked) else None


def said(one: Scheduled) -> Scheduled:
    """Return a schedule that is worded as it was asked for."""
    if one.kind not in KINDS:
        return one
    chart = "with chart" if "chart" in one.options else ""
    words = " ".join(filter(None, (one.kind, one.options.get("url", ""), one.phrase, chart)))
    return replace(one, phrase=words)


def say(what: str, request: Request, **blanks: object) -> str:
    """Return a sentence in the language of what was asked."""
    typed = _ADDRESS.sub(" ", request.prompt)
    return _SAY[what][language(typed) == "zh"].format(**blanks)
