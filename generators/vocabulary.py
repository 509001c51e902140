"""The words that a small picture model knows, and what comes near a word that it does not."""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

FILE: Final = "vocabulary.json"
"""Beside the model's weights."""

_HARMLESS: Final = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "and",
        "on",
        "in",
        "with",
        "small",
        "background",
        "picture",
        "image",
        "drawing",
        "draw",
        "show",
        "me",
        "please",
        "的",
        "和",
        "在",
        "上",
        "一",
        "个",
        "一个",
        "只",
        "一只",
        "小",
        "小小的",
        "背景",
        "背景上的",
        "图",
        "图片",
        "画",
        "请",
        "请画",
        "张",
        "一张",
    )
)
"""Words that no picture depends on."""
_PIECE: Final = re.compile(
    r"[^\W\d_\u3400-\u9fff]+(?:[-'][^\W\d_\u3400-\u9fff]+)*"  # words of letters
    r"|\d+|[\u3400-\u9fff]+|[^\s\w.,;:!?，。；：！？、]"
)
_NEAR_ENOUGH: Final = 0.72
_LONGEST: Final = 8
"""Characters of a Chinese word."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word of a prompt, as it was written, and the thing that comes nearest; empty: none does."""

    word: str
    nearest: str


@dataclass(frozen=True, slots=True)
class Known:
    """A thing with its names, and words that are near it but that the model never read alone."""

    english: str
    chinese: str
    names: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All things, and the words for colours and numbers."""

    things: tuple[Known, ...]
    words: frozenset[str]
    """Everything that may stand in a prompt, phrases included."""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the vocabulary of a model's folder; None where it keeps none (most know all)."""
        file = folder / FILE
        return cls.of(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return it from the table that is kept with a model."""
        things = tuple(_known(row) for row in table["things"])
        told = [form for row in table["colours"] for form in _colour(row)]
        told += [word for pair in table["numbers"] for word in pair] + ["2", "3"]
        names = {name for thing in things for name in thing.names}
        return cls(things, frozenset({*names, *told, *_HARMLESS}))

    def unknown(self, prompt: str) -> tuple[Unknown, ...]:
        """Return the words of a prompt that the model never read, each once, in order."""
        found = dict.fromkeys(self._unread(_folded(prompt)))
        return tuple(Unknown(word, self._nearest(word)) for word in found)

    def _unread(self, prompt: str) -> Iterator[str]:
        pieces = _PIECE.findall(prompt)
        at = 0
        while at < len(pieces):
            if _is_chinese(pieces[at]):
                yield from self._unread_run(pieces[at])
                at += 1
            elif reach := self._reach(pieces[at:]):
                at += reach
            else:
                yield pieces[at]
                at += 1

    def _reach(self, pieces: Sequence[str]) -> int:
        """Return of how many pieces the longest phrase at the start is made; 0 if there is none."""
        longest = min(len(pieces), 4)
        fits = (n for n in range(longest, 0, -1) if " ".join(pieces[:n]) in self.words)
        return next(fits, 0)

    def _unread_run(self, run: str) -> Iterator[str]:
        """Yield what is left of a run of Chinese when the longest words are taken out."""
        near = {word for thing in self.things for word in thing.near}
        rest, at = "", 0
        while at < len(run):
            reach = [run[at : at + n] for n in range(min(len(run) - at, _LONGEST), 0, -1)]
            word = next((each for each in reach if each in self.words or each in near), "")
            if word and rest:
                yield rest
            rest = "" if word else rest + run[at]
            if word and word not in self.words:
                yield word
            at += len(word) or 1
        if rest:
            yield rest

    def _nearest(self, word: str) -> str:
        """Return the thing that a word is said to be near; else one that is spelt like it."""
        chinese = _is_chinese(word)
        for thing in self.things:
            if thing.near & {word, word.removesuffix("s")}:
                return thing.chinese if chinese else thing.english
        names = [thing.chinese if chinese else thing.english for thing in self.things]
        if chinese:
            alike = [name for name in names if set(name) & set(word)]
            return max(alike, key=lambda name: len(set(name) & set(word)), default="")
        part = [name for name in names if word in name.split()]
        return next(iter(part or difflib.get_close_matches(word, names, 1, _NEAR_ENOUGH)), "")


def said(unknown: Sequence[Unknown], count: int, language: str) -> str:
    """Say which words a model of so many things does not know, and what it knows instead."""
    if language == "zh":
        parts = (
            f"“{one.word}”" + (f"（最接近的是“{one.nearest}”）" if one.nearest else "")
            for one in unknown
        )
        return f"内置的小图片模型只认识 {count} 种东西，不认识{'、'.join(parts)}。"
    parts = (
        f"“{one.word}”" + (f" (nearest: “{one.nearest}”)" if one.nearest else "") for one in unknown
    )
    return f"The small picture model knows {count} things, and not {', '.join(parts)}."


def _known(row: Mapping[str, Any]) -> Known:
    names = {_folded(str(row[key])) for key in ("english", "chinese", "plural") if row[key]}
    near = {_folded(word) for word in (*row["near"], row["sign"])}
    return Known(row["english"], row["chinese"], frozenset(names), frozenset(near))


def _colour(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["english"], row["chinese"], row["chinese"].removesuffix("色"), f"{row['chinese']}的"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\ufe0f", "")


def _is_chinese(word: str) -> bool:
    return "\u3400" <= word[0] <= "\u9fff"
