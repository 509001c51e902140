"""A list of words that somebody who runs a workspace wants to hear of, from the policy or a file.

Knows how a list is written down; finds nothing (`moderation.checks.wordlists` does).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

MOST: Final = 100_000
"""Words in one list."""

Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\w")]


class WordList(BaseModel):
    """Words and phrases, given here, in a file with one a line (`#` begins a comment), or both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[Word, ...] = Field(default=(), max_length=MOST)
    file: str = ""
    """Beside the policy's file, or wherever an absolute path leads."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, Mapping):
            return given
        words = list(given.get("words", ()))
        if given.get("file"):
            words += _lines(_folder(info) / str(given["file"]))
        if not words:
            raise ValueError("a list without words finds nothing")
        return {**given, "words": tuple(dict.fromkeys(words))}


def _folder(info: ValidationInfo) -> Path:
    context = info.context
    return context if isinstance(context, Path) else Path()


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(f"{file.name} cannot be read") from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
