"""What a form about a schedule holds, as the request that somebody would have typed. Pure."""

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
SKIPPING: Final = ("no", "skip")
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
        channels = (fields.get(CHANNELS) or {}).get("selected_conversations") or ()
        reading = {
            "length": _chosen(fields, LENGTH, ("normal", *LENGTHS)),
            "quiet": _number(fields),
        }
        return cls(
            kind=kind,
            channels=tuple(str(one) for one in channels),
            when=plain(fit(str((fields.get(WHEN) or {}).get("value") or ""))).strip(),
            flags={
                **(reading if kind in READING else {}),
                "holidays": _chosen(fields, HOLIDAYS, SKIPPING),
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
    speech = language(filled.when) if filled.when else about.speech
    zh = speech == "zh"
    parts = [
        f"{_SAID['edit'][zh]} {about.number}" if about.number else "",
        _SAID[filled.kind][zh],
        " ".join(f"<#{channel}>" for channel in filled.channels),
        filled.when,
    ]
    return " ".join(filter(None, parts))


def _number(fields: Mapping[str, Any]) -> str:
    """Return below how many messages there is no digest; the form also shows what was typed."""
    said = str(((fields.get(QUIET) or {}).get("selected_option") or {}).get("value") or "")
    return said if said.isascii() and said.isdecimal() else QUIETS[0]


def _chosen(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """Return the value of an option; the first one where none that is known is chosen."""
    said = str(((fields.get(name) or {}).get("selected_option") or {}).get("value") or "")
    return said if said in known else known[0]
