"""What may be used, in which window, and what things cost. Pure: knows no database and no Slack.

Every amount is a whole number; money is counted in millionths of a currency unit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from generators.draft import Call

Unit = Literal["requests", "tokens", "images", "gpu_ms", "money_micro"]
Scope = Literal["user", "channel", "team", "workspace"]
Window = Literal["day", "month"]

UNITS: Final[tuple[Unit, ...]] = ("requests", "tokens", "images", "gpu_ms", "money_micro")
WARN_PERCENT: Final = 80
CURRENCY: Final = r"^[A-Z]{3}$"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)

Whole = Annotated[int, Field(ge=0, strict=True)]
"""A whole number; 5.0 is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much of everything that is counted. `tokens` are those read and those written."""

    requests: int = 0
    tokens: int = 0
    images: int = 0
    gpu_ms: int = 0
    money_micro: int = 0

    def of(self, unit: Unit) -> int:
        """Return how much of one unit."""
        return {
            "requests": self.requests,
            "tokens": self.tokens,
            "images": self.images,
            "gpu_ms": self.gpu_ms,
            "money_micro": self.money_micro,
        }[unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose use a request is: the person's, the channel's, the team's, and the workspace's."""

    team: str
    channel: str
    user: str

    def within(self, scope: Scope) -> str:
        """Return the id of the team, channel or person; the workspace is everybody and has none."""
        ids = {"user": self.user, "channel": self.channel, "team": self.team, "workspace": ""}
        return ids[scope]


class Reserve(BaseModel):
    """What is set aside of the budgets for one request, until its real use is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: Whole = 1
    """0: it uses no model, is never refused, and counts towards no budget."""
    tokens: Whole = 1000
    images: Whole = 0
    gpu_ms: Whole = 0
    money_micro: Whole = 0

    @property
    def amounts(self) -> Amounts:
        """The same as amounts."""
        return Amounts(**self.model_dump())

    def times(self, count: str) -> "Reserve":
        """Return what is set aside for so many pictures; what is no number counts as one.

        >>> Reserve(images=1).times("4").images, Reserve(images=1).times("four").images
        (4, 1)
        """
        many = int(count) if re.fullmatch(r"[1-9]", count.strip()) else 1
        return self.model_copy(update={"images": self.images * many})

    @property
    def needs(self) -> Mapping[Unit, int]:
        """How much has to be left of each unit that a request may use.

        Time and money are not known before: one of each has to be left.
        """
        if not self.requests:
            return {}
        known: tuple[Unit, ...] = ("requests", "tokens", "images")
        after: tuple[Unit, ...] = ("gpu_ms", "money_micro")
        least = {unit: self.amounts.of(unit) for unit in known if self.amounts.of(unit)}
        return {**least, **{unit: max(1, self.amounts.of(unit)) for unit in after}}


class Budget(BaseModel):
    """How much somebody may use in a day or a month."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: Scope
    id: str = ""
    """Whose: one Slack id; empty: each person, channel or team by itself."""
    window: Window
    tz: str = "UTC"
    """IANA zone whose calendar says when a day or a month begins."""
    requests: Whole | None = None
    tokens: Whole | None = None
    images: Whole | None = None
    gpu_ms: Whole | None = None
    money_micro: Whole | None = None

    @field_validator("tz")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name} is no time zone, such as UTC or Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.limits:
            raise ValueError(f"a budget needs a limit: one of {', '.join(UNITS)}")
        if self.scope == "workspace" and self.id:
            raise ValueError("there is one workspace, so a budget of scope workspace has no id")
        return self

    @property
    def limits(self) -> Mapping[Unit, int]:
        """The limits that it sets."""
        given: dict[Unit, int | None] = {
            "requests": self.requests,
            "tokens": self.tokens,
            "images": self.images,
            "gpu_ms": self.gpu_ms,
            "money_micro": self.money_micro,
        }
        return {unit: limit for unit, limit in given.items() if limit is not None}

    def applies(self, asker: Asker) -> bool:
        """Tell whether what this asker uses counts towards it."""
        return self.id in {"", asker.within(self.scope)}

    def span(self, now_ms: int) -> tuple[int, int]:
        """Return the window that a moment lies in: its start, and its end, which is not in it.

        All in UTC milliseconds. A day of a clock change has 23 or 25 hours.
        """
        today = (EPOCH + now_ms * _MS).astimezone(ZoneInfo(self.tz)).date()
        if self.window == "day":
            first, after = today, today + timedelta(days=1)
        else:
            first = today.replace(day=1)
            after = (first + timedelta(days=32)).replace(day=1)
        return _midnight_ms(first, self.tz), _midnight_ms(after, self.tz)


