import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.digests.clock import Clock
from bot.digests.feeding import Feeding
from bot.digests.fetching import Unfetched
from bot.ledger.ledger import Ledger
from bot.ledger.memory import Memory
from bot.ledger.schedules import Scheduled
from generators.draft import ContextUnavailable, EngineUnavailable, Request
from generators.feed import shown
from tests.bot.builders import ANA, LEASE_S, keys, rows
from tests.bot.digests.feeds import BOMB, rss
from tests.bot.digests.timing import Channel, Hand, bots, scheduled

URL = "https://news.example/rss"


class Web:
    """What the feed is, or why it cannot be read."""

    def __init__(self) -> None:
        self.raw = rss("Old")
        self.trouble: Exception | None = None

    async def fetch(self, address: str) -> bytes:
        assert address == URL
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        return self.raw


async def passes(text: str, _request: Request) -> bool:
    return "EVIL" not in text


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def clocks(db: str, hand: Hand, channel: Channel, web: Web) -> AsyncIterator[list[Clock]]:
    async with bots(db, 3, hand, channel) as made:
        yield [
            replace(
                clock,
                own={
                    "feed": Feeding(
                        memory=Memory(clock.schedules.writer, keys()),
                        look=channel,
                        fetch=web.fetch,
                        passes=passes,
                        most=3,
                        negative=lambda title: "late" in title,
                    )
                },
            )
            for clock in made
        ]


async def kept(clocks: list[Clock], **options: str) -> Scheduled:
    one = scheduled(kind="feed", options={"url": URL, **options})
    return await clocks[0].schedules.keep(one)


async def day(clocks: list[Clock], hand: Hand, number: int) -> list[Request]:
    """Let every bot look at nine on a day; return what was accepted then."""
    hand.set(f"2026-11-{number:02}T09:00")
    await asyncio.gather(*(clock.sweep() for clock in clocks))
    ledger = Ledger(clocks[0].schedules.writer, LEASE_S, keys())
    found = []
    while (lease := await ledger.claim("greet")) is not None:
        found.append(lease.request)
    return found


async def test_what_is_new_is_asked_for_once_and_told_once(
    clocks: list[Clock], hand: Hand, web: Web, db: str
) -> None:
    one = await kept(clocks)
    assert await day(clocks, hand, 3) == [], "what is old when it begins is not news"
    web.raw = rss("New 新闻", "Old", at="08:00")
    (request,) = await day(clocks, hand, 4)
    assert (request.verb, request.user, request.reply_to.channel) == ("feed", ANA, "C1")
    said = shown(request.prompt, "en")
    assert "New 新闻 — Ana Desk, 2026-11-01, [news.example](https://news.example/0)" in said
    assert "Old" not in said
    assert await day(clocks, hand, 5) == []
    assert [row[0] for row in rows(db, "SELECT outcome FROM fire ORDER BY period")] == [
        "quiet",
        "asked",
        "quiet",
    ]
    assert await clocks[0].schedules.get(one.id) is not None


async def test_the_first_one_tells_of_the_last_day(
    clocks: list[Clock], hand: Hand, web: Web
) -> None:
    await kept(clocks)
    web.raw = rss("Today", at="10:00")
    (request,) = await day(clocks, hand, 2)
    assert "Today" in request.prompt


async def test_only_so_many_are_shown_and_the_rest_is_counted(
    clocks: list[Clock], hand: Hand, web: Web
) -> None:
    await kept(clocks)
    await day(clocks, hand, 3)
    web.raw = rss(*"ABCDE")
    (request,) = await day(clocks, hand, 4)
    assert shown(request.prompt, "en").count("\n- ") == 3
    assert "and 2 more" in shown(request.prompt, "en")
    assert await day(clocks, hand, 5) == []


async def test_what_moderation_refuses_is_left_out_and_does_not_come_back(
    clocks: list[Clock], hand: Hand, web: Web
) -> None:
    await kept(clocks)
    await day(clocks, hand, 3)
    web.raw = rss("EVIL", "Fine")
    (request,) = await day(clocks, hand, 4)
    assert "EVIL" not in request.prompt
    assert "Fine" in request.prompt
    assert await day(clocks, hand, 5) == []


@pytest.mark.parametrize("why", ["gone", "hostile", "archived"])
async def test_after_three_failures_it_rests_and_its_owner_is_told_once(  # noqa: PLR0917 - what goes wrong is in one of them
    why: str, clocks: list[Clock], hand: Hand, web: Web, channel: Channel, db: str
) -> None:
    one = await kept(clocks)
    if why == "gone":
        web.trouble = Unfetched("status 404")
    elif why == "hostile":
        web.raw = BOMB.encode()
    else:
        channel.trouble = ContextUnavailable("closed")
    asked = [request for number in range(3, 8) for request in await day(clocks, hand, number)]
    (told,) = asked
    assert (told.verb, told.reply_to.channel, told.flags) == ("schedule", ANA, {"paused": one.id})
    assert rows(db, "SELECT state FROM schedule") == [("failing",)]
    assert rows(db, "SELECT outcome FROM fire") == [("failed",)] * 3


async def test_while_slack_does_not_answer_it_waits(
    clocks: list[Clock], hand: Hand, web: Web, channel: Channel, db: str
) -> None:
    await kept(clocks)
    await day(clocks, hand, 3)
    web.raw = rss("New")
    channel.trouble = EngineUnavailable("away")
    assert await day(clocks, hand, 4) == []
    assert len(rows(db, "SELECT * FROM fire")) == 1
    channel.trouble = None
    assert len(await day(clocks, hand, 5)) == 1


async def test_a_clock_for_digests_leaves_it_alone(
    clocks: list[Clock], hand: Hand, db: str
) -> None:
    await kept(clocks)
    hand.set("2026-11-03T09:00")
    await replace(clocks[0], own={}).sweep()
    assert rows(db, "SELECT * FROM fire") == []


async def test_a_chart_says_how_a_feed_s_days_were(
    clocks: list[Clock], hand: Hand, web: Web
) -> None:
    await kept(clocks, chart="yes")
    await day(clocks, hand, 3)
    web.raw = rss("Trains are late", "Trains run", "EVIL", "Trams run, trains are late")
    (request,) = await day(clocks, hand, 4)
    said = shown(request.prompt, "en")
    assert "- 2026-11-01 `██░` 2 of 3 negative: trains" in said
    assert "EVIL" not in said
    assert said.count("\n- ") == 4, "three entries and one day"
