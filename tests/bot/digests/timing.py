"""A ledger of schedules, a channel that is looked at, and bots with a clock that tests set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from bot.digests.clock import Clock, Look
from bot.ledger.database import connect
from bot.ledger.schedules import Scheduled, Schedules
from bot.ledger.writer import Writer
from generators.draft import Line, Request
from tests.bot.builders import ANA, keys

TALK = tuple(
    Line(who, text, f"{n}.5", f"https://w.example/p{n}")
    for n, (who, text) in enumerate(
        (("ana", "We decided to ship."), ("bo", "The tests fail."), ("chen", "谁来发布？"))
    )
)


def at(text: str) -> datetime:
    """Return a moment that is written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scheduled(phrase: str = "every day at 9:00", zone: str = "UTC", **given: Any) -> Scheduled:
    """Return a schedule of Ana in C1, kept on 1 November 2026."""
    created = int(given.pop("created", at("2026-11-01T00:00")).timestamp() * 1000)
    usual: dict[str, Any] = {
        "id": uuid4().hex,
        "number": 0,
        "kind": "digest",
        "team": "T1",
        "channel": "C1",
        "owner": ANA,
        "first": date(2026, 11, 1),
        "created_ms": created,
        "done_ms": created,
    }
    return Scheduled(phrase=phrase, zone=zone, **{**usual, **given})


@dataclass
class Channel:
    """What is said in every channel, or why nothing can be read there."""

    said: tuple[Line, ...] = TALK
    trouble: Exception | None = None
    asked: list[Request] = field(default_factory=list)

    async def gather(self, request: Request) -> Request:
        self.asked.append(request)
        if self.trouble:
            raise self.trouble
        return replace(request, context=self.said)


@dataclass
class Hand:
    """The clock on the wall of all bots."""

    moment: datetime = field(default_factory=lambda: at("2026-11-02T00:00"))

    def now(self) -> datetime:
        return self.moment

    def set(self, text: str) -> None:
        self.moment = at(text)


@asynccontextmanager
async def bots(db: str, count: int, hand: Hand, channel: Look) -> AsyncIterator[list[Clock]]:
    """Run several bots on one database, each with a writer of its own."""
    writers = [Writer(connect(db)) for _ in range(count)]
    try:
        yield [
            Clock(
                schedules=Schedules(writer, keys()),
                look=channel,
                wake=lambda: None,
                now=hand.now,
            )
            for writer in writers
        ]
    finally:
        for writer in writers:
            writer.close()
