"""A run that somebody asks for: feeds, watches, and in whose name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.digests.feeding import Feeding
from bot.digests.fetching import Unfetched
from bot.digests.managing import Scheduling
from bot.digests.speech import speech
from bot.digests.turning import LEARNED, Turning
from bot.digests.watching import Watching
from bot.feeds import Feeds
from bot.ledger.ledger import Ledger
from bot.ledger.memory import Memory, keeping
from bot.reports import BotTools
from bot.runs import Finders
from bot.settings import Verb
from generators.draft import ContextUnavailable, EngineUnavailable, Line, PromptRejected, Request
from generators.model import Model
from tests.asking import body
from tests.bot.builders import ANA, BO, VERBS, request, rows, verb
from tests.bot.digests.feeds import rss
from tests.bot.digests.timing import Channel
from tests.bot.people import roles
from tests.fake_engine import closed_url
from tests.fake_knowledge import Shelf

URL = "https://news.example/rss"
FEED = f"feed {URL} every day at 9:00"
KINDS = {name: verb() for name in ("feed", "watch", "schedule", "report", "backlog")}


@dataclass
class House:
    """A channel, a feed, and what is kept of them."""

    ledger: Ledger
    channel: Channel = field(default_factory=Channel)
    raw: bytes = field(default_factory=lambda: rss("Old"))
    trouble: Exception | None = None
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """Is called once, after it was read what was told, and before what is new is settled."""

    async def passes(self, _text: str, _request: Request) -> bool:
        calls, self.meanwhile = self.meanwhile, None
        if calls:
            await calls()
        return True

    async def fetch(self, _address: str) -> bytes:
        if self.trouble:
            raise self.trouble
        return self.raw

    @property
    def memory(self) -> Memory:
        return Memory(self.ledger.schedules.writer, self.ledger.schedules.keys)

    def managed(self, verbs: Mapping[str, Verb] = KINDS, *, connected: bool = True) -> Scheduling:
        parts: dict[str, Any] = {"memory": self.memory, "look": self.channel}
        feed = Feeding(fetch=self.fetch, passes=self.passes, **parts)
        watch = Watching(negative=lambda text: "bad" in text, **parts)
        tools = BotTools(
            model=Model(closed_url(), "none"),
            knowledge=Shelf(),
            ledger=self.ledger,
            verbs={**VERBS, **verbs},
            roles=roles(),
            feeds=Feeds(hosts=("news.example",)),
            finders=Finders({"feed": feed, "watch": watch} if connected else {}),
        )
        return Scheduling(tools)

    async def say(self, prompt: str, **given: Any) -> str:
        return await body(self.managed(), request(prompt, verb="schedule", **given))

    def talk(self, *texts: str) -> None:
        """Let these be the newest messages of the channel."""
        soon = datetime.now(UTC) + timedelta(minutes=1)
        lines = [(soon + timedelta(seconds=n), text) for n, text in enumerate(texts)]
        self.channel.said = tuple(Line("bo", text, f"{at.timestamp():.6f}") for at, text in lines)


@pytest.fixture
def house(ledger: Ledger) -> House:
    return House(ledger)


async def test_a_feed_tells_what_is_new_now_and_tells_it_once(house: House, db: str) -> None:
    await house.say(FEED)
    assert "Nothing is new" in await house.say("run now")
    house.raw = rss("New 新闻", "Old")
    assert "comes now" in await house.say("run now 1", user=BO)
    asked = rows(db, 'SELECT verb, channel, "user" FROM request')
    assert asked == [("feed", "C1", BO)], "it is the request of who asked for it"
    assert "没有新内容" in await house.say("现在 1")


async def test_a_run_by_hand_that_is_answered_again_is_the_same_one(house: House, db: str) -> None:
    await house.say(FEED)
    await house.say("run now")
    house.raw = rss("New", "Old")
    asked, managed = request("run now", verb="schedule"), house.managed()
    assert await body(managed, asked) == await body(managed, asked)
    assert len(rows(db, "SELECT * FROM request")) == 1


@pytest.mark.parametrize("why", [Unfetched("status 404"), None])
async def test_what_cannot_be_read_is_said_and_counts_as_no_failure(
    house: House, db: str, why: Exception | None
) -> None:
    await house.say(FEED)
    house.trouble, house.channel.trouble = why, None if why else ContextUnavailable("closed")
    for _ in range(4):
        with pytest.raises(PromptRejected, match="cannot run now"):
            await house.say("run now")
    assert rows(db, "SELECT state, failures FROM schedule") == [("active", 0)]
    assert rows(db, "SELECT * FROM fire") == []


async def test_while_slack_does_not_answer_it_is_tried_again(house: House) -> None:
    await house.say(FEED)
    house.channel.trouble = EngineUnavailable("away")
    with pytest.raises(EngineUnavailable):
        await house.say("run now")


async def test_what_a_clock_tells_meanwhile_is_not_told_twice(house: House, db: str) -> None:
    """Both have read that an entry is new; whoever settles second tells nothing of it."""
    await house.say(FEED)
    await house.say("run now")
    house.raw = rss("New", "Old")
    house.meanwhile = lambda: house.say("run now", user=BO)
    assert "Nothing is new" in await house.say("run now")
    assert rows(db, 'SELECT "user" FROM request') == [(BO,)]


async def test_a_watch_says_how_it_stands(house: House, db: str) -> None:
    house.channel.said = ()
    await house.say("watch")
    said = await house.say("run now")
    assert "0 messages so far of 150" in said
    (one,) = await house.ledger.schedules.of("C1")

    async def stands(state: Turning, quiet_ms: int = 0) -> None:
        before = await house.memory.watched(one.id)
        beside = keeping(one.id, before, state.text(), quiet_ms)
        await house.ledger.schedules.writer.write(beside)

    usual = Turning(base=LEARNED, base_negative=30)
    await stands(usual)
    assert "Usual here are 20 in 100" in (said := await house.say("run now"))
    assert "Nothing is different" in said
    house.talk("bad", "bad")
    assert "Of the last 2, 2 read negative: that is 30 in 100" in await house.say("run now")
    later = datetime.now(UTC) + timedelta(days=1)
    await stands(usual, int(later.timestamp() * 1000))
    assert "之前不提醒" in await house.say("现在")
    assert rows(db, "SELECT * FROM request") == []


async def test_a_watch_that_finds_a_turn_alerts(house: House, db: str) -> None:
    await house.say("监测")
    (one,) = await house.ledger.schedules.of("C1")
    assert one.phrase == "每5分钟"
    kept = keeping(one.id, await house.memory.watched(one.id), Turning(base=LEARNED).text(), 0)
    await house.ledger.schedules.writer.write(kept)
    house.talk(*["bad"] * 10)
    said = await house.say("现在 1")
    assert "随后发出提醒" in said
    assert rows(db, 'SELECT verb, "user" FROM request') == [("watch", ANA)]


async def test_beside_slack_nothing_is_looked_at(house: House) -> None:
    await house.say(FEED)
    with pytest.raises(PromptRejected, match="connected to Slack"):
        await body(house.managed(connected=False), request("run now", verb="schedule"))


async def test_a_kind_that_an_operator_has_removed_is_not_kept(house: House) -> None:
    managed = house.managed({"schedule": verb()})
    for asked in (FEED, "watch", f"订阅 {URL} 每天9点", "监测", "usage every day at 9"):
        with pytest.raises(PromptRejected, match=r"nothing of that kind|没有这种内容"):
            await body(managed, request(asked, verb="schedule"))
    assert await house.ledger.schedules.of("C1") == []


async def test_all_that_is_said_of_a_chinese_one_is_chinese(house: House) -> None:
    house.channel.said = ()
    kept = (f"订阅 {URL} 每个工作日9点", "监测", "每周一9点 America/New_York")
    acts = ("列表", "现在 1", "现在 2", "暂停 1", "恢复 1", "修改 1 每天10点", "删除 1")
    for asked in (*kept, *acts):
        for line in (await house.say(asked)).splitlines():
            assert speech(line) == "zh" or not any(map(str.isalpha, line)), (asked, line)
    for asked in ("#announcements 每天9点", "每隔两天 Europe/Berlin", "暂停 99", "监测"):
        with pytest.raises(PromptRejected) as error:
            await house.say(asked)
        assert speech(str(error.value)) == "zh", asked


async def test_a_feed_too_can_leave_out_holidays(house: House) -> None:
    with pytest.raises(PromptRejected, match="--holidays DE"):
        await house.say(f"{FEED}, skip public holidays")  # of UTC
    await house.say(FEED, flags={"holidays": "CN"})
    await house.say(f"订阅 {URL} 每天9点，节假日除外", flags={"holidays": "DE-BY"})
    kept = [one.options for one in await house.ledger.schedules.of("C1")]
    assert kept == [{"url": URL, "holidays": "CN"}, {"url": URL, "holidays": "DE-BY"}]


async def test_a_watch_takes_no_holidays(house: House) -> None:
    with pytest.raises(PromptRejected, match="all days"):
        await house.say("watch", flags={"holidays": "DE"})
