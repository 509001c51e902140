"""The words that a small picture model knows, and what comes near a word that it does not."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Final, Self

FILE: Final = "vocabulary.json"
"""Beside the model's weights."""

_JOINING: Final = frozenset(
    (
        "a",
        "an",
        "and",
        "on",
        "background",
        "small",
        "的",
        "一个",
        "小小的",
        "背景",
        "背景上的",
        "和",
    )
)
"""Words that its captions were put together with."""
_FILLING: Final = frozenset(
    (
        "the",
        "of",
        "in",
        "with",
        "picture",
        "image",
        "drawing",
        "draw",
        "show",
        "me",
        "please",
        "在",
        "上",
        "一",
        "个",
        "只",
        "一只",
        "小",
        "图",
        "图片",
        "画",
        "请",
        "请画",
        "张",
        "一张",
    )
)
"""Words that people write and no picture depends on; the model does not get them."""
_PIECE: Final = re.compile(
    r"[^\W\d_\u3400-\u9fff]+(?:[-'][^\W\d_\u3400-\u9fff]+)*"  # words of letters
    r"|\d+|[\u3400-\u9fff]+|,|[^\s\w.,;:!?，。；：！？、]"
)
_COMMA: Final = ","
_NEAR_ENOUGH: Final = 0.72
_LONGEST: Final = 8
"""Characters of a Chinese word."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word of a prompt, as it was written, and the thing that comes nearest; empty: none does."""

    word: str
    nearest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heeded:
    """What an engine tells of the words of a prompt."""

    things: int = 0
    """How many its model knows, where it is one that knows few."""
    unknown: tuple[Unknown, ...] = ()
    revised: str = ""
    """The prompt that its model got, where it was another one."""


HEEDED: Final = Heeded()
"""Nothing was told."""


@dataclass(frozen=True, slots=True)
class Known:
    """A thing with its names, and words that are near it but that the model never read alone."""

    english: str
    chinese: str
    names: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a model makes of a prompt."""

    prompt: str
    """The words that it knows, as its captions were written: nobody knows what it would make of
    others."""
    unknown: tuple[Unknown, ...] = ()
    draws: bool = True
    """Whether anything in it can be drawn."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    known: bool


@dataclass(frozen=True)
class Vocabulary:
    """All things, and the words for colours and numbers."""

    things: tuple[Known, ...]
    words: frozenset[str]
    """Everything that may stand in a prompt, phrases included."""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return it from the table that is kept with a model."""
        things = tuple(_known(row) for row in table["things"])
        told = [form for row in table["colours"] for form in _colour(row)]
        told += [word for pair in table["numbers"] for word in pair] + ["2", "3"]
        names = {name for thing in things for name in thing.names}
        return cls(things, frozenset({*names, *told, *_JOINING, *_FILLING, _COMMA}))

    def reading(self, prompt: str) -> "Reading":
        """Part a prompt into what the model may read, and the words that it never read."""
        pieces = list(self._read(_folded(prompt)))
        unknown = dict.fromkeys(piece.text for piece in pieces if not piece.known)
        known = [piece.text for piece in pieces if piece.known and piece.text not in _FILLING]
        return Reading(
            prompt=_joined(known),
            unknown=tuple(Unknown(word, self._nearest(word)) for word in unknown),
            draws=bool(self._names.intersection(known)),
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for thing in self.things for name in thing.names)

    @cached_property
    def _near(self) -> frozenset[str]:
        return frozenset(word for thing in self.things for word in thing.near)

    def _read(self, prompt: str) -> Iterator["_Piece"]:
        pieces = _PIECE.findall(prompt)
        at = 0
        while at < len(pieces):
            if _is_chinese(pieces[at]):
                yield from self._read_run(pieces[at])
                at += 1
                continue
            reach = self._reach(pieces[at:])
            yield _Piece(" ".join(pieces[at : at + max(1, reach)]), known=reach > 0)
            at += max(1, reach)

    def _reach(self, pieces: Sequence[str]) -> int:
        """Return of how many pieces the longest phrase at the start is made; 0 if there is none."""
        longest = min(len(pieces), 4)
        fits = (n for n in range(longest, 0, -1) if " ".join(pieces[:n]) in self.words)
        return next(fits, 0)

    def _read_run(self, run: str) -> Iterator["_Piece"]:
        """Take the longest words out of a run of Chinese, and what lies between them."""
        rest, at = "", 0
        while at < len(run):
            reach = [run[at : at + n] for n in range(min(len(run) - at, _LONGEST), 0, -1)]
            word = next((each for each in reach if each in self.words or each in self._near), "")
            if word and rest:
                yield _Piece(rest, known=False)
            rest = "" if word else rest + run[at]
            if word:
                yield _Piece(word, known=word in self.words)
            at += len(word) or 1
        if rest:
            yield _Piece(rest, known=False)

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


def _joined(pieces: Iterable[str]) -> str:
    """Write words as captions have them: Chinese without spaces, and with its own comma.

    >>> _joined(["a", "cat", ",", ",", "red"]), _joined(["红色", "的", "猫", ",", "蓝色"])
    ('a cat, red', '红色的猫，蓝色')
    """
    text = ""
    for piece, _ in groupby(pieces):  # "a [picture of] a cat"
        if piece != _COMMA:
            together = _is_chinese(piece) and text[-1:] and _is_chinese(text[-1])
            text += piece if together or not text or text[-1] == "，" else f" {piece}"
        elif text and text[-1] not in ",，":
            text += "，" if _is_chinese(text[-1]) else ","
    return text.rstrip(",，")


def told(things: int, unknown: Sequence[Unknown]) -> dict[str, object]:
    """Return how many things a model knows and which words it does not, as the engine says it."""
    words = [{"word": one.word, "nearest": one.nearest} for one in unknown]
    return {"things": things, "unknown": words}


def said(heeded: Heeded, language: str) -> str:
    """Say which words a model does not know, and what it knows instead; empty: it knows all."""
    if not heeded.unknown:
        return ""
    if language == "zh":
        parts = (
            f"“{one.word}”" + (f"（最接近的是“{one.nearest}”）" if one.nearest else "")
            for one in heeded.unknown
        )
        return f"内置的小图片模型只认识 {heeded.things} 种东西，不认识{'、'.join(parts)}。"
    parts = (
        f"“{one.word}”" + (f" (nearest: “{one.nearest}”)" if one.nearest else "")
        for one in heeded.unknown
    )
    return f"The small picture model knows {heeded.things} things, and not {', '.join(parts)}."


def pointed(heeded: Heeded, language: str) -> str:
    """Say what to ask for where a model knows nothing of what was asked for."""
    what = said(heeded, language)
    if language == "zh":
        what = what or f"内置的小图片模型只认识 {heeded.things} 种东西，这里一种也没有提到。"
        return f"{what}请换成常见的物品、动物、食物或表情，例如：红色的心。"
    what = what or f"The small picture model knows {heeded.things} things, and here is none."
    return f"{what} Ask for an everyday thing, an animal, food or a face, such as: a red heart."


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
