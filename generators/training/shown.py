"""How far a training is: a bar where somebody looks, a line now and then where nobody does."""

import sys
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from generators.training.log import Figures

_LINE_EVERY_STEPS: Final = 50


class Shown:
    """On stderr; use it as a context."""

    def __init__(self) -> None:
        """Look whether stderr is a terminal."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        told = (TextColumn("{task.fields[told]}"), TimeRemainingColumn())
        self._bar = Progress(*columns, *told, console=console, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()

    def step(self, stage: str, done: int, steps: int, figures: Figures) -> None:
        """Show that a stage has done so many steps."""
        told = " ".join(f"{name} {value:.4f}" for name, value in figures.items())
        if self._bar.disable:
            if done % _LINE_EVERY_STEPS == 0 or done == steps:
                sys.stderr.write(f"{stage} {done}/{steps} {told}\n")
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=steps, told=told)
        self._bar.update(self._tasks[stage], completed=done, told=told)