class Standing(BaseModel):
    """How a budget stands in one unit of its present window."""

    model_config = ConfigDict(frozen=True)

    scope: Scope
    id: str
    window: Window
    tz: str
    unit: Unit
    limit: int
    used: int
    reserved: int
    """Set aside for requests that wait or are at work."""
    since_ms: int
    until_ms: int
    currency: str = Field(pattern=CURRENCY)

    @property
    def name(self) -> str:
        """What tells it from every other budget and unit; another limit is another budget."""
        return f"{self.scope}/{self.id}/{self.window}/{self.tz}/{self.unit}/{self.limit}"

    @property
    def reset(self) -> datetime:
        """When its next window begins, in its own zone."""
        return (EPOCH + self.until_ms * _MS).astimezone(ZoneInfo(self.tz))

    @property
    def nearly(self) -> bool:
        """Whether so much is used that the person is to be told."""
        return self.used * 100 >= self.limit * WARN_PERCENT

    def has_room(self, needs: Mapping[Unit, int]) -> bool:
        """Tell whether a request may still start."""
        if self.unit not in needs:
            return True
        return self.used + self.reserved + needs[self.unit] <= self.limit


class Price(BaseModel):
    """What a model costs, in millionths of a currency unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_1k_micro: Whole = 0
    output_1k_micro: Whole = 0
    image_micro: Whole = 0
    gpu_s_micro: Whole = 0
    """For each second in the model call."""


class Prices(BaseModel):
    """What engine calls cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = Field(default="USD", pattern=CURRENCY)
    models: dict[str, Price] = Field(default_factory=dict)
    """By the beginning of a model's id; the longest that fits counts, "" fits every model."""

    def micro(self, call: Call) -> int:
        """Return what a call costs, rounded once to whole millionths.

        >>> table = Prices(models={"": Price(gpu_s_micro=9), "big/": Price(output_1k_micro=2500)})
        >>> table.micro(Call(stage="chat", model="big/one", output_tokens=999, gpu_ms=8000))
        2498
        >>> table.micro(Call(stage="chat", model="small", output_tokens=999, gpu_ms=8000))
        72
        """
        fitting = [prefix for prefix in self.models if call.model.startswith(prefix)]
        if not fitting:
            return 0
        price = self.models[max(fitting, key=len)]
        thousandths = (
            call.prompt_tokens * price.prompt_1k_micro
            + call.output_tokens * price.output_1k_micro
            + call.gpu_ms * price.gpu_s_micro
            + call.images * price.image_micro * 1000
        )
        return (thousandths + 500) // 1000


def tightest(full: Sequence[Standing]) -> Standing | None:
    """Return, of the budgets that have no room, the one that will have some last."""
    # On the last day of a month both windows end at once; the month is the graver of the two.
    return max(full, key=lambda one: (one.until_ms, one.window == "month"), default=None)


def month_span(month: str) -> tuple[int, int]:
    """Return start and end of a month like 2026-11, in UTC. Raises ValueError.

    >>> month_span("1970-02")
    (2678400000, 5097600000)
    """
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()
    after = (first + timedelta(days=32)).replace(day=1)
    return _midnight_ms(first, "UTC"), _midnight_ms(after, "UTC")


def _midnight_ms(day: date, tz: str) -> int:
    """Return when a day begins; where the clock skips midnight, that is when it does so."""
    begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))
    return (begins.astimezone(UTC) - EPOCH) // _MS
