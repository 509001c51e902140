import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from bot.digests.alerting import alert
from bot.digests.clock import Clock
from bot.digests.turning import LEARNED, Turning
from bot.digests.watching import Watching
from bot.ledger.ledger import Ledger
from bot.ledger.memory import Memory
from bot.ledger.schedules import Scheduled
from generators.draft import ContextUnavailable, Line, Request
from tests.bot.builders import ANA, BO, LEASE_S, keys, rows
from tests.bot.digests.timing import Hand, at, bots, scheduled

START = at("2026-11-01T00:00").timestamp()


@dataclass
class Talk:
    """A channel whose messages are all there is of it; what was read is written down."""

    lines: list[Line] = field(default_factory=list)
    trouble: Exception | None = None
    spans: list[tuple[str, str]] = field(default_factory=list)

    def say(self, *texts: str) -> None:
        for text in texts:
            ts = f"{START + 1 + len(self.lines):.6f}"
            self.lines.append(Line("ana", text, ts, f"https://w.example/p{len(self.lines)}"))

    async def gather(self, request: Request) -> Request:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        since, until = request.flags["since"], request.flags["until"]
        self.spans.append((since, until))
        inside = [one for one in self.lines if float(since) < float(one.ts) <= float(until)]
        return replace(request, context=tuple(inside[::-1]))


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
async def clocks(db: str, hand: Hand, talk: Talk) -> AsyncIterator[list[Clock]]:
    async with bots(db, 3, hand, talk) as made:
        yield [
            replace(
                clock,
                own={
                    "watch": Watching(
                        memory=Memory(clock.schedules.writer, keys()),
                        look=talk,
                        negative=lambda text: "bad" in text or "糟" in text,
                    )
                },
            )
            for clock in made
        ]


async def kept(clocks: list[Clock]) -> Scheduled:
    watch = scheduled("every 5 minutes", kind="watch")
    return await clocks[0].schedules.keep(watch)


async def looked(clocks: list[Clock], hand: Hand, moment: str) -> list[Request]:
    hand.set(moment)
    await asyncio.gather(*(clock.sweep() for clock in clocks))
    ledger = Ledger(clocks[0].schedules.writer, LEASE_S, keys())
    found = []
    while (lease := await ledger.claim("greet")) is not None:
        found.append(lease.request)
    return found


async def test_a_turn_is_told_once_with_the_messages_that_made_it(
    clocks: list[Clock], hand: Hand, talk: Talk, db: str
) -> None:
    await kept(clocks)
    talk.say(*["all fine 🙂"] * LEARNED)
    assert await looked(clocks, hand, "2026-11-01T01:00") == []
    talk.say(*["this is bad", "糟糕"] * 6)
    (request,) = await looked(clocks, hand, "2026-11-01T01:05")
    assert (request.verb, request.user, request.reply_to.channel) == ("watch", ANA, "C1")
    bad, every, usual = request.flags["turn"].split("/")
    assert (bad, every, usual) == ("8", "8", "0.000")
    context = (await talk.gather(request)).context
    assert [line.ts for line in sorted(context, key=lambda line: line.ts)] == [
        line.ts for line in talk.lines[LEARNED : LEARNED + 8]
    ]
    state = rows(db, "SELECT state FROM watch_state")[0][0]
    assert Turning.of(state).sum == 0
    assert "bad" not in state, "what was said is kept nowhere"


async def test_each_message_is_judged_once_whichever_bot_looks(
    clocks: list[Clock], hand: Hand, talk: Talk, db: str
) -> None:
    await kept(clocks)
    talk.say(*["fine"] * 40)
    for minute in (0, 5, 10):
        await looked(clocks, hand, f"2026-11-01T01:{minute:02}")
    assert Turning.of(rows(db, "SELECT state FROM watch_state")[0][0]).base == 40
    talk.say("bad")
    await looked(clocks, hand, "2026-11-01T01:15")
    state = Turning.of(rows(db, "SELECT state FROM watch_state")[0][0])
    assert (state.base, state.base_negative) == (41, 1)
    assert len(rows(db, "SELECT * FROM fire")) == 4


async def test_after_an_alert_it_cools_down_and_then_tells_again(
    clocks: list[Clock], hand: Hand, talk: Talk
) -> None:
    await kept(clocks)
    talk.say(*["fine"] * LEARNED, *["bad"] * 10)
    assert len(await looked(clocks, hand, "2026-11-01T01:00")) == 1
    talk.say(*["bad"] * 20)
    assert await looked(clocks, hand, "2026-11-01T02:00") == []
    talk.say(*["bad"] * 30)
    assert len(await looked(clocks, hand, "2026-11-01T03:30")) == 1


async def test_who_acknowledges_or_mutes_has_peace_and_a_watch_that_learns(
    clocks: list[Clock], hand: Hand, talk: Talk, db: str
) -> None:
    one = await kept(clocks)
    talk.say(*["fine"] * LEARNED, *["bad"] * 10)
    (request,) = await looked(clocks, hand, "2026-11-01T01:00")
    memory = Memory(clocks[1].schedules.writer, keys())
    assert await memory.schedule_of(request.id.hex) == one.id
    until = int(at("2026-11-02T01:00").timestamp() * 1000)
    assert await memory.hush(one, until, BO, "watch.acknowledge")
    assert not await memory.hush(one, until, BO, "watch.acknowledge"), "pressed twice is once"
    talk.say(*["bad"] * 30)
    assert await looked(clocks, hand, "2026-11-01T12:00") == []
    assert Turning.of(rows(db, "SELECT state FROM watch_state")[0][0]).base > LEARNED
    assert rows(db, "SELECT action FROM audit_log WHERE action = 'watch.acknowledge'")


async def test_a_press_while_a_bot_looks_is_not_lost(
    clocks: list[Clock], hand: Hand, talk: Talk, db: str
) -> None:
    one = await kept(clocks)
    talk.say("fine")
    await looked(clocks, hand, "2026-11-01T01:00")
    memory = Memory(clocks[1].schedules.writer, keys())
    talk.say("fine")

    class Late(Talk):
        @override
        async def gather(self, request: Request) -> Request:
            await memory.hush(one, 9_999_999_999_999, BO, "watch.mute")
            return await talk.gather(request)

    watching = clocks[0].own["watch"]
    assert isinstance(watching, Watching)
    late = replace(clocks[0], own={"watch": replace(watching, look=Late())})
    assert await looked([late], hand, "2026-11-01T01:05") == []
    assert rows(db, "SELECT quiet_ms FROM watch_state") == [(9_999_999_999_999,)]
    assert len(rows(db, "SELECT * FROM fire")) == 1, "the run is not settled, and comes again"


async def test_where_it_cannot_be_read_it_rests_after_three_times(
    clocks: list[Clock], hand: Hand, talk: Talk, db: str
) -> None:
    one = await kept(clocks)
    talk.trouble = ContextUnavailable("closed")
    times = [f"2026-11-01T01:{minute:02}" for minute in range(0, 30, 5)]
    asked = [request for moment in times for request in await looked(clocks, hand, moment)]
    (told,) = asked
    assert (told.verb, told.flags) == ("schedule", {"paused": one.id})
    assert rows(db, "SELECT state FROM schedule") == [("failing",)]


def test_an_alert_of_nothing_says_what_was_counted() -> None:
    assert "8 of the last 9" in alert("8/9/0.151", [])
    assert "15 in 100" in alert("8/9/0.151", [])
