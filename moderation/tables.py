"""Tables of rules: what to do about a category, at which score, and where that counts.

Knows how a table is written; `moderation.policy` knows which table counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Action(IntEnum):
    """What happens to content, from mild to grave; several findings are joined by `max`."""

    ALLOW = 0
    REDACT = 1
    HOLD = 2
    BLOCK = 3


class Direction(StrEnum):
    """Which way content goes: from a person to a model, or from a model to people."""

    INPUT = "input"
    OUTPUT = "output"


Kind = Literal["text", "code", "image", "audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where content goes and what it is: what decides which tables of a policy count."""

    workspace: str = ""
    channel: str = ""
    kind: Kind = "text"
    private: bool = False
    """Whether only the person who asked reads it."""
    threaded: bool = False
    vouched: bool = False
    """Whether a picture is by a model that knows no words but those it was asked for."""
    runs: bool = False
    """Whether it is code that the bot itself is about to run."""


ANYWHERE: Final = Scope()

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Grades(BaseModel):
    """An action by score: the gravest whose least score is reached; below all of them, allow.

    >>> Grades(hold=0.5, block=0.9).action(0.7).name
    'HOLD'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    redact: Score | None = None
    hold: Score | None = None
    block: Score | None = None

    @model_validator(mode="after")
    def _rising(self) -> "Grades":
        given = [score for score, _ in self.steps]
        if not given or given != sorted(given):
            raise ValueError("give redact, hold or block a least score, the graver the higher")
        return self

    @property
    def steps(self) -> tuple[tuple[float, Action], ...]:
        """The least score of each action that is named, mild to grave."""
        named = (self.redact, Action.REDACT), (self.hold, Action.HOLD), (self.block, Action.BLOCK)
        return tuple((score, action) for score, action in named if score is not None)

    def action(self, score: float) -> Action:
        """Return the action for a score; what is no number is above every score."""
        reached = (action for least, action in self.steps if not score < least)
        return max(reached, default=Action.ALLOW)


def _named(value: object) -> object:
    if isinstance(value, str) and value.upper() in Action.__members__:
        return Action[value.upper()]
    if isinstance(value, (Action, Grades, Mapping)):
        return value
    raise ValueError(f"{value!r} is not one of allow, redact, hold, block, nor {{hold = 0.5}}")


Named = Annotated[Action | Grades, BeforeValidator(_named)]
Table = dict[str, Named]
Streaming = Literal["auto", "holdback", "buffered"]
Pictures = Literal["allow_dm", "hold", "block"]


class Tables(BaseModel):
    """Rules of one place, kind or floor; what it does not name is left to those around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Table = Field(default_factory=dict)
    output: Table = Field(default_factory=dict)
    streaming: Streaming | None = None
    images_without_classifier: Pictures | None = None

    def named(self, category: str, direction: Direction) -> Action | Grades | None:
        """Return the rule for a category by its longest dotted prefix; None where none is named."""
        table = self.input if direction is Direction.INPUT else self.output
        parts = category.split(".")
        for length in range(len(parts), 0, -1):
            rule = table.get(".".join(parts[:length]))
            if rule is not None:
                return rule
        return None


class GuardRules(BaseModel):
    """When a guard model is asked, where one is set up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Literal["never", "grey", "always"] = "grey"
    """grey: where the highest score of any harm lies in the grey band."""
    grey_from: Score = 0.2
    grey_to: Score = 1.0

    def asks(self, score: float) -> bool:
        """Tell whether the guard is asked about content with this highest score."""
        in_band = self.grey_from <= score <= self.grey_to
        return self.when == "always" or (self.when == "grey" and in_band)


def acted(rule: Action | Grades, score: float) -> Action:
    """Return what a rule says of a score."""
    return rule if isinstance(rule, Action) else rule.action(score)


def milder(rule: Action | Grades, least: Action | Grades) -> bool:
    """Tell whether a rule does less than another at any score; both only rise."""
    steps = [(0.0, least)] if isinstance(least, Action) else least.steps
    return any(acted(rule, score) < acted(least, score) for score, _ in steps)
