"""Who is next: requests that wait, fair by person and by what they cost.

Start-time fair queueing: each person has a virtual time, which runs on by the tokens that their
requests take; the one who is furthest behind is next. A lower class goes first, but every
`age_s` of waiting lifts a request by one class, so that nothing waits for ever. Knows no model.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

AGE_S = 20.0
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Generic[Item]):
    """One request that waits: whose it is, its class (lower first) and what it takes, in tokens."""

    item: Item
    person: str
    rank: int
    cost: float
    since_s: float
    number: int


class Line(Generic[Item]):
    """Requests in the order in which they will run; for one thread."""

    def __init__(self, clock: Callable[[], float], *, age_s: float = AGE_S) -> None:
        """Take a clock in seconds and how long one class is worth."""
        self._clock = clock
        self._age_s = age_s
        self._numbers = itertools.count()
        self._waiting: list[Place[Item]] = []
        self._spent: dict[str, float] = {}
        self._now = 0.0  # virtual: what the one who runs has been served

    def __len__(self) -> int:
        """Count who waits."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[Item]:
        """Yield who waits, the oldest first."""
        return (place.item for place in self._waiting)

    def add(self, item: Item, *, person: str, rank: int, cost: float) -> None:
        """Put a request in line."""
        since, number = self._clock(), next(self._numbers)
        place = Place(item=item, person=person, rank=rank, cost=cost, since_s=since, number=number)
        self._waiting.append(place)

    def ordered(self) -> list[Item]:
        """Return who waits, the next one first."""
        return [place.item for place in sorted(self._waiting, key=self._order)]

    def first(self, may_run: Callable[[str], bool]) -> Place[Item] | None:
        """Return who is next, of the persons who may run; it stays in line until `leave`."""
        there = [place for place in self._waiting if may_run(place.person)]
        return min(there, key=self._order, default=None)

    def fitting(self, fits: Callable[[Item], bool]) -> Place[Item] | None:
        """Return who is next of the requests that fit; it stays in line until `leave`."""
        there = [place for place in self._waiting if fits(place.item)]
        return min(there, key=self._order, default=None)

    def places(self) -> list[Place[Item]]:
        """Return who waits, in the order in which they would run if they cost nothing."""
        return sorted(self._waiting, key=self._order)

    def leave(self, place: Place[Item]) -> None:
        """Take a request that runs out of the line, at its person's cost."""
        self.drop(place.item)
        begun = max(self._now, self._spent.get(place.person, 0.0))
        self._now = begun
        self._spent[place.person] = begun + place.cost
        self._forget()

    def drop(self, item: Item) -> None:
        """Take a request out of the line that will not run."""
        self._waiting = [place for place in self._waiting if place.item is not item]

    def _order(self, place: Place[Item]) -> tuple[float, float, int]:
        aged = (self._clock() - place.since_s) // self._age_s
        behind = max(self._now, self._spent.get(place.person, 0.0))
        return place.rank - aged, behind, place.number

    def _forget(self) -> None:
        """Drop whoever is not ahead of the virtual time: a newcomer is treated the same."""
        self._spent = {name: spent for name, spent in self._spent.items() if spent > self._now}
