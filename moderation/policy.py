"""What to do about a finding: by category, direction, workspace, channel and kind of content.

Knows which table counts; finds nothing itself. The tables come from `[policy]` in the settings and
from `policy.toml` (`moderation.policy_file`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator, model_validator

from moderation.tables import (
    ANYWHERE,
    Action,
    Direction,
    Grades,
    GuardRules,
    Kind,
    Pictures,
    Scope,
    Streaming,
    Table,
    Tables,
    acted,
    milder,
)
from moderation.vocabulary import wholly
from moderation.words import WordList

_INPUT: Mapping[str, Action | Grades] = {
    "secret": Action.REDACT,
    "pii": Action.REDACT,
    "harm": Grades(hold=0.8),
    "harm.guard": Grades(hold=0.75),
    "code": Action.ALLOW,
    "image.unclassified": Action.ALLOW,
}
_OUTPUT: Mapping[str, Action | Grades] = {
    "secret": Action.REDACT,
    "pii": Action.REDACT,
    "slack": Action.REDACT,
    "harm": Grades(hold=0.5),
    "harm.guard": Grades(hold=0.25, block=0.75),
    "code": Action.ALLOW,
    "gate": Action.HOLD,
}
_RUNS: Final = "code.high"
"""What holds code that the bot would run, whatever the tables say."""
_PICTURES: Final[tuple[Pictures, ...]] = ("allow_dm", "hold", "block")
"""From mild to strict."""
UNCLASSIFIED: Final = "image.unclassified"
UNREADABLE: Final = "image.unreadable"

Id = Annotated[str, Field(pattern=r"^[A-Z][0-9A-Z]*$")]
"""An id, not a name: a name that matches nothing would be a rule that never counts."""
_NOTHING: Final = Tables()


class Policy(Tables):
    """The rules of one installation. A category that nothing names is held.

    The closest place that names a category decides: channel, workspace, kind of content, then the
    tables of all. Whatever they say, nothing is milder than the floor.
    """

    input: Table = Field(default_factory=lambda: dict(_INPUT))
    output: Table = Field(default_factory=lambda: dict(_OUTPUT))
    streaming: Streaming = "auto"
    """auto: direct messages and threads see an answer grow, channels see it whole."""
    images_without_classifier: Pictures = "allow_dm"
    """What happens to a picture that nobody looked at: hold, block, or shown to one person only."""
    allow: frozenset[str] = frozenset()
    """Exact strings that are no finding here: the company's own support address, say."""
    max_chars: int = Field(default=100_000, gt=0)
    """Longer text is held: nobody could review it in time."""
    check_timeout_s: float = Field(default=10.0, gt=0)
    words: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], WordList] = Field(
        default_factory=dict
    )
    """Lists of words that are a finding `word.<name>`."""
    trusted_image_models: dict[str, WordList] = Field(default_factory=dict)
    """By the id that the engine tells: the whole vocabulary of a model whose pictures may be shown
    unseen, where the prompt has no other word. Only for an engine that is your own."""
    guard: GuardRules = GuardRules()
    floor: Tables = Tables()
    workspace: dict[Id, Tables] = Field(default_factory=dict)
    channel: dict[Id, Tables] = Field(default_factory=dict)
    kind: dict[Kind, Tables] = Field(default_factory=dict)

    @field_validator("input", "output", mode="before")
    @classmethod
    def _beside_the_defaults(cls, given: object, info: ValidationInfo) -> object:
        defaults = _INPUT if info.field_name == "input" else _OUTPUT
        return {**defaults, **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _above_the_floor(self) -> "Policy":
        for where, tables in self._places():
            for direction in Direction:
                for category, rule in getattr(tables, direction.value).items():
                    least = self.floor.named(category, direction)
                    if least is not None and milder(rule, least):
                        raise ValueError(f"{where}{direction}.{category} is milder than the floor")
            if self._loosened(tables):
                raise ValueError(f"{where} streams or shows pictures where the floor does not")
        return self

    def _places(self) -> Iterator[tuple[str, Tables]]:
        """Yield every table but the floor, with what an operator calls it."""
        given = Tables(
            input={name: rule for name, rule in self.input.items() if rule != _INPUT.get(name)},
            output={name: rule for name, rule in self.output.items() if rule != _OUTPUT.get(name)},
        )
        yield "", given
        yield from ((f"workspace.{key}.", tables) for key, tables in self.workspace.items())
        yield from ((f"channel.{key}.", tables) for key, tables in self.channel.items())
        yield from ((f"kind.{key}.", tables) for key, tables in self.kind.items())

    def _loosened(self, tables: Tables) -> bool:
        streams = self.floor.streaming == "buffered" and tables.streaming not in {None, "buffered"}
        given, least = tables.images_without_classifier, self.floor.images_without_classifier
        shows = given and least and _PICTURES.index(given) < _PICTURES.index(least)
        return streams or bool(shows)

    def _layers(self, scope: Scope) -> Iterator[Tables]:
        """Yield the tables that count there, the closest first."""
        yield self.channel.get(scope.channel, _NOTHING)
        yield self.workspace.get(scope.workspace, _NOTHING)
        yield self.kind.get(scope.kind, _NOTHING)
        yield self

    def action(
        self,
        category: str,
        direction: Direction,
        score: float = 1.0,
        scope: Scope = ANYWHERE,
    ) -> Action:
        """Return the action for a category with a score; what nothing names is held.

        >>> Policy().action("pii.email", Direction.OUTPUT).name
        'REDACT'
        >>> Policy().action("harm.violence", Direction.OUTPUT, 0.2).name
        'ALLOW'
        >>> Policy().action("never.heard", Direction.OUTPUT).name
        'HOLD'
        """
        rules = (layer.named(category, direction) for layer in self._layers(scope))
        rule = next((rule for rule in rules if rule is not None), None)
        least = self.floor.named(category, direction)
        runs = scope.runs and category.startswith(_RUNS)
        return max(
            self._unnamed(category, scope) if rule is None else acted(rule, score),
            Action.ALLOW if least is None else acted(least, score),
            Action.HOLD if runs else Action.ALLOW,
        )

    def _unnamed(self, category: str, scope: Scope) -> Action:
        if category != UNCLASSIFIED:
            return Action.HOLD
        if scope.vouched and self.floor.images_without_classifier is None:
            return Action.ALLOW
        given = (layer.images_without_classifier for layer in self._layers(scope))
        closest = next(value for value in given if value is not None)
        least = self.floor.images_without_classifier or "allow_dm"
        strictest = max(closest, least, key=_PICTURES.index)
        if strictest == "block":
            return Action.BLOCK
        return Action.ALLOW if strictest == "allow_dm" and scope.private else Action.HOLD

    def vouches(self, model: str, prompt: str) -> bool:
        """Tell whether a model that draws by a closed vocabulary was asked for nothing else."""
        known = self.trusted_image_models.get(model)
        return known is not None and wholly(prompt, known.words)

    def streams(self, scope: Scope) -> bool:
        """Tell whether an answer may be seen there while it grows."""
        if self.floor.streaming == "buffered":
            return False
        given = (layer.streaming for layer in self._layers(scope))
        closest = next(value for value in given if value is not None)
        return closest == "holdback" or (closest == "auto" and (scope.private or scope.threaded))

    @cached_property
    def sha256(self) -> str:
        """The hash that every verdict carries, so that it is known which rules it was made by."""
        rules = self.model_dump(mode="json", exclude={"check_timeout_s"})
        canonical = json.dumps({**rules, "allow": sorted(self.allow)}, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()
