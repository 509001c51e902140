"""Usage rows, and their sums by day: one transaction writes both, and either proves the other.

The rows are the truth. A day here is one of UTC; a window in another zone takes its whole days from
the sums and its two ends from the rows.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from bot.budgets import EPOCH, Amounts, Prices, Scope
from bot.ledger.rows import Lease, fenced, now_ms
from bot.ledger.statements import REQUESTS, changing
from generators.draft import Call, Cost
from moderation.stages import JUDGING

Span = tuple[int, int]
"""Milliseconds UTC: the start, and the end, which is not in it."""

DAY_MS: Final = 86_400_000
NO_MODEL: Final = frozenset({"", "atelier"})
"""What stands for a model where none was used: the bot's own sentences, and what nobody knows."""
KEY: Final = ("team", "channel", "user", "model")
SUMS: Final = (
    "calls",
    "requests",
    "prompt_tokens",
    "output_tokens",
    "images",
    "gpu_ms",
    "queue_ms",
    "cost_micro",
)
_TOLD: Final = ("requests", "prompt_tokens", "output_tokens", "images", "gpu_ms", "cost_micro")
"""What people are told of."""
ROWS: Final[Table] = SQLModel.metadata.tables["usage"]
DAYS: Final[Table] = SQLModel.metadata.tables["usage_day"]

_DAY: Final = literal_column("at_ms / 86400000", BigInteger)
"""The day of a row; a literal, so that PostgreSQL sees the same expression in GROUP BY."""


@dataclass(frozen=True, slots=True)
class Total:
    """What somebody has used of one model."""

    model: str
    requests: int
    """Those that it answered; search and second calls are no requests of their own."""
    prompt_tokens: int
    output_tokens: int
    images: int
    gpu_ms: int
    cost_micro: int = 0
    calls: int = 0


def calls_of(cost: Cost, outcome: str) -> Sequence[Call]:
    """Return the engine calls behind a cost; the cost itself where nobody counted its own.

    Calls of models that judge are beside it, whatever made the answer.
    """
    counted = any(call.stage not in JUDGING for call in cost.calls)
    if counted or (cost.calls and not cost.model):
        return cost.calls
    alone = Call(
        stage="generate",
        model=cost.model,
        gpu_ms=cost.gpu_ms,
        prompt_tokens=cost.prompt_tokens,
        output_tokens=cost.output_tokens,
        images=cost.images,
        outcome="ok" if outcome == "ok" else "error",
    )
    return (alone, *cost.calls)


def book(
    session: Session, lease: Lease, calls: Sequence[Call], prices: Prices, attempt: int
) -> None:
    """Add the rows of an attempt's calls, and add them to the day's sums. Raises LeaseLost."""
    before = _before(session, lease)
    counted = _counted(calls, before)
    # What a request counts for is set aside until then, and is used from then on.
    settled = {} if counted is None else {"reserved_requests": 0}
    fenced(session, lease, {"usage_rows": len(calls)}, **settled)
    earlier = [row.stage for row in before if row.attempt == attempt]
    rows = list(_rows(lease, calls, (prices, attempt), earlier))
    if counted is not None:
        rows[counted]["requests"] = 1
    _add(session, rows)


def book_beside(session: Session, lease: Lease, calls: Sequence[Call], prices: Prices) -> None:
    """Add the rows of calls that no lease holds: those of models that judge what a reviewer does.

    The lease says only of which request and attempt they are.
    """
    earlier = [row.stage for row in _before(session, lease) if row.attempt == lease.attempt]
    more = {"is_id": lease.request.id.hex, "more_usage_rows": len(calls)}
    session.connection().execute(changing(REQUESTS, (), ("usage_rows",), "id"), more)
    rows = list(_rows(replace(lease, waited_ms=0), calls, (prices, lease.attempt), earlier))
    _add(session, rows)


