"""What a form about a schedule holds, as the request that somebody would have typed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from bot.intake.escaped import fit, plain
from bot.settings import Verb
from generators.draft import Destination, Request, UserId
from generators.sentences import Language, language

OPEN: Final = "plan_open"
"""The button that opens the form; its value is the language."""
FORM: Final = "planning"
"""The form's callback id."""
WHICH, WHEN = "plan_which", "plan_when"
"""The two fields that tell of themselves: which schedule, and when, once Enter is pressed."""
KIND, CHANNELS, LENGTH = "plan_kind", "plan_channels", "plan_length"
QUIET, HOLIDAYS = "plan_quiet", "plan_holidays"
KINDS: Final = ("digest", "mine", "usage", "reviews")
LENGTHS: Final = ("short", "normal", "long")
QUIETS: Final = ("3", "0", "10", "30")
NOT_SKIPPED: Final = "no"
"""What stands for no region whose public holidays are left out."""
REGION_CHARS: Final = 10
READING: Final = frozenset({"digest", "mine"})
"""Kinds that tell of messages, and have a length and may be quiet."""
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "digest": ("digest", "摘要"),
    "mine": ("for me", "给我"),
    "usage": ("usage", "用量"),
    "reviews": ("reviews", "待审核"),
    "edit": ("edit", "修改"),
}
_VERB: Final = "schedule"
_ID: Final = re.compile("[A-Z0-9]+")
_IDS: Final = UUID("0d7c7c0e-3f55-4b4f-9a51-0a6b8c7f1e2d")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a form is about; Slack keeps it with the form."""

    speech: Language
    channel: str
    zone: str
    number: int = 0
    """Of the schedule that is changed; 0: a new one."""

    @property
    def text(self) -> str:
        """As the form carries it.

        >>> About.read(About(speech="zh", channel="C1", zone="Asia/Shanghai", number=2).text).number
        2
        """
        return f"{self.speech} {self.channel} {self.zone} {self.number}"

    @classmethod
    def read(cls, text: str) -> "About":
        """Return what a form carries. Raises ValueError."""
        speech, channel, zone, number = text.split()
        said: Language = "zh" if speech == "zh" else "en"
        return cls(speech=said, channel=channel, zone=zone, number=int(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What somebody chose and typed."""

    kind: str
    channels: tuple[str, ...]
    when: str
    flags: Mapping[str, str]

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> "Filled":
        """Return what a form's fields hold, each under the name of its action."""
        blocks = view["state"]["values"].values()
        fields = {name: field for block in blocks for name, field in block.items()}
        kind = _chosen(fields, KIND, KINDS)
        channels = [
            str(one) for one in _field(fields, CHANNELS).get("selected_conversations") or ()
        ]
        if not all(map(_ID.fullmatch, channels)):
            raise ValueError("a channel that is none")
        reading = {
            "length": _chosen(fields, LENGTH, ("normal", *LENGTHS)),
            "quiet": _number(fields),
        }
        return cls(
            kind=kind,
            channels=tuple(channels),
            when=_typed(fields, WHEN),
            flags={
                **(reading if kind in READING else {}),
                "holidays": _typed(fields, HOLIDAYS)[:REGION_CHARS] or NOT_SKIPPED,
            },
        )


def planned(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what a form that was sent asks for; None for any other form. Raises ValueError."""
    view = body["view"]
    if view.get("callback_id") != FORM or _VERB not in verbs:
        return None
    about, filled = About.read(str(view.get("private_metadata", ""))), Filled.of(view)
    team = str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
    return Request(
        id=uuid5(_IDS, f"{team}:{body['trigger_id']}"),
        verb=_VERB,
        prompt=prompt(about, filled),
        user=UserId(body["user"]["id"]),
        team=team,
        flags=filled.flags,
        reply_to=Destination(channel=about.channel),
    )


def prompt(about: About, filled: Filled) -> str:
    """Return what would have been typed, in the language of when it is to come."""
    worded = any(one.isalpha() for one in filled.when)  # and is not cron
    zh = (language(filled.when) if worded else about.speech) == "zh"
    parts = [
        f"{_SAID['edit'][zh]} {about.number}" if about.number else "",
        _SAID[filled.kind][zh],
        " ".join(f"<#{channel}>" for channel in filled.channels),
        filled.when,
    ]
    return " ".join(filter(None, parts))


def _field(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = fields.get(name) or {}
    return found


def _typed(fields: Mapping[str, Any], name: str) -> str:
    return plain(fit(str(_field(fields, name).get("value") or ""))).strip()


def _number(fields: Mapping[str, Any]) -> str:
    """Return below how many messages there is no digest; the form also shows what was typed."""
    said = str((_field(fields, QUIET).get("selected_option") or {}).get("value") or "")
    return said if said.isascii() and said.isdecimal() else QUIETS[0]


def _chosen(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """Return the value of an option; the first one where none that is known is chosen."""
    said = str((_field(fields, name).get("selected_option") or {}).get("value") or "")
    return said if said in known else known[0]
