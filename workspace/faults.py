"""Faults on demand: what should go wrong, for which call or envelope, and how often.

A rule names a method (`chat.postMessage`, `*` for all) or an envelope: its type (`events_api`,
`slash_commands`, `interactive`) or what it carries (`app_mention`, `block_actions`, ...). `nth`
counts matches from 1 and starts there; `count` is how often it then fires: once where `nth` is
given, otherwise until the rules are cleared.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields

from workspace.wire import Json, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What goes wrong. `late_s` delays the thing itself, `delay_s` the answer to a call."""

    status: int | None = None
    retry_after_s: float | None = None
    error: str | None = None
    delay_s: float = 0.0
    reset: str | None = None
    drop: bool = False
    duplicate: int = 0
    late_s: float = 0.0
    disconnect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which calls or envelopes a rule is about."""

    method: str | None = None
    envelope: str | None = None
    nth: int | None = None
    count: int | None = None
    probability: float = 1.0
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class _Rule:
    match: Match
    effect: Effect
    dice: random.Random
    seen: int = 0
    fired: int = field(default=0)

    def fires(self) -> bool:
        """Count one match, and say whether the effect applies to it."""
        self.seen += 1
        limit = self.match.count or (1 if self.match.nth else None)
        if self.seen < (self.match.nth or 1) or (limit is not None and self.fired >= limit):
            return False
        if self.dice.random() >= self.match.probability:
            return False
        self.fired += 1
        return True


NO_EFFECT = Effect()


class Faults:
    """The rules in force, oldest first; the first that fires decides."""

    def __init__(self) -> None:
        """Start with a workspace where all goes well."""
        self._rules: list[_Rule] = []

    def add(self, rule: Json) -> tuple[Match, Effect]:
        """Add a rule `{"match": {...}, "effect": {...}}`; Refused when a key is unknown."""
        match = Match(**_known(rule.get("match"), Match))
        effect = Effect(**_known(rule.get("effect"), Effect))
        dice = random.Random(match.seed)  # noqa: S311  # repeatable faults, no secret
        if match.method is not None or match.envelope is not None:
            self._rules.append(_Rule(match=match, effect=effect, dice=dice))
        return match, effect

    def clear(self) -> None:
        """Forget every rule."""
        self._rules.clear()

    def for_method(self, name: str) -> Effect:
        """Return what goes wrong with this call."""
        return self._first(lambda match: match.method in {name, "*"}) if self._rules else NO_EFFECT

    def for_envelope(self, names: Collection[str]) -> Effect:
        """Return what goes wrong with this envelope; `names` are its type and what it carries."""
        return (
            self._first(lambda match: match.envelope in {*names, "*"}) if self._rules else NO_EFFECT
        )

    def _first(self, concerns: Callable[[Match], bool]) -> Effect:
        for rule in self._rules:
            if concerns(rule.match) and rule.fires():
                return rule.effect
        return NO_EFFECT


def _known(given: object, kind: type[Match] | type[Effect]) -> Json:
    names = {each.name for each in fields(kind)}
    if not isinstance(given, dict) or not names.issuperset(given):
        raise Refused("unknown_fault")
    return given
