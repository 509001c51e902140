"""Who asked presses stop: one final message, and the books agree."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot import watching
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Destination, Draft, Request
from moderation.gate import Gate, Held
from moderation.policy import Action
from tests.bot.builders import ANA, BO, assessment, execute, request, rows
from tests.bot.line import LIMITS, Line, Scripted, agrees, until

pytestmark = pytest.mark.thorough

THREAD = Destination(channel="C1", thread_ts="9.9")
ROW = "SELECT state, outcome, notice FROM request"
FIRST = "The first sentence. " + "x" * 70


@pytest.fixture(autouse=True)
def _every_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show every draft, however fast they come."""
    monkeypatch.setattr(watching, "UPDATE_EVERY_S", -1.0)


def asking(**given: Any) -> Request:
    usual: dict[str, Any] = {"reply_to": THREAD}
    return request(**{**usual, **given})


async def stopped(line: Line, asked: Request, *, here: bool = True) -> str:
    """Press stop while the generator waits; return what is seen last."""
    lease = await line.begun(asked)
    work = asyncio.create_task(line.pipeline.handle(lease))
    await until(lambda: line.generator.begun == 1)
    if len(line.generator.script) > 1:
        await until(lambda: "The first sentence. " in line.screen.seen[asked.id.hex])
    done = await line.ledger.stop("C1", "9.9", asked.user)
    assert done.ended == (asked.id.hex,)
    if here:
        line.pipeline.stops.stop(asked.id.hex)
    await asyncio.wait_for(work, 10)
    return line.screen.last(asked)


async def test_what_was_shown_by_then_is_the_answer(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted([FIRST, f"{FIRST} ", asyncio.Event(), "never"]))
    asked = asking()
    assert await stopped(line, asked) == "The first sentence. "
    assert line.screen.stopped == [True]
    assert rows(db, ROW) == [("done", "stopped", None)]
    assert rows(db, "SELECT outcome, requests FROM usage") == [("ok", 1)]
    assert line.generator.closed == 1
    agrees(db)


async def test_where_nothing_was_shown_a_sentence_is(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted([asyncio.Event()]))
    assert await stopped(line, asking(prompt="退款需要多久？")) == Notice.STOPPED.text("zh")
    assert rows(db, ROW) == [("done", "stopped", "STOPPED")]
    assert line.generator.closed == 1
    agrees(db)


async def test_another_process_learns_of_it_by_its_heartbeat(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted([asyncio.Event()]), limits=replace(LIMITS, beat_s=0.01))
    assert await stopped(line, asking(), here=False) == Notice.STOPPED.text("en")
    assert rows(db, ROW) == [("done", "stopped", "STOPPED")]
    agrees(db)


async def test_what_was_stopped_in_line_is_told_and_never_made(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger), asking()
    await ledger.accept(asked)
    greeting = await ledger.claim("greet")
    assert greeting is not None
    await line.pipeline.handle(greeting)
    await ledger.stop("C1", "9.9", ANA)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.STOPPED.text("en")
    assert line.generator.begun == 0
    assert rows(db, ROW) == [("done", "stopped", "STOPPED")]
    agrees(db)


async def test_what_was_stopped_while_its_worker_died_is_not_begun_anew(
    ledger: Ledger, db: str
) -> None:
    line, asked = Line(ledger), asking()
    await line.begun(asked)
    await ledger.stop("C1", "9.9", ANA)
    execute(db, "UPDATE request SET lease_until_ms = 0")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.STOPPED.text("en")
    assert line.generator.begun == 0
    agrees(db)


@dataclass
class Wary:
    """A gate that passes parts, and doubts every whole."""

    gate: Gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gate, name)

    async def review(self, reviewed: Draft) -> Held:
        return Held(reviewed, assessment(action=Action.HOLD))


async def test_what_was_shown_but_does_not_pass_as_a_whole_is_not_left(
    ledger: Ledger, db: str
) -> None:
    line = Line(ledger, Scripted([FIRST, f"{FIRST} ", asyncio.Event(), "never"]))
    line.pipeline = line.made(gate=Wary(line.gate))
    assert await stopped(line, asking()) == Notice.STOPPED.text("en")
    assert rows(db, ROW) == [("done", "stopped", "STOPPED")]
    agrees(db)


async def test_an_end_that_a_crash_interrupted_is_shown_as_stopped(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted([FIRST, f"{FIRST} ", asyncio.Event(), "never"]))
    asked = asking(user=BO)
    await stopped(line, asked)
    execute(db, "UPDATE request SET state = 'ready', owner = NULL, lease_until_ms = 0")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == "The first sentence. "
    assert line.screen.stopped == [True, True]
    assert rows(db, ROW) == [("done", "stopped", None)]
    agrees(db)
