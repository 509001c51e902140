"""What a bench says: one value beside its peer's, both from the same run.

An absolute time says more of the machine than of the code; the ratio is what lasts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Row = tuple[str, str, str, str, str]
HEAD: Row = ("", "ours", "peer", "ratio", "the peer")
MET, MISSED = "met", "MISSED"
_EXACT_BELOW = 100


class Skipped(Exception):  # noqa: N818 - reads as the state it names
    """A bench cannot run here; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value, in `unit`, and the same of the peer."""

    what: str
    unit: str
    ours: float
    peer: float
    peer_is: str
    goal: float | None = None
    """The most that ours may be, where a promise says so."""
    least: float | None = None
    """The least that it may be."""

    @property
    def met(self) -> bool | None:
        """Whether ours is within the goal; None where there is none."""
        if self.goal is None and self.least is None:
            return None
        above = self.least is None or self.ours >= self.least
        return above and (self.goal is None or self.ours <= self.goal)

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's; None where the peer's is too small to be measured."""
        return self.ours / self.peer if self.peer else None

    def as_json(self) -> dict[str, str | float | bool | None]:
        """Return the figure as an object of JSON.

        >>> figure = Figure(what="sums", unit="/s", ours=3.0, peer=2.0, peer_is="by hand")
        >>> figure.as_json()["ratio"]
        1.5
        """
        ratio = None if self.ratio is None else round(self.ratio, 3)
        shown = {"ours": round(self.ours, 4), "peer": round(self.peer, 4), "ratio": ratio}
        about = {"what": self.what, "unit": self.unit, **shown, "peer_is": self.peer_is}
        bounds = {"goal": self.goal, "least": self.least}
        told = {name: round(bound, 4) for name, bound in bounds.items() if bound is not None}
        return {**about, **told, "met": self.met} if told else about


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of them do not exceed.

    >>> [percentile([4, 1, 3, 2], percent) for percent in (50, 99)]
    [2, 4]
    """
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(0, rank - 1)]


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as lines of plain text in columns."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> Row:
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.2f}"
    what = f"{figure.what} ({figure.unit})"
    return (
        what,
        _number(figure.ours),
        _number(figure.peer),
        ratio,
        f"{figure.peer_is}{_goal(figure)}",
    )


def _goal(figure: Figure) -> str:
    bounds = {"at most": figure.goal, "at least": figure.least}
    told = [f"{how} {_number(bound)}" for how, bound in bounds.items() if bound is not None]
    return f" [{', '.join(told)}: {MET if figure.met else MISSED}]" if told else ""


def _line(row: Row, widths: Sequence[int]) -> str:
    what, *numbers, peer = row
    middle = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
    return "  ".join(["", what.ljust(widths[0]), *middle, peer]).rstrip()


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < _EXACT_BELOW else f"{value:,.0f}"
