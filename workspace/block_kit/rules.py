"""The vocabulary in which Block Kit's rules are written: strings, numbers, arrays, shapes, kinds.

A rule takes a value and where it stands, and yields what is wrong in the words of the platform's
own schema checker (`must be less than 76 characters`, `missing required field: text`). Any JSON may
be given; nothing here raises. A field that is null counts as left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from workspace.wire import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: what is wrong, the JSON pointer of where, and the rule itself."""

    message: str
    pointer: str
    constraint: Json = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The form of `errors` in `invalid_blocks`."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def body(self) -> Json:
        """Return the form of `errors` in `blocks.validate`."""
        return {
            "code": "failed_constraint",
            "message": self.message,
            "pointer": self.pointer,
            "constraint": self.constraint,
        }


Problems: TypeAlias = Iterator[Problem]
Rule: TypeAlias = Callable[[object, str], Problems]
Also: TypeAlias = Callable[[Json, str], Problems]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: the fields it may have, those it must have, and what holds among them.

    `also` sees only objects whose fields are each in order.
    """

    fields: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    also: Also | None = None

    def check(self, value: Json, at: str) -> Problems:
        """Yield what is wrong with the object."""
        found = [*self._lacking(value, at), *self._fields(value, at)]
        yield from found
        if not found and self.also is not None:
            yield from self.also(value, at)

    def _lacking(self, value: Json, at: str) -> Problems:
        for name in self.required:
            if value.get(name) is None:
                rule = {"type": "required", "expected": name}
                yield Problem(f"missing required field: {name}", at, rule)

    def _fields(self, value: Json, at: str) -> Problems:
        for name, part in value.items():
            rule = self.fields.get(name)
            if rule is None:
                broken = {"type": "additional_properties", "got": name}
                yield Problem(f"invalid additional property: {name}", at, broken)
            elif part is not None:
                yield from rule(part, f"{at}/{name}")


def string(most: int | None = None, least: int = 1) -> Rule:
    """Allow a string of `least` to `most` characters."""

    def check(value: object, at: str) -> Problems:
        if not isinstance(value, str):
            yield _wrong_type("a string", at)
        elif len(value) < least:
            rule = {"type": "min_length", "expected": least, "got": len(value)}
            yield Problem(f"must be more than {least - 1} characters", at, rule)
        elif most is not None and len(value) > most:
            rule = {"type": "max_length", "expected": most, "got": len(value)}
            yield Problem(f"must be less than {most + 1} characters", at, rule)

    return check


def matching(fits: Callable[[str], bool], words: str) -> Rule:
    """Allow a string that `fits`; `words` say what it must be."""

    def check(value: object, at: str) -> Problems:
        if not isinstance(value, str):
            yield _wrong_type("a string", at)
        elif not fits(value):
            yield Problem(words, at, {"type": "format", "got": value})

    return check


def number(least: float | None = None, most: float | None = None, *, whole: bool = False) -> Rule:
    """Allow a number between the bounds, both included."""
    kind = "an integer" if whole else "a number"

    def check(value: object, at: str) -> Problems:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            yield _wrong_type(kind, at)
        elif least is not None and value < least:
            yield Problem(f"must be at least {least}", at, {"type": "minimum", "expected": least})
        elif most is not None and value > most:
            yield Problem(f"must be at most {most}", at, {"type": "maximum", "expected": most})

    return check


def flag() -> Rule:
    """Allow true and false."""

    def check(value: object, at: str) -> Problems:
        if not isinstance(value, bool):
            yield _wrong_type("a boolean", at)

    return check


def enum(*values: str) -> Rule:
    """Allow one of these strings."""

    def check(value: object, at: str) -> Problems:
        if value not in values:
            rule = {"type": "enum", "expected": list(values)}
            yield Problem("must be a valid enum value", at, rule)

    return check


def array(each: Rule, least: int = 0, most: int | None = None) -> Rule:
    """Allow an array of `least` to `most` items, each after its rule."""

    def check(value: object, at: str) -> Problems:
        if not isinstance(value, list):
            yield _wrong_type("an array", at)
            return
        if len(value) < least:
            rule = {"type": "min_items", "expected": least, "got": len(value)}
            yield Problem(f"must provide at least {least} items", at, rule)
        if most is not None and len(value) > most:
            rule = {"type": "max_items", "expected": most, "got": len(value)}
            yield Problem(f"no more than {most} items allowed", at, rule)
            return
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def thing(shape: Shape) -> Rule:
    """Allow an object of this shape."""

    def check(value: object, at: str) -> Problems:
        if isinstance(value, dict):
            yield from shape.check(value, at)
        else:
            yield _wrong_type("an object", at)

    return check


def kinds(table: Callable[[], Mapping[str, Shape]], *names: str) -> Rule:
    """Allow an object whose `type` is one of `names` (all of the table without any)."""

    def check(value: object, at: str) -> Problems:
        if not isinstance(value, dict):
            yield _wrong_type("an object", at)
            return
        shapes = table()
        kind = value.get("type")
        if kind is None:
            rule = {"type": "required", "expected": "type"}
            yield Problem("missing required field: type", at, rule)
        elif not isinstance(kind, str) or kind not in (names or shapes):
            rule = {"type": "enum", "expected": list(names or shapes)}
            yield Problem(f"unsupported type: {kind}", f"{at}/type", rule)
        else:
            yield from shapes[kind].check(value, at)

    return check


def any_of(*rules: Rule) -> Rule:
    """Allow what one of the rules allows; otherwise tell what the last one minds."""

    def check(value: object, at: str) -> Problems:
        minds = [list(rule(value, at)) for rule in rules]
        if all(minds):
            yield from minds[-1]

    return check


def anything(depth: int = 8) -> Rule:
    """Allow any JSON that is not nested deeper than `depth`."""

    def check(value: object, at: str) -> Problems:
        layer = [value]
        for _ in range(depth):
            layer = [part for each in layer for part in _parts(each)]
        if layer:
            yield Problem("failed to match any allowed schemas", at)

    return check


def exactly_one(*names: str) -> Also:
    """Of these fields, one must be there and only one."""
    words = " or ".join(f"`{name}`" for name in names)

    def check(value: Json, at: str) -> Problems:
        if sum(value.get(name) is not None for name in names) != 1:
            yield Problem(f"must define either {words}", at, {"type": "one_of"})

    return check


def at_least_one(*names: str) -> Also:
    """Of these fields, one or more must be there."""
    words = " or ".join(f"`{name}`" for name in names)

    def check(value: Json, at: str) -> Problems:
        if all(value.get(name) is None for name in names):
            yield Problem(f"must define either {words}", at, {"type": "any_of"})

    return check


def together(*rules: Also) -> Also:
    """All of these hold."""

    def check(value: Json, at: str) -> Problems:
        for rule in rules:
            yield from rule(value, at)

    return check


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _wrong_type(words: str, at: str) -> Problem:
    return Problem(f"must provide {words}", at, {"type": "type"})
