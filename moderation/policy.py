"""What to do about a finding: per direction and category, from the settings' `[policy]` table.

Knows categories and actions; finds nothing itself.
"""

import hashlib
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)


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


def _action(value: object) -> object:
    if isinstance(value, str) and value.upper() in Action.__members__:
        return Action[value.upper()]
    if isinstance(value, Action):
        return value
    raise ValueError(f"{value!r} is not one of allow, redact, hold, block")


Named = Annotated[Action, BeforeValidator(_action)]

_INPUT: Mapping[str, Action] = {"secret": Action.REDACT, "pii": Action.REDACT}
_OUTPUT: Mapping[str, Action] = {
    "secret": Action.REDACT,
    "pii": Action.REDACT,
    "slack": Action.REDACT,
    "image.unclassified": Action.HOLD,
    "gate": Action.HOLD,
}


class Policy(BaseModel):
    """The actions of one workspace. A category that is not named here is held."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: dict[str, Named] = Field(default_factory=lambda: dict(_INPUT))
    output: dict[str, Named] = Field(default_factory=lambda: dict(_OUTPUT))
    allow: frozenset[str] = frozenset()
    """Exact strings that are no finding here: the company's own support address, say."""
    max_chars: int = Field(default=100_000, gt=0)
    """Longer text is held: nobody could review it in time."""
    check_timeout_s: float = Field(default=10.0, gt=0)

    @field_validator("input", "output", mode="before")
    @classmethod
    def _beside_the_defaults(cls, given: object, info: ValidationInfo) -> object:
        defaults = _INPUT if info.field_name == "input" else _OUTPUT
        return {**defaults, **given} if isinstance(given, dict) else given

    def action(self, category: str, direction: Direction) -> Action:
        """Return the action for a category by its longest dotted prefix; unknown means hold.

        >>> Policy().action("pii.email", Direction.OUTPUT).name
        'REDACT'
        >>> Policy().action("pii.email.work", Direction.INPUT).name
        'REDACT'
        >>> Policy().action("never.heard", Direction.OUTPUT).name
        'HOLD'
        """
        table = self.input if direction is Direction.INPUT else self.output
        parts = category.split(".")
        for length in range(len(parts), 0, -1):
            named = table.get(".".join(parts[:length]))
            if named is not None:
                return named
        return Action.HOLD

    @property
    def sha256(self) -> str:
        """The hash that every verdict carries, so that it is known which rules it was made by."""
        canonical = repr(
            (
                sorted(self.input.items()),
                sorted(self.output.items()),
                sorted(self.allow),
                self.max_chars,
            )
        )
        return hashlib.sha256(canonical.encode()).hexdigest()
