"""What was let in to be learned from, kept beside the training, and what became of the rest.

Rows of one thread stay together, so that nothing that is held out was half learned.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from generators.dataset import DatasetError, Kind, Record, Row, Turn

ROWS: Final = "data.jsonl"
SUMMARY: Final = "dataset.json"
PICTURES: Final = "pictures"
HELD_OUT_SHARE: Final = 0.1
Split = Literal["given", "time", "thread", "seed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of a folder."""

    record: Record
    source_sha256: str
    """Of the folder's rows as they were read."""
    sha256: str = ""
    """Of the rows that were let in."""
    read: int = 0
    duplicates: int = 0
    redacted: int = 0
    left_out: Mapping[str, int]
    """By category of what was found."""
    learned: int = 0
    held_out: int = 0
    split: Split = "seed"


@dataclass(frozen=True, slots=True)
class Material:
    """Rows to learn from, rows to measure on, and what came of the rest."""

    learned: Sequence[Row]
    held_out: Sequence[Row]
    summary: Summary


def fingerprint(kind: Kind, record: Record, rows: Iterable[Row]) -> str:
    """Return a hash of all that a folder holds, the bytes of its pictures included."""
    total = hashlib.sha256(json.dumps([kind, asdict(record)]).encode())
    for row in rows:
        about = (row.caption, row.thread, row.time_s, row.held_out, *map(asdict, row.turns))
        total.update(json.dumps(about).encode())
        if row.picture:
            total.update(hashlib.sha256(row.picture.read_bytes()).digest())
    return total.hexdigest()


def split(rows: Sequence[Row], seed: int) -> tuple[list[Row], list[Row], Split]:
    """Return rows to learn from, rows that are held out, and by what they were parted.

    As their files say; else the latest threads, where every row has a time; else threads, or rows,
    by chance. Raises DatasetError where one of the two would be empty.
    """
    if any(row.held_out is not None for row in rows):
        held = [row for row in rows if row.held_out]
        how: Split = "given"
    else:
        held, how = _drawn(rows, seed)
    apart = {row.place for row in held}
    learned = [row for row in rows if row.place not in apart]
    if not learned or not held:
        raise DatasetError(
            f"{len(rows)} rows cannot be parted into some to learn and some to measure on."
        )
    return learned, held, how


def _drawn(rows: Sequence[Row], seed: int) -> tuple[list[Row], Split]:
    threads: dict[str, list[Row]] = {}
    for row in rows:
        threads.setdefault(row.thread or f" {row.place}", []).append(row)
    timed = all(row.time_s is not None for row in rows)

    def late(name: str) -> tuple[float, str]:
        moments = [row.time_s or 0.0 for row in threads[name]] if timed else [0.0]
        return -max(moments), hashlib.sha256(f"{seed} {name}".encode()).hexdigest()

    held: list[Row] = []
    for name in sorted(threads, key=late)[: max(1, len(threads) - 1)]:
        held += threads[name]
        if len(held) >= HELD_OUT_SHARE * len(rows):
            break
    return held, "time" if timed else "thread" if any(row.thread for row in rows) else "seed"


def kept(folder: Path, source_sha256: str) -> Material | None:
    """Return what a folder was given before, or None. Raises DatasetError for other data."""
    if not folder.joinpath(SUMMARY).exists():
        return None
    found = read(folder)
    if found.summary.source_sha256 != source_sha256:
        raise DatasetError(f"{folder} holds a training on other data; name another folder.")
    return found


def write(folder: Path, learned: Sequence[Row], held_out: Sequence[Row], summary: Summary) -> None:
    """Keep rows that were judged; the summary comes last and says that they are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    marked = [replace(row, held_out=True) for row in held_out]
    every = [*(replace(row, held_out=False) for row in learned), *marked]
    lines = "".join(f"{json.dumps(_table(row), ensure_ascii=False)}\n" for row in every)
    folder.joinpath(ROWS).write_text(lines, encoding="utf-8")
    told = asdict(replace(summary, sha256=_sha256(lines)))
    beside = folder / f"{SUMMARY}.new"
    beside.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(folder / SUMMARY)


def read(folder: Path) -> Material:
    """Return what was let in. Raises DatasetError where it is not what was judged."""
    try:
        told: dict[str, Any] = json.loads(folder.joinpath(SUMMARY).read_text(encoding="utf-8"))
        lines = folder.joinpath(ROWS).read_text(encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{folder} has no rows that were judged: {error}.") from error
    told["record"] = Record(**told["record"])
    summary = Summary(**told)
    if _sha256(lines) != summary.sha256:
        raise DatasetError(f"{folder / ROWS} has changed since it was judged; begin anew.")
    rows = [_row(folder, json.loads(line)) for line in lines.splitlines()]
    learned = [row for row in rows if not row.held_out]
    return Material(learned, [row for row in rows if row.held_out], summary)


def picture_name(png: bytes) -> str:
    """Return the name that a judged picture is kept under, which its bytes decide."""
    return f"{hashlib.sha256(png).hexdigest()}.png"


def _table(row: Row) -> dict[str, Any]:
    told = asdict(row)
    return {**told, "picture": row.picture.name if row.picture else None}


def _row(folder: Path, told: dict[str, Any]) -> Row:
    picture = folder / PICTURES / told["picture"] if told["picture"] else None
    if picture and picture_name(picture.read_bytes()) != picture.name:
        raise DatasetError(f"{picture} has changed since it was judged; begin anew.")
    told["turns"] = tuple(Turn(**turn) for turn in told["turns"])
    told["picture"] = picture
    return Row(**told)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
