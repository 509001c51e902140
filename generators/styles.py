"""Named styles of pictures: a few words that are added to a prompt. An operator adds others."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generators.sentences import Language

FILE: Final = Path(__file__).with_name("styles.toml")
OPTION: Final = "style_"
"""How the options of a verb begin that each add a style: `style_brand = "flat, deep blue"`."""


@dataclass(frozen=True, slots=True)
class Style:
    """What a style adds to a prompt, by language."""

    name: str
    words: Mapping[Language, str]
    aliases: tuple[str, ...] = ()

    def added_to(self, prompt: str, speech: Language) -> str:
        """Return a prompt in this style.

        >>> Style("ink", {"en": "ink", "zh": "水墨画"}).added_to("一只猫", "zh")
        '一只猫，水墨画'
        """
        return f"{prompt}{'，' if speech == 'zh' else ', '}{self.words[speech]}"


@dataclass(frozen=True, slots=True)
class Styles:
    """All styles by name."""

    known: Mapping[str, Style]

    @classmethod
    def of(cls, options: Mapping[str, object]) -> "Styles":
        """Return the usual styles and those of an operator, which go before. Raises TypeError."""
        known = {name: _read(name, row) for name, row in _table().items()}
        for option, words in options.items():
            name = option.removeprefix(OPTION).casefold()
            if not option.startswith(OPTION) or not isinstance(words, str):
                raise TypeError(f"{option} is no option of pictures")
            known[name] = Style(name, {"en": words, "zh": words})
        return cls(known)

    def find(self, name: str) -> Style | None:
        """Return the style of that name, or of that other name."""
        wanted = name.casefold()
        there = (one for one in self.known.values() if wanted in {one.name, *one.aliases})
        return next(there, None)


def _table() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _read(name: str, row: Mapping[str, object]) -> Style:
    aliases = row["aliases"]
    given = tuple(map(str, aliases)) if isinstance(aliases, list) else ()
    return Style(name, {"en": str(row["en"]), "zh": str(row["zh"])}, given)