def amounts(session: Session, scope: Scope, who: str, span: Span) -> Amounts:
    """Sum up what one person, channel, team, or everybody, used in a span of time."""
    table = union_all(*(_used(*part, scope, who) for part in _parts(span))).subquery()
    sums = session.connection().execute(select(*(_sum(table.c[name]) for name in _TOLD))).one()
    requests, read, written, images, gpu_ms, micro = sums
    return Amounts(
        requests=requests,
        tokens=read + written,
        images=images,
        gpu_ms=gpu_ms,
        money_micro=micro,
    )


def highest(session: Session, scope: Scope, span: Span) -> Amounts:
    """Return the most that any one person, channel or team used in a span, unit by unit."""
    names = ("who", *_TOLD)
    parts = (
        select(table.c[scope].label("who"), *(table.c[name] for name in _TOLD)).where(when)
        for table, when in _parts(span)
    )
    table = union_all(*parts).subquery()
    sums = (_sum(table.c[name]).label(name) for name in names[1:])
    each = select(*sums).group_by(table.c.who).subquery().c
    tokens = each.prompt_tokens + each.output_tokens
    units = each.requests, tokens, each.images, each.gpu_ms, each.cost_micro
    most = select(*(func.coalesce(func.max(unit), 0) for unit in units))
    requests, tokens, images, gpu_ms, micro = session.connection().execute(most).one()
    return Amounts(
        requests=requests, tokens=tokens, images=images, gpu_ms=gpu_ms, money_micro=micro
    )


def totals(session: Session, scope: Scope, who: str, span: Span) -> Sequence[Total]:
    """Sum up the same by model, in the order of their names."""
    table = union_all(*(_used(*part, scope, who) for part in _parts(span))).subquery()
    model = table.c.model
    query = select(model, *(_sum(table.c[name]) for name in (*_TOLD, "calls"))).group_by(model)
    found: Sequence[Any] = session.connection().execute(query.order_by(model)).all()
    return [Total(*row) for row in found]


def rebuild(session: Session, days: Collection[int] | None = None) -> None:
    """Make the sums of all days, or of some, anew from the rows."""
    old, rows = (true(), true()) if days is None else (DAYS.c.day.in_(days), _within(days))
    key = (_DAY, *(ROWS.c[name] for name in KEY))
    sums = (func.count(), *(func.sum(ROWS.c[name]) for name in SUMS[1:]))
    connection = session.connection()
    connection.execute(delete(DAYS).where(old))
    made = select(*key, *sums).where(rows).group_by(*key)
    connection.execute(insert(DAYS).from_select(["day", *KEY, *SUMS], made))


def _within(days: Collection[int]) -> ColumnElement[bool]:
    spans = ((day * DAY_MS, (day + 1) * DAY_MS) for day in days)
    return or_(
        false(), *(and_(ROWS.c.at_ms >= since, ROWS.c.at_ms < until) for since, until in spans)
    )


