"""Usage rows as CSV, for a spreadsheet or a bill. They hold ids, models and numbers, no content."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Final, TextIO

from sqlalchemy import Engine
from sqlmodel import Session

from bot.budgets import EPOCH
from bot.ledger.database import reading
from bot.ledger.usage import Span, exported, totals
from bot.ledger.usage import rebuild as sum_up

COLUMNS: Final = (
    "at",
    "request_id",
    "attempt",
    "stage",
    "team",
    "channel",
    "user",
    "verb",
    "model",
    "requests",
    "prompt_tokens",
    "output_tokens",
    "images",
    "gpu_ms",
    "queue_ms",
    "cost_micro",
    "currency",
    "outcome",
)
"""`at` is ISO 8601 in UTC; `cost_micro` is millionths of the currency."""


def write(engine: Engine, span: Span, currency: str, out: TextIO) -> int:
    """Write a line for each usage row of a span of time, oldest first; return how many."""
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    count = 0
    with reading(engine) as connection:
        for row in exported(connection, span):
            at = EPOCH + timedelta(milliseconds=row.at_ms)
            known = {"at": at.isoformat(timespec="milliseconds"), "currency": currency}
            lines.writerow(known.get(name) or getattr(row, name) for name in COLUMNS)
            count += 1
    return count


def summed(engine: Engine, span: Span) -> Iterator[dict[str, str | int]]:
    """Yield what everybody used of each model in a span of time."""
    with reading(engine) as connection:
        for total in totals(Session(connection), "workspace", "", span):
            yield asdict(total)


def rebuild(engine: Engine) -> None:
    """Make the sums by day anew from the rows, in one transaction."""
    with Session(engine) as session, session.begin():
        sum_up(session)


def span_of(since: str, until: str) -> Span:
    """Return the span from one day to before another, both like 2026-11-01 and UTC.

    Empty: from the first row, and to the last. Raises ValueError.

    >>> span_of("1970-01-02", "1970-01-03")
    (86400000, 172800000)
    """
    return _midnight_ms(since) if since else 0, _midnight_ms(until) if until else 2**62


def _midnight_ms(day: str) -> int:
    begins = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC)
    return (begins - EPOCH) // timedelta(milliseconds=1)
