"""A channel's digest in Markdown: bullets by topic, each with its author and its message's link.

A language model, where there is one, may say a bullet more briefly; where it adds or loses a fact,
the person's own words stay.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from generators.builtin import COST
from generators.channels import Whole, recaps
from generators.cues import TOPICS, Topic
from generators.draft import Draft, Line, PromptRejected, Request, Text
from generators.preset import Preset, last_word
from generators.recap import BULLET_CHARS, Bullet, Recap, plain
from generators.sentences import Language, language, one_line, quoted
from generators.support.facts import facts
from generators.support.grounding import added
from generators.support.words import informative
from generators.tools import Tools

LENGTHS: Final[Mapping[str, int]] = {"short": 3, "normal": 6, "long": 12}
"""Bullets by the flag `length`."""
OWN_WORDS = 0.6
"""Share of a rewritten bullet's words that must be the person's own."""

_HEADINGS: Final[dict[Topic, dict[Language, str]]] = {
    "decision": {"en": "Decisions", "zh": "决定"},
    "deadline": {"en": "Deadlines", "zh": "截止日期"},
    "incident": {"en": "Incidents", "zh": "故障"},
    "question": {"en": "Open questions", "zh": "待解决的问题"},
    "other": {"en": "Also discussed", "zh": "其他讨论"},
}
_SOURCE: Final[dict[Language, str]] = {"en": "source", "zh": "来源"}
_SILENCE: Final[dict[Language, str]] = {
    "en": "It was quiet here: there is nothing to sum up.",
    "zh": "这里很安静，没有需要总结的内容。",
}
_WINDOW: Final[dict[Language, str]] = {
    "en": "From {since} to {until} ({zone}).",
    "zh": "{since} 至 {until}（{zone}）。",
}
_REST: Final[dict[Language, str]] = {
    "en": "More was said in {places}.",
    "zh": "{places} 也有新消息。",
}
_LATE: Final[dict[Language, str]] = {
    "en": " This comes late: I was away at its time.",
    "zh": "这份摘要迟到了：到时间时我不在线。",
}
_LINKABLE = re.compile(r"https?://[^\s()<>\[\]\"|]+")
_NUMBERED = re.compile(r"^\s*\[?(\d{1,3})[\].):：、]\s*(\S.*?)\s*$", re.MULTILINE)


class Digest:
    """Sums up the messages of a channel, which the request brings as its context."""

    def __init__(self, tools: Tools, *, length: str = "normal", preset: str = "digest") -> None:
        """Take how long a digest is where the request does not say: short, normal or long."""
        self._tools = tools
        self._length = length
        self._preset = Preset.load(preset)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one draft; raise `PromptRejected` for an unknown length."""
        length = request.flags.get("length", self._length)
        if length not in LENGTHS:
            raise PromptRejected(f"A digest is one of {', '.join(LENGTHS)}.")
        found = await asyncio.to_thread(recaps, request.context, LENGTHS[length])
        reply = None
        if found.bullets:
            listed = _listed(found.bullets)
            reply = await last_word(self._tools.model, self._preset, request, bullets=listed)
        if reply is not None:
            found = found.having(_reworded(found.bullets, reply.text))
        held = set(sourced(found.bullets, request.context))
        found = found.having([one if one in held else None for one in found.bullets])
        cost = COST if reply is None else reply.cost
        said = "\n\n".join(filter(None, (headed(request, found.language), whole(found))))
        yield Draft(request=request, content=Text(said), cost=cost)


def headed(request: Request, speak: Language) -> str:
    """Return which time a scheduled digest tells of, and whether it is late; nothing otherwise."""
    flags = request.flags
    if "since" not in flags or "until" not in flags:
        return ""
    zone = ZoneInfo(flags.get("zone", "UTC"))
    moments = (datetime.fromtimestamp(float(flags[end]), zone) for end in ("since", "until"))
    since, until = (f"{one:%Y-%m-%d %H:%M}" for one in moments)
    late = _LATE[speak] if "late" in flags else ""
    return f"{_WINDOW[speak].format(since=since, until=until, zone=zone.key)}{late}"


def _listed(bullets: Sequence[Bullet]) -> str:
    return "\n".join(
        f"{number}.\n{quoted(f'{one.author}: {one.text}')}" for number, one in enumerate(bullets, 1)
    )


def _reworded(bullets: Sequence[Bullet], answer: str) -> tuple[Bullet, ...]:
    """Take the model's words for the bullets that they are true to."""
    said = {int(number): one_line(text) for number, text in _NUMBERED.findall(answer)}
    return tuple(
        replace(one, text=said[number]) if is_true_to(one, said.get(number, "")) else one
        for number, one in enumerate(bullets, 1)
    )


def sourced(bullets: Sequence[Bullet], context: Sequence[Line]) -> tuple[Bullet, ...]:
    """Return the bullets that lead to a message that was given, and say nothing that is not in it.

    The last word over whatever chose and worded them: no number, name or link is new.
    """
    given = {(line.ts, line.link): line for line in context}
    held = ((one, given.get((one.ts, one.link))) for one in bullets)
    return tuple(one for one, line in held if line and _stands(one, line))


def _stands(one: Bullet, line: Line) -> bool:
    said, source = one.text.removesuffix("…"), f"{one.author}: {plain(line.text)}"
    return "://" not in said and (said in source or not added(said, source))


def is_true_to(bullet: Bullet, rewrite: str) -> bool:
    """Say whether a rewrite adds no fact, name or link to a bullet, and loses no fact of it."""
    original = f"{bullet.author}: {bullet.text}"
    if not rewrite or len(rewrite) > BULLET_CHARS or re.search(r"[\[\]<>`]|://", rewrite):
        return False
    terms, own = informative(rewrite), set(informative(original))
    shared = sum(term in own for term in terms) >= OWN_WORDS * len(terms)
    kept = facts(bullet.text) <= facts(rewrite)
    same = language(rewrite) == language(bullet.text)
    return bool(terms) and shared and kept and same and not added(rewrite, original)


def whole(found: Whole) -> str:
    """Return the recaps of all channels in Markdown, and which others more was said in."""
    told = [part for part in found.parts if not part.recap.quiet]
    if not told:
        return _SILENCE[found.language]
    said = [shown(part.recap, part.place) for part in told]
    if found.rest:
        said.append(_REST[found.language].format(places=", ".join(found.rest)))
    return "\n\n".join(said)


def shown(found: Recap, place: str = "") -> str:
    """Return a recap in Markdown: headings, and bullets that end in their message's link."""
    speak, before = found.language, f"{place} · " if place else ""
    if found.quiet:
        return _SILENCE[speak]
    parts = []
    for about in TOPICS:
        bullets = [_as_line(one, speak) for one in found.bullets if one.topic == about]
        if bullets:
            parts.append("\n".join([f"**{before}{_HEADINGS[about][speak]}**", *bullets]))
    return "\n\n".join(parts)


def _as_line(one: Bullet, speak: Language) -> str:
    link = f" [{_SOURCE[speak]}]({one.link})" if _LINKABLE.fullmatch(one.link) else ""
    return f"- {one.text} — {one.author}{link}"
