"""What each step came to: JSON Lines for programs, event files for TensorBoard."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from generators.training import events

FILE: Final = "log.jsonl"

Figures = dict[str, float]


class Log:
    """Written when a checkpoint is, so that both tell of the same steps."""

    def __init__(self, folder: Path, done: int) -> None:
        """Go on after so many steps; what was written for later ones is left out."""
        self._file = folder / FILE
        self._events = folder / f"events.out.tfevents.{time.time_ns() // 1000}.atelier"
        self._waiting: list[tuple[int, Figures]] = []
        _cut(self._file, done)
        events.append(self._events, [events.started(done)])

    def add(self, step: int, figures: Figures) -> None:
        """Remember a step, counted from 0."""
        self._waiting.append((step, figures))

    def flush(self) -> None:
        """Write what is remembered."""
        with self._file.open("a", encoding="utf-8") as out:
            lines = (json.dumps({"step": at, **figures}) for at, figures in self._waiting)
            out.writelines(f"{line}\n" for line in lines)
        events.append(self._events, (events.figures(*each) for each in self._waiting))
        self._waiting.clear()


def read(folder: Path) -> list[Mapping[str, float]]:
    """Return what was written, step by step."""
    lines = folder.joinpath(FILE).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _cut(file: Path, steps: int) -> None:
    if file.exists():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        kept = [line for line in whole if json.loads(line)["step"] < steps]
        file.write_text("".join(kept), encoding="utf-8")
