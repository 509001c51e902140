"""P4: a digest posts once, with any number of bots, wherever one dies, on any day.

The bots are real but for their sockets: clocks, ledger, pipeline and delivery, and a Slack in
memory. The clock on the wall is the test's.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import watching
from bot.delivery import posting
from bot.delivery.marks import key_of
from bot.digests.clock import Clock
from bot.digests.phrases import Refused, read
from bot.ledger.database import connect
from bot.ledger.schedules import Scheduled, Schedules
from tests.bot.builders import keys, rows
from tests.bot.digests.timing import Channel, Hand, scheduled
from tests.test_promises import Bot, Fate, Killed, MortalWriter, bot

pytestmark = pytest.mark.thorough

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Casablanca",
)
"""Changes of an hour and of half an hour, at midnight, on both hemispheres, and around Ramadan."""
YEARS = (2025, 2026, 2027)
BOTS = 3
FIRES = 100
STEP, NEAR = timedelta(minutes=30), timedelta(hours=3)
"""How often the bots look at the clock around a run; elsewhere it is five times as seldom."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing that only a real Slack would need."""
    monkeypatch.setattr(posting, "PATIENCE_S", 0.0)
    monkeypatch.setattr(watching, "UPDATE_EVERY_S", -1.0)


def changes(zone: str) -> Iterator[date]:
    """Yield the local days of three years on which a zone's clocks change."""
    place, day = ZoneInfo(zone), date(YEARS[0], 1, 1)
    while day.year <= YEARS[-1]:
        midnight, day = datetime.combine(day, time(0), place), day + timedelta(days=1)
        if midnight.utcoffset() != datetime.combine(day, time(0), place).utcoffset():
            yield midnight.date()


def hours(zone: str, day: date) -> str:
    """Return the time of day at which the clocks of a zone change, or one that comes twice."""
    place = ZoneInfo(zone)
    for minute in range(0, 24 * 60, 15):
        at = datetime.combine(day, time(minute // 60, minute % 60), place)
        if at.utcoffset() != at.replace(fold=1).utcoffset():
            return f"{at:%H:%M}"
    return "03:00"


@dataclass
class House:
    """Three bots on one database, and their one Slack."""

    running: Bot
    clocks: list[Clock]
    hand: Hand
    fates: list[Fate]

    deaths: int = 0

    async def tick(self, *, deadly: bool = False) -> None:
        """Let every bot look at the clock, the first of which may die over it; post what waits."""
        for number, clock in enumerate(self.clocks):
            fate = self.fates[number]
            fate.at = 0 if deadly and number == 0 else -1
            try:
                await clock.sweep()
            except Killed:
                self.deaths += 1
        await self.running.work()

    def posted(self) -> list[str]:
        """Return the request of every message in Slack, as often as there is one."""
        marks = (key_of(message.raw) for message in self.running.slack.messages)
        return [mark[0] for mark in marks if mark]


@asynccontextmanager
async def house(db: str, *, after: bool = False) -> AsyncGenerator[House]:
    hand, fates, writers = Hand(), list[Fate](), list[MortalWriter]()
    async with bot(db, ["What happened: we decided to ship."], Fate()) as running:
        line = running.pipeline
        running.pipeline = replace(line, generators={"digest": running.generator})
        for _ in range(BOTS):
            fates.append(Fate(after=after))
            writers.append(MortalWriter(connect(db)))
            writers[-1].fate = fates[-1]
        clocks = [
            Clock(
                schedules=Schedules(writer, keys()),
                look=Channel(),
                wake=lambda: None,
                now=hand.now,
            )
            for writer in writers
        ]
        try:
            yield House(running, clocks, hand, fates)
        finally:
            for writer in writers:
                writer.fate = Fate()
                writer.close()


def run_of(one: Scheduled, day: date) -> datetime:
    """Return the one moment at which it runs on a local day."""
    made = read(one.phrase, one.zone)
    assert not isinstance(made, Refused)
    start = datetime.combine(day, time(0), ZoneInfo(one.zone)).astimezone(UTC)
    return next(made.runs(start - timedelta(seconds=1), one.first))


@pytest.mark.parametrize("zone", ZONES)
async def test_p4_on_every_day_that_clocks_change_it_posts_once(db: str, zone: str) -> None:
    days = list(changes(zone))
    assert len(days) >= 2 * len(YEARS)
    async with house(db) as home:
        for day in days:
            phrase = f"every day at {hours(zone, day)}"
            start = datetime.combine(day, time(0), ZoneInfo(zone)) - timedelta(hours=1)
            wanted = scheduled(phrase, zone, created=start, first=start.date())
            one = await home.clocks[0].schedules.keep(wanted)
            run, before = run_of(one, day).astimezone(UTC), set(home.posted())
            home.hand.moment = start.astimezone(UTC)
            end = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))
            while home.hand.moment < end.astimezone(UTC):
                await home.tick()
                new = [post for post in home.posted() if post not in before]
                assert len(new) == (home.hand.moment >= run), (day, phrase, home.hand.moment)
                near = abs(home.hand.moment - run) <= NEAR
                home.hand.moment += STEP if near else 5 * STEP
            await home.clocks[0].schedules.turn(one, "deleted", one.owner)
        assert len(set(home.posted())) == len(home.posted()) == len(days)
        home.running.agrees()


@pytest.mark.parametrize("after", [False, True])
async def test_p4_a_hundred_fires_with_a_kill_at_each(db: str, after: bool) -> None:
    """One of three bots dies before or after its commit, and so does who works on the request."""
    async with house(db, after=after) as home:
        one = await home.clocks[0].schedules.keep(scheduled("every hour"))
        for hour in range(FIRES):
            home.hand.moment = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hour)
            home.running.fate.at, home.running.fate.after = hour % 12, after
            await home.tick(deadly=True)
            home.running.fate.at = -1
            await home.tick()
            assert len(home.posted()) == hour + 1
        assert len(set(home.posted())) == FIRES
        assert rows(db, "SELECT count(*) FROM fire WHERE schedule_id = ?", one.id) == [(FIRES,)]
        assert home.deaths == FIRES, "nobody died, so this proves nothing"
        home.running.agrees()
