"""Faults on demand: what should go wrong, for which call or envelope, and how often.

A rule names a method (`chat.postMessage`, `*` for all) or an envelope: its type (`events_api`,
`slash_commands`, `interactive`) or what it carries (`app_mention`, `block_actions`, ...). `nth`
counts matches from 1 and starts there; `count` is how often it then fires: once where `nth` is
given, otherwise until the rules are cleared. A rule that names neither happens at once; what that
does is in `mishaps`.
"""

import itertools
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType

from workspace.wire import Json

_LATEST_S = 86_400.0
"""No fault waits longer than a day."""


class BadFault(Exception):  # noqa: N818  # it is an answer of the control API, as `Refused` is
    """A rule that makes no sense; the message says which key and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What goes wrong.

    With a call, `delay_s` delays its answer, `late_s` and `drop` its effect (the share of a file);
    `truncate` is how many bytes of the answer's body are sent before the connection closes. With an
    envelope, `late_s` delays the thing itself, `delay_s` its acknowledgement, `reorder` lets so
    many others go first. `disconnect`, `revoke` and `remove_from` happen to the app; `streaming`
    and `pong` switch something off until the faults are cleared.
    """

    status: int | None = None
    retry_after_s: float | None = None
    error: str | None = None
    delay_s: float = 0.0
    reset: str | None = None
    truncate: int | None = None
    drop: bool = False
    duplicate: int = 0
    late_s: float = 0.0
    reorder: int = 0
    disconnect: str | None = None
    revoke: str | None = None
    remove_from: str | None = None
    streaming: bool | None = None
    pong: bool | None = None

    @property
    def happens(self) -> bool:
        """Whether it also does something to the app or the workspace."""
        told = self.disconnect or self.revoke or self.remove_from
        return bool(told) or self.streaming is not None or self.pong is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which calls or envelopes a rule is about."""

    method: str | None = None
    envelope: str | None = None
    nth: int | None = None
    count: int | None = None
    probability: float = 1.0
    seed: int = 0

    @property
    def names_nothing(self) -> bool:
        """Whether it is about no call and no envelope."""
        return self.method is None and self.envelope is None


@dataclass(slots=True, kw_only=True)
class Rule:
    """A rule in force, and how often it matched and fired."""

    id: str
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

    def card(self) -> Json:
        """Return the rule as the control API lists it; what was not given is left out."""
        given = {"match": _changed(self.match), "effect": _changed(self.effect)}
        return {"id": self.id, **given, "seen": self.seen, "fired": self.fired}


NO_EFFECT = Effect()


class Faults:
    """The rules in force, oldest first; the first that fires decides."""

    def __init__(self) -> None:
        """Start with a workspace where all goes well."""
        self.revoked: set[str] = set()
        self.streaming = True
        self.pong = True
        self._rules: list[Rule] = []
        self._count = itertools.count(1)

    def add(self, given: Json, check: Callable[[Effect], None] = lambda _: None) -> Rule:
        """Add a rule `{"match": {...}, "effect": {...}}`; BadFault when a part makes no sense.

        `check` may raise BadFault too, for names that the rules do not know.
        """
        _refuse_unknown(given, ("match", "effect"), "a fault")
        match = Match(**_checked(given.get("match", {}), "match", _MATCH))
        effect = Effect(**_checked(given.get("effect", {}), "effect", _EFFECT))
        if effect == NO_EFFECT:
            raise BadFault("effect is empty: nothing would go wrong")
        if match.names_nothing and not effect.happens:
            raise BadFault("match names neither a method nor an envelope")
        check(effect)
        dice = random.Random(match.seed)  # noqa: S311  # repeatable faults, no secret
        rule = Rule(id=f"X{next(self._count)}", match=match, effect=effect, dice=dice)
        if match.names_nothing:
            rule.seen = rule.fired = 1
        self._rules.append(rule)
        return rule

    def clear(self, rule_id: str = "") -> None:
        """Forget one rule, or every rule and what they switched off or revoked."""
        if rule_id:
            self._rules = [rule for rule in self._rules if rule.id != rule_id]
            return
        self._rules.clear()
        self.revoked.clear()
        self.streaming = self.pong = True

    def cards(self) -> list[Json]:
        """Return every rule with how often it matched and fired."""
        return [rule.card() for rule in self._rules]

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


_Check = Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _whole(least: int, most: int) -> _Check:
    return lambda value: type(value) is int and least <= value <= most


def _number(most: float) -> _Check:
    return lambda value: type(value) in {int, float} and 0 <= float(str(value)) <= most


def _one_of(*names: str) -> _Check:
    return lambda value: value in names


_SECONDS = ("a number of seconds from 0 to 86400", _number(_LATEST_S))
_COUNT = ("a whole number from 1", _whole(1, 1 << 31))
_TEXT = ("a string that is not empty", _is_text)
_FLAG = ("true or false", _is_flag)
_MATCH: Mapping[str, tuple[str, _Check]] = MappingProxyType(
    {
        "method": _TEXT,
        "envelope": _TEXT,
        "nth": _COUNT,
        "count": _COUNT,
        "probability": ("a number from 0 to 1", _number(1.0)),
        "seed": ("a whole number", _whole(-(1 << 63), 1 << 63)),
    }
)
_EFFECT: Mapping[str, tuple[str, _Check]] = MappingProxyType(
    {
        "status": ("an HTTP status from 200 to 599", _whole(200, 599)),
        "retry_after_s": _SECONDS,
        "error": _TEXT,
        "delay_s": _SECONDS,
        "reset": ("before or after", _one_of("before", "after")),
        "truncate": ("a number of bytes from 0", _whole(0, 1 << 31)),
        "drop": _FLAG,
        "duplicate": ("a number of copies from 0 to 100", _whole(0, 100)),
        "late_s": _SECONDS,
        "reorder": ("a number of envelopes from 0 to 1000", _whole(0, 1000)),
        "disconnect": (
            "soft, hard, warning or link_disabled",
            _one_of("soft", "hard", "warning", "link_disabled"),
        ),
        "revoke": ("a token", _is_text),
        "remove_from": ("a channel", _is_text),
        "streaming": _FLAG,
        "pong": _FLAG,
    }
)


def _checked(given: object, where: str, known: Mapping[str, tuple[str, _Check]]) -> Json:
    """Return the values of one part, None left out; BadFault names the first that is wrong."""
    if not isinstance(given, dict):
        raise BadFault(f"{where} must be an object")
    _refuse_unknown(given, known, where)
    values = {key: value for key, value in given.items() if value is not None}
    for key, value in values.items():
        wanted, fits = known[key]
        if not fits(value):
            raise BadFault(f"{where}.{key} must be {wanted}, not {value!r}")
    return values


def _refuse_unknown(given: Json, known: Collection[str], where: str) -> None:
    unknown = ", ".join(sorted(str(key) for key in given if key not in known))
    if unknown:
        raise BadFault(f"{where} has no key {unknown}; it may have {', '.join(known)}")


def _changed(part: Match | Effect) -> Json:
    defaults = {each.name: each.default for each in fields(part)}
    return {key: value for key, value in asdict(part).items() if value != defaults[key]}
