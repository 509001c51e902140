"""Sentences made from the slots of a TOML file, seeded: what the licensed sets do not teach."""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from training.examples import CONTENT, HARMLESS, REQUEST, Example

_SLOT: Final = re.compile(r"\{(\w+)\}")
_BESIDE: Final[Mapping[str, frozenset[str]]] = {
    "hate": frozenset({"harassment"}),
    "harassment": frozenset({"hate", "violence", "self_harm", "sexual"}),
    "violence": frozenset({"hate", "harassment", "self_harm"}),
    "self_harm": frozenset({"violence"}),
    "sexual": frozenset({"harassment"}),
}
"""What a sentence of a category may well be, too."""
_MORE: Final = 0.35
_QUIET: Final = 0.3
_CAPITAL: Final = 0.3
HARMLESS_SHARE: Final = 1.5
ASKED_FOR: Final = 0.6
"""How harmful the words are that ask for hate, sex or violence; asking for know-how is not."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The slots and sentences of one language."""

    name: str
    slots: Mapping[str, Sequence[str]]
    say: Sequence[Mapping[str, Any]]
    separator: str

    def filled(self, line: str, chance: random.Random) -> str:
        """Return a line with every slot filled."""
        while match := _SLOT.search(line):
            line = line[: match.start()] + chance.choice(self.slots[match[1]]) + line[match.end() :]
        return line


def read(name: str) -> Grammar:
    """Read `english`, `prose` or `chinese`."""
    file = Path(__file__).with_name(f"{name}.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    separator = {"chinese": "，", "prose": " "}.get(name, ". ")
    return Grammar(name, tables["slots"], tables["say"], separator)


def examples(grammar: Grammar, each: int, chance: random.Random) -> Iterator[Example]:
    """Yield `each` texts for every harmful table, and more for every harmless one."""
    for table in grammar.say:
        count = each if "category" in table else round(each * HARMLESS_SHARE)
        for _ in range(count):
            yield _example(grammar, table, chance)


def _example(grammar: Grammar, table: Mapping[str, Any], chance: random.Random) -> Example:
    request = table.get("head") == "request"
    text = grammar.filled(chance.choice(table["lines"]), chance)
    if not request:
        text = _in_context(grammar, table["lines"], text, chance)
    if chance.random() < _CAPITAL:
        text = text[0].upper() + text[1:]
    category = table.get("category")
    source = f"{grammar.name}.{'request' if request else 'content'}.{category or 'harmless'}"
    return Example(text=text, source=source, labels=_labels(category, request=request))


def _in_context(grammar: Grammar, lines: Sequence[str], text: str, chance: random.Random) -> str:
    """Put a sentence among others of its table and harmless ones."""
    parts = [text]
    while chance.random() < _MORE:
        parts.append(grammar.filled(chance.choice(lines), chance))
    while chance.random() < _QUIET:
        calm = grammar.filled(_calm(grammar, chance), chance)
        parts.insert(chance.randrange(len(parts) + 1), calm)
    return grammar.separator.join(parts)


def _calm(grammar: Grammar, chance: random.Random) -> str:
    tables = [t for t in grammar.say if "category" not in t and t.get("head") != "request"]
    lines: Sequence[str] = chance.choice(tables)["lines"]
    return chance.choice([*grammar.slots.get("quiet", ()), *lines])


def _labels(category: str | None, *, request: bool) -> Mapping[str, float]:
    if category is None:
        return HARMLESS
    head, name = (REQUEST, "request") if request else (CONTENT, "content")
    labels = {output: float(output in {name, f"{name}.{category}"}) for output in head}
    unknown = set() if request else {f"content.{one}" for one in (*_BESIDE[category], "illicit")}
    if request and category != "illicit":
        labels |= {"content": ASKED_FOR, f"content.{category}": 1.0}
    return {output: value for output, value in labels.items() if output not in unknown}
