"""Numbers, times and fixed words: all that can fill the blanks of a fixed sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from bot.budgets import Scope, Standing, Unit, Window
from generators.sentences import Language

CELLS: Final = 10
_MICRO: Final = 1_000_000
_UNITS: Final[Mapping[Unit, tuple[str, str, str]]] = MappingProxyType(
    {
        "requests": (" request", " requests", " 个请求"),
        "tokens": (" token", " tokens", " 个词元"),
        "images": (" picture", " pictures", " 张图片"),
        "gpu_ms": (" GPU seconds", " GPU seconds", " GPU 秒"),
    }
)


class Term(Enum):
    """A fixed word for whose a budget is, or for how long."""

    USER = ("your budget", "您的额度")
    CHANNEL = ("this channel's budget", "本频道的额度")
    TEAM = ("your team's budget", "您团队的额度")
    WORKSPACE = ("everybody's budget", "所有人共用的额度")
    DAY = ("for today", "今日")
    MONTH = ("for this month", "本月")

    def text(self, language: Language) -> str:
        """Return the word in a language."""
        return self.value[language == "zh"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of something; money in millionths of its unit."""

    number: int
    unit: Unit
    currency: str = ""
    """Three capital letters."""
    bare: bool = False
    """Whether the unit is left out, because it follows."""

    def text(self, language: Language) -> str:
        """Return it as people read it.

        >>> Quantity(1234, "tokens").text("en"), Quantity(61_500, "gpu_ms").text("zh")
        ('1,234 tokens', '61.5 GPU 秒')
        >>> Quantity(2_500_000, "money_micro", "EUR").text("en")
        '2.50 EUR'
        """
        shown = _digits(self.number, self.unit)
        if self.bare:
            return shown
        if self.unit == "money_micro":
            return f"{shown} {self.currency}".strip()
        one, many, chinese = _UNITS[self.unit]
        return shown + (chinese if language == "zh" else one if self.number == 1 else many)


Blank = int | datetime | Quantity | Term
"""What may stand in a blank. A time is said in its own zone, which it must name."""


def filled(blank: Blank, language: Language) -> str:
    """Return a blank as people read it. Raises TypeError for everything that could be a text."""
    match blank:
        case bool() | int():
            return str(int(blank))
        case datetime():
            return _moment(blank, language)
        case Quantity() | Term():
            return blank.text(language)
        case other:  # types say that this cannot be; a sentence must not depend on that
            raise TypeError(type(other).__name__)


def told(standing: Standing) -> dict[str, Blank]:
    """Return what the sentences about a budget say of it."""
    unit, currency = standing.unit, standing.currency
    return {
        "whose": whose(standing.scope),
        "window": during(standing.window),
        "used": Quantity(standing.used, unit, currency, bare=True),
        "limit": Quantity(standing.limit, unit, currency),
        "reserved": Quantity(standing.reserved, unit, currency, bare=True),
        "reset": standing.reset,
    }


def bar(used: int, limit: int) -> str:
    """Return how full something is, in ten cells; none is full before its tenth is used.

    >>> bar(0, 9), bar(5, 9), bar(12, 9), bar(0, 0)
    ('▱▱▱▱▱▱▱▱▱▱', '▰▰▰▰▰▱▱▱▱▱', '▰▰▰▰▰▰▰▰▰▰', '▰▰▰▰▰▰▰▰▰▰')
    """
    full = CELLS if used >= limit else CELLS * used // limit
    return "▰" * full + "▱" * (CELLS - full)


def whose(scope: Scope) -> Term:
    """Return the words for a scope."""
    match scope:
        case "user":
            return Term.USER
        case "channel":
            return Term.CHANNEL
        case "team":
            return Term.TEAM
        case "workspace":
            return Term.WORKSPACE
        case other:
            assert_never(other)


def during(window: Window) -> Term:
    """Return the words for a window."""
    return Term.DAY if window == "day" else Term.MONTH


def _digits(number: int, unit: Unit) -> str:
    match unit:
        case "gpu_ms":
            tenths = (number + 50) // 100
            return f"{tenths // 10:,}.{tenths % 10}"
        case "money_micro" if 0 < number < _MICRO:
            return f"0.{(number + 50) // 100:04}" if number + 50 < _MICRO else "1.00"
        case "money_micro":
            cents = (number + 5_000) // 10_000
            return f"{cents // 100:,}.{cents % 100:02}"
        case _:
            return f"{number:,}"


def _moment(moment: datetime, language: Language) -> str:
    if not isinstance(moment.tzinfo, ZoneInfo):
        raise TypeError("a time without the name of its zone")
    shown, zone = f"{moment:%Y-%m-%d %H:%M}", moment.tzinfo.key
    return f"{shown}（{zone}）" if language == "zh" else f"{shown} ({zone})"
