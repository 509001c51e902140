import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import ahead as subject
from bot.ahead import shown_ahead
from bot.delivery.posting import Place
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Cost, Draft, Request, Text
from generators.metering import Step, Stroke, Turn, turned
from tests.bot.builders import request
from tests.bot.line import Line


@dataclass
class Shown:
    """Keeps what is shown; a call takes until the gate is open."""

    said: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: Exception | None = None

    async def progress(self, place: Place, item: Notice, **blanks: Any) -> None:
        await self.gate.wait()
        if self.trouble:
            raise self.trouble
        self.said.append(item.text(place.language, **blanks))
        self.more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.said) < count:
                self.more.clear()
                await self.more.wait()


@pytest.fixture
async def shown() -> Shown:
    made = Shown()
    made.gate.set()
    return made


def at(language: Any = "en") -> Place:
    return Place(request(), "C1", "1.5", language)


async def test_a_place_is_shown_with_rounded_time_and_then_that_it_is_written(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "UPDATE_EVERY_S", 0.01)
    delivery: Any = shown
    async with shown_ahead(delivery, at("zh")):
        turned(Turn(2, 41.3))
        await shown.until(1)
        turned(Turn(1, 0.2))
        await shown.until(2)
        turned(Turn(0))
        await shown.until(3)
    assert shown.said == [
        "模型正忙：排在第 2 位，大约还需 45 秒…",
        "模型正忙：排在第 1 位，大约还需 5 秒…",
        Notice.WRITING.text("zh"),
    ]


async def test_only_the_newest_is_shown_and_no_more_often_than_slack_takes_it(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "UPDATE_EVERY_S", 3600)
    delivery: Any = shown
    async with shown_ahead(delivery, at()):
        turned(Turn(9, 90))
        await shown.until(1)
        for place in (8, 7, 6):
            turned(Turn(place, 10))
            await asyncio.sleep(0)
    assert shown.said == ["The model is busy: place 9 in line, about 90 s…"]


async def test_what_is_under_way_ends_before_the_answer_begins(shown: Shown) -> None:
    shown.gate.clear()
    delivery: Any = shown
    async with shown_ahead(delivery, at()) as ahead:
        turned(Turn(3, 1))
        await asyncio.sleep(0)
        ending = asyncio.create_task(ahead.over())
        await asyncio.sleep(0)
        assert not ending.done()
        shown.gate.set()
        await ending
        assert len(shown.said) == 1
        turned(Turn(1, 1))
        await asyncio.sleep(0.01)
    assert len(shown.said) == 1


async def test_what_is_run_and_repaired_is_said(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "UPDATE_EVERY_S", 0.01)
    delivery: Any = shown
    async with shown_ahead(delivery, at()):
        turned(Step("testing", 4))
        await shown.until(1)
        turned(Step("repairing", 1, 3))
        await shown.until(2)
        turned(Turn(2, 7))
        await shown.until(3)
        turned(Turn(0))
        await shown.until(4)
        turned(Step("running"))
        await shown.until(5)
    repairing = "Repairing it, 1 of 3…"
    place = Notice.AHEAD.text("en", n=2, seconds=10)
    assert shown.said == [
        *("Running its tests, 4…", repairing, place, repairing),
        Notice.RUNNING.text("en"),
    ]


async def test_between_parts_only_steps_are_shown_and_never_in_the_middle_of_one(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "UPDATE_EVERY_S", 0.01)
    shown.gate.clear()
    delivery: Any = shown
    async with shown_ahead(delivery, at("zh")) as ahead:
        turned(Turn(3, 1))
        await asyncio.sleep(0)
        settling = asyncio.create_task(ahead.settled())
        await asyncio.sleep(0)
        assert not settling.done()
        shown.gate.set()
        await settling
        assert len(shown.said) == 1
        turned(Turn(1, 1))
        turned(Step("repairing", 2, 3))
        turned(Turn(0))
        await shown.until(2)
        turned(Step("testing", 1))
        await ahead.settled()
        await asyncio.sleep(0.05)
    assert shown.said[1:] == ["正在修复，第 2 次，最多 3 次…"]


async def test_without_a_line_nothing_is_shown(shown: Shown) -> None:
    delivery: Any = shown
    async with shown_ahead(delivery, at()):
        await asyncio.sleep(0)
    assert shown.said == []
    turned(Turn(1, 1))  # nobody listens, and nothing happens


async def test_what_goes_wrong_is_raised_where_the_answer_is_made(shown: Shown) -> None:
    shown.trouble = RuntimeError("gone")
    delivery: Any = shown

    async def answered() -> None:
        async with shown_ahead(delivery, at()) as ahead:
            turned(Turn(1, 1))
            await asyncio.sleep(0)
            await ahead.over()

    with pytest.raises(RuntimeError, match="gone"):
        await answered()


@dataclass
class Waiting:
    """A generator whose engine has others to serve first."""

    async def drafts(self, asked: Request) -> AsyncIterator[Draft]:
        turned(Turn(1, 12))
        await asyncio.sleep(0.01)
        yield Draft(request=asked, content=Text("Five days."), cost=Cost(model="m"))


async def test_a_person_sees_the_place_and_then_the_answer(ledger: Ledger) -> None:
    generator: Any = Waiting()
    line = Line(ledger, generator)
    asked = request()
    assert await line.answer(asked) == "Five days."
    assert line.screen.seen[asked.id.hex][-2:] == [
        Notice.AHEAD.text("en", n=1, seconds=15),
        "Five days.",
    ]


async def test_a_picture_tells_its_number_and_its_step(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "UPDATE_EVERY_S", 0.01)
    delivery: Any = shown
    async with shown_ahead(delivery, at()):
        turned(Step("drawing", 1, 2))
        await shown.until(1)
        turned(Stroke(7, 9))
        await shown.until(2)
        turned(Step("drawing", 2, 2))
        await shown.until(3)
    assert shown.said == ["Drawing 1 of 2…", "Drawing 1 of 2, step 7 of 9…", "Drawing 2 of 2…"]