def differences(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each day whose sums are not those of its rows."""
    names = ("day", *KEY)
    kept = select(*(DAYS.c[name] for name in (*names, *SUMS)))
    one, *others = (literal(-1).label("calls"), *((-ROWS.c[n]).label(n) for n in SUMS[1:]))
    rows = select(_DAY.label("day"), *(ROWS.c[name] for name in KEY), one, *others)
    both = union_all(kept, rows).subquery()
    off = or_(*(func.sum(both.c[name]) != 0 for name in SUMS))
    wrong = select(both.c.day).group_by(*(both.c[name] for name in names)).having(off).subquery()
    for (day,) in connection.execute(select(wrong.c.day).distinct().order_by(wrong.c.day)):
        yield f"the sums of {EPOCH + timedelta(days=day):%Y-%m-%d} are not those of its usage rows"


def exported(connection: Connection, span: Span) -> Iterator[Row[Any]]:
    """Yield the usage rows of a span of time, oldest first; they hold no content."""
    when = and_(ROWS.c.at_ms >= span[0], ROWS.c.at_ms < span[1])
    query = select(ROWS).where(when).order_by(ROWS.c.at_ms, ROWS.c.id)
    yield from connection.execute(query.execution_options(yield_per=1000))


def _add(session: Session, rows: list[dict[str, Any]]) -> None:
    connection = session.connection()
    if rows:
        connection.execute(_ROW, rows)
        connection.execute(_ADDING[connection.dialect.name], _by_day(rows))


def _before(session: Session, lease: Lease) -> Sequence[Row[int, str, int]]:
    """Return what is on the books of a request already."""
    return session.connection().execute(_BEFORE, {"is_request_id": lease.request.id.hex}).all()


def _counted(calls: Sequence[Call], before: Sequence[Row[int, str, int]]) -> int | None:
    """Return which call the request is counted with; None where it is counted already, or never."""
    models = ((at, call) for at, call in enumerate(calls) if call.stage not in JUDGING)
    used = [at for at, call in models if call.model not in NO_MODEL]
    return used[-1] if used and not any(row.requests for row in before) else None


def _rows(
    lease: Lease, calls: Sequence[Call], by: tuple[Prices, int], earlier: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of calls of an attempt, of which `earlier` stages are on the books."""
    (prices, attempt), request, now = by, lease.request, now_ms()
    stages = Counter(stage.partition("-")[0] for stage in earlier)
    for at, call in enumerate(calls, start=len(earlier)):
        stages[call.stage] += 1
        number = stages[call.stage]
        yield {
            "request_id": request.id.hex,
            "attempt": attempt,
            "stage": call.stage if number == 1 else f"{call.stage}-{number}",
            "team": request.team,
            "user": request.user,
            "channel": request.reply_to.channel,
            "verb": request.verb,
            "model": call.model,
            "requests": 0,
            "prompt_tokens": call.prompt_tokens,
            "output_tokens": call.output_tokens,
            "images": call.images,
            "gpu_ms": call.gpu_ms,
            "queue_ms": 0 if at or call.outcome == "aborted" else lease.waited_ms,
            "cost_micro": prices.micro(call),
            "outcome": call.outcome,
            "at_ms": now,
        }


def _by_day(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what rows of one attempt add to the sums: a row for each model."""
    added: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = {"day": row["at_ms"] // DAY_MS, **{name: row[name] for name in KEY}}
        sums = added.setdefault(row["model"], {**key, **dict.fromkeys(SUMS, 0)})
        sums["calls"] += 1
        for name in SUMS[1:]:
            sums[name] += row[name]
    return list(added.values())


def _parts(span: Span) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield from which tables to take a span: whole days from the sums, the rest from the rows."""
    since, until = span
    first, last = -(-since // DAY_MS), until // DAY_MS
    if first >= last:
        yield ROWS, and_(ROWS.c.at_ms >= since, ROWS.c.at_ms < until)
        return
    yield DAYS, and_(DAYS.c.day >= first, DAYS.c.day < last)
    for begin, end in ((since, first * DAY_MS), (last * DAY_MS, until)):
        if begin < end:
            yield ROWS, and_(ROWS.c.at_ms >= begin, ROWS.c.at_ms < end)


def _used(
    table: Table, when: ColumnElement[bool], scope: Scope, who: str
) -> Select[*tuple[Any, ...]]:
    calls = literal(1).label("calls") if table is ROWS else table.c.calls
    query = select(table.c.model, calls, *(table.c[name] for name in _TOLD)).where(when)
    return query if scope == "workspace" else query.where(table.c[scope] == who)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return a sum as a whole number; PostgreSQL sums to a decimal."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _adding(into: sqlite.Insert | postgresql.Insert) -> Insert:
    sums = {name: DAYS.c[name] + into.excluded[name] for name in SUMS}
    return into.on_conflict_do_update(index_elements=["day", *KEY], set_=sums)


_ROW: Final = insert(ROWS)
_BEFORE: Final = select(ROWS.c.attempt, ROWS.c.stage, ROWS.c.requests).where(
    ROWS.c.request_id == bindparam("is_request_id")
)
_ADDING: Final[Mapping[str, Insert]] = MappingProxyType(
    {"sqlite": _adding(sqlite.insert(DAYS)), "postgresql": _adding(postgresql.insert(DAYS))}
)
