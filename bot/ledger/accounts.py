"""What requests used, and whether budgets have room for more: set aside, used, refused, warned.

What is set aside for a request stands in its own row, and counts only while that waits or is at
work. So nothing has to give it back: not an end, not a crash, not a request that nobody takes up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Insert, cast, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from bot.budgets import (
    UNITS,
    Amounts,
    Asker,
    Budget,
    Prices,
    Reserve,
    Scope,
    Standing,
    tightest,
)
from bot.ledger.order import UNDONE
from bot.ledger.rows import Kept, Lease, fenced, leased, now_ms
from bot.ledger.usage import amounts, book, book_beside, calls_of, highest
from generators.draft import Call, Cost
from generators.draft import Request as Asked

_REQUESTS: Final = SQLModel.metadata.tables["request"]
_WARNED: Final = SQLModel.metadata.tables["warned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The prices, the budgets, and the books that they are applied to."""

    prices: Prices = field(default_factory=Prices)
    budgets: tuple[Budget, ...] = ()

    def used(self, session: Session, lease: Lease, cost: Cost, outcome: str) -> None:
        """Add what the lease's attempt used. Raises LeaseLost."""
        book(session, lease, calls_of(cost, outcome), self.prices, lease.attempt)

    def beside(self, session: Session, row: Kept, calls: Sequence[Call]) -> None:
        """Add what judging took that no attempt at an answer made, of whoever asked."""
        book_beside(session, leased(row, None), calls, self.prices)

    def aborted(self, session: Session, row: Kept) -> None:
        """Add a row for an attempt whose worker went away: what it used, nobody knows."""
        call = Call(stage="generate", model="", outcome="aborted")
        book(session, leased(row, None), (call,), self.prices, row.attempt - 1)

    def reserve(self, session: Session, lease: Lease, reserve: Reserve) -> Standing | None:
        """Set aside what a request may use; return the budget that has no room, where one has none.

        Raises LeaseLost.
        """
        asker, now = asker_of(lease.request), now_ms()
        standings = self.standings(session, asker, now, but=lease.request.id.hex)
        full = tightest([one for one in standings if not one.has_room(reserve.needs)])
        if full is None:
            amount = reserve.amounts
            fenced(session, lease, **{f"reserved_{unit}": amount.of(unit) for unit in UNITS})
        return full

    def standings(
        self, session: Session, asker: Asker, now: int, *, but: str = ""
    ) -> Sequence[Standing]:
        """Return how all budgets stand that a request of this asker counts towards.

        `but` is a request whose own reservation does not count.
        """
        applying = (budget for budget in self.budgets if budget.applies(asker))
        return [
            standing
            for budget in applying
            for standing in self._standing(session, budget, asker.within(budget.scope), now, but)
        ]

    def fullest(self, session: Session, now: int) -> Mapping[Scope, float]:
        """Return of each scope that has budgets how much of the fullest is used: 1 is all."""
        shares = dict[Scope, float]()
        for budget in self.budgets:
            span, alone = budget.span(now), bool(budget.id) or budget.scope == "workspace"
            one = amounts(session, budget.scope, budget.id, span) if alone else None
            used = one or highest(session, budget.scope, span)
            every = (
                used.of(unit) / limit if limit else 1.0 for unit, limit in budget.limits.items()
            )
            shares[budget.scope] = max(shares.get(budget.scope, 0.0), *every)
        return shares

    def _standing(
        self, session: Session, budget: Budget, who: str, now: int, but: str
    ) -> Iterator[Standing]:
        span = budget.span(now)
        used = amounts(session, budget.scope, who, span)
        reserved = _reserved(session, budget.scope, who, but)
        for unit, limit in budget.limits.items():
            yield Standing(
                scope=budget.scope,
                id=who,
                window=budget.window,
                tz=budget.tz,
                unit=unit,
                limit=limit,
                used=used.of(unit),
                reserved=reserved.of(unit),
                since_ms=span[0],
                until_ms=span[1],
                currency=self.prices.currency,
            )


def asker_of(request: Asked) -> Asker:
    """Return whose use a request is; a DM is the channel of an answer that goes there."""
    return Asker(team=request.team, channel=request.reply_to.channel, user=request.user)


def newly_warned(session: Session, user: str, near: Sequence[Standing]) -> Sequence[Standing]:
    """Write down that a person is told of these; return those that they were not told of before."""
    connection = session.connection()
    statement = _WARNING[connection.dialect.name]
    return [
        one
        for one in near
        if connection.execute(
            statement, {"user": user, "budget": one.name, "since_ms": one.since_ms}
        ).first()
    ]


def _reserved(session: Session, scope: Scope, who: str, but: str) -> Amounts:
    columns = _REQUESTS.c
    waiting = columns.state.in_(UNDONE), columns.id != but
    # Not in WHERE: SQLite would go through all that somebody ever asked, and little of it waits.
    whose = true() if scope == "workspace" else columns[scope] == who
    query = select(*(_sum(columns[f"reserved_{unit}"], whose) for unit in UNITS)).where(*waiting)
    sums: Sequence[int] = session.connection().execute(query).one()
    return Amounts(**dict(zip(UNITS, sums, strict=True)))


def _sum(column: ColumnElement[int], whose: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column).filter(whose), 0), BigInteger)


def _warning(into: sqlite.Insert | postgresql.Insert) -> Insert:
    return into.on_conflict_do_nothing().returning(_WARNED.c.user)


_WARNING: Final[Mapping[str, Insert]] = MappingProxyType(
    {
        "sqlite": _warning(sqlite.insert(_WARNED)),
        "postgresql": _warning(postgresql.insert(_WARNED)),
    }
)
