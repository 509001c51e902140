"""What a model may learn from: the rows of a folder, and the record of whose they are.

Conversations are JSON Lines with `messages`, pictures a folder with `metadata.jsonl` beside them
(https://huggingface.co/docs/datasets/image_dataset). Reads and refuses; what a row says, moderation
judges.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

RECORD: Final = "DATASET.toml"
METADATA: Final = "metadata.jsonl"
PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
Kind = Literal["text", "captions", "pictures"]
"""Conversations; pictures with captions; pictures, whether they have captions or not."""
_ROLES: Final = frozenset({"system", "user", "assistant"})
_NEEDED: Final = ("licence", "source", "consent")
_UNKNOWN: Final = re.compile(r"(?i)unknown|unclear|none|tbd|todo|n/?a|\?+|未知|不明")
_NO_COMPANIES: Final = re.compile(r"(?i)(?<![a-z])nc(?![a-z])|non-?commercial|非商业")
_HELD_OUT: Final = frozenset({"validation", "valid", "test", "held_out"})


class DatasetError(Exception):
    """A folder cannot be learned from; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """Whose the rows are, and why they may be learned from."""

    licence: str
    source: str
    consent: str
    """Who agreed, when, and where that is written down."""
    looked_at_by: str = ""
    """Who looked at every picture, where no classifier does."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to learn from: a conversation that ends in an answer, or a picture."""

    place: str
    """File and line."""
    turns: tuple[Turn, ...] = ()
    caption: str = ""
    picture: Path | None = None
    thread: str = ""
    time_s: float | None = None
    """Seconds since 1970."""
    held_out: bool | None = None
    """Whether its file says that it is not to be learned from; None where no file says so."""


def record(folder: Path) -> Record:
    """Return the record of a folder. Raises DatasetError where there is none, or it is vague."""
    file = folder / RECORD
    if not file.is_file():
        raise DatasetError(
            f"{folder} has no {RECORD}, so nobody can say later why it was learned from: "
            "write licence, source and consent into one."
        )
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read as TOML: {error}.") from error
    told = {name: str(given.get(name, "")).strip() for name in (*_NEEDED, "looked_at_by")}
    for name in _NEEDED:
        if not told[name] or _UNKNOWN.fullmatch(told[name]):
            raise DatasetError(f"{file} does not say its {name}; without it nothing is learned.")
    if _NO_COMPANIES.search(told["licence"]):
        raise DatasetError(
            f"{file}: {told['licence']} does not let a company use it. Take other data."
        )
    return Record(**told)


def rows(folder: Path, kind: Kind) -> list[Row]:
    """Return the rows of a folder, in the order of file names and lines. Raises DatasetError."""
    found = list(_conversations(folder) if kind == "text" else _pictures(folder, kind))
    if not found:
        wanted = "*.jsonl with messages" if kind == "text" else f"pictures, or {METADATA} with them"
        raise DatasetError(f"{folder} holds no rows: expected {wanted}.")
    return found


def _conversations(folder: Path) -> Iterator[Row]:
    for file in sorted(folder.glob("*.jsonl")):
        for place, given in _lines(file):
            turns = tuple(_turns(place, given.get("messages")))
            yield Row(place=place, turns=turns, **_about(place, given, file.stem))


def _turns(place: str, given: object) -> Iterator[Turn]:
    turns = given if isinstance(given, list) else []
    for turn in turns:
        role, said = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else ("", "")
        if role not in _ROLES or not isinstance(said, str) or not said.strip():
            raise DatasetError(f"{place} has a message without a known role or without words.")
        yield Turn(role, said)
    if len(turns) < 2 or turns[-1]["role"] != "assistant":  # noqa: PLR2004 - question and answer
        raise DatasetError(f"{place} is no conversation of messages that ends with the assistant.")


def _pictures(folder: Path, kind: Kind) -> Iterator[Row]:
    listed = sorted(folder.rglob(METADATA))
    for file in listed:
        for place, given in _lines(file):
            picture = _inside(folder, file.parent / str(given.get("file_name", "")), place)
            said = str(given.get("text") or "").strip()
            if kind == "captions" and not said:
                raise DatasetError(f"{place} has no text, and a picture without one teaches none.")
            about = _about(place, given, _split(folder, picture))
            yield Row(place=place, caption=said, picture=picture, **about)
    if not listed and kind == "pictures":
        for picture in sorted(folder.rglob("*")):
            if picture.suffix.lower() in PICTURES:
                place = picture.relative_to(folder).as_posix()
                about = _about(place, {}, _split(folder, picture))
                yield Row(place=place, picture=_inside(folder, picture, place), **about)


def _split(folder: Path, picture: Path) -> str:
    """Return the folder within the data that a picture stands in, which may be its split."""
    parts = picture.relative_to(folder.resolve()).parts
    return parts[0] if len(parts) > 1 else ""


def _inside(folder: Path, picture: Path, place: str) -> Path:
    """Return the file itself, which no link and no `..` may lead out of the folder."""
    found = picture.resolve()
    if not found.is_relative_to(folder.resolve()) or found.suffix.lower() not in PICTURES:
        raise DatasetError(f"{place} names no picture inside of {folder}.")
    if not found.is_file():
        raise DatasetError(f"{place} names {picture.name}, which is not there.")
    return found


def _lines(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            place = f"{file.name}:{number}"
            if line.strip():
                yield place, _object(place, line)


def _object(place: str, line: str) -> Mapping[str, Any]:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise DatasetError(f"{place} is no JSON: {error}.") from error
    if not isinstance(given, dict):
        raise DatasetError(f"{place} is no JSON object.")
    return given


def _about(place: str, given: Mapping[str, Any], split: str) -> dict[str, Any]:
    time = given.get("time")
    return {
        "thread": str(given.get("thread") or ""),
        "time_s": None if time is None else _seconds(place, str(time)),
        "held_out": True if split in _HELD_OUT else False if split == "train" else None,
    }


def _seconds(place: str, time: str) -> float:
    """Return a time as Slack writes it, or as ISO 8601 does; without a zone it is UTC."""
    try:
        return float(time)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise DatasetError(f"{place}: {time} is no time.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
