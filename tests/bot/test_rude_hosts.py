"""However a server of models misbehaves, a person sees one clear end, and the books agree."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.ledger.ledger import Ledger
from bot.life.engine import GuardedModel, breakers
from bot.views.notices import Notice
from generators import model as module
from generators.draft import Generator
from generators.image import Imagine
from generators.text import Ask
from generators.tools import Tools
from tests.bot.builders import request, rows
from tests.bot.line import LIMITS, Line, agrees
from tests.fake_engine import closed_url, running
from tests.fake_knowledge import Shelf
from tests.rude_host import CHAT, IMAGE, SECRET, rude

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.thorough,
    pytest.mark.parametrize("db", ["sqlite"], indirect=True),  # no statement is new here
]

HANGS = {"never answers", "headers then silence", "text then silence", "a slow drip"}
UNAVAILABLE, FAILED = Notice.ENGINE_UNAVAILABLE, Notice.FAILED
ENDS: dict[str, Notice] = {
    **dict.fromkeys(HANGS, Notice.TOO_LATE),
    **dict.fromkeys(["401", "403", "429, quota used up"], Notice.ACCESS_REFUSED),
    **dict.fromkeys(["429", "429 with Retry-After", "503 with Retry-After"], UNAVAILABLE),
    **dict.fromkeys(["500", "503", "a page with 200", "a page with 502"], UNAVAILABLE),
    **dict.fromkeys(["the wrong content type", "no content type"], UNAVAILABLE),
    **dict.fromkeys(["a gzip bomb", "a redirect elsewhere"], UNAVAILABLE),
    **dict.fromkeys(["closes at once", "speaks no HTTP", "an endless error"], FAILED),
    **dict.fromkeys(["half a chunk then close", "half an event then close"], FAILED),
    **dict.fromkeys(["nothing but an end", "text without an end", "a number"], FAILED),
    **dict.fromkeys(["garbage JSON", "an error amid the stream", "invalid UTF-8"], FAILED),
    **dict.fromkeys(["choices that are none", "content that is no text"], FAILED),
    **dict.fromkeys(["a huge line", "an endless line"], FAILED),
}
"""What is not here is answered, or explained by the sentence of a `PromptRejected`."""
EXPLAINED = {
    "400": "of this form",
    "400 in odd words": "of this form",
    "400, too long": "too long",
    "404": "of this form",
    "413": "too long",
    "empty content": "gave no answer",
    "only a tool call": "gave no answer",
}
NOT_TAKEN_UP = {UNAVAILABLE, Notice.ACCESS_REFUSED}
"""A call that the server refused, or was not there for, has no row."""
RETRY_AFTER_MS = 7000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_S", 0.5)
    monkeypatch.setattr("generators.bounds.BODY_BYTES", 4 << 20)


def guarded(url: str, misdeed: str) -> GuardedModel:
    return GuardedModel(url, timeout_s=1.0 if misdeed in HANGS else 60.0).guarded(breakers())


async def ended(
    ledger: Ledger, model: GuardedModel, make: Callable[[Tools], Generator]
) -> list[str]:
    """Return all that a person saw of a request of theirs."""
    line = Line(ledger, limits=LIMITS)
    line.pipeline = line.made(generators={"ask": make(Tools(model, Shelf()))})
    asked = request("Wie lange? 多久？ 🎉")
    await line.answer(asked)
    await model.close()
    return line.screen.seen[asked.id.hex]


@pytest.mark.parametrize("misdeed", CHAT)
async def test_a_chat_has_one_end_and_one_row(ledger: Ledger, db: str, misdeed: str) -> None:
    async with rude(CHAT[misdeed]) as host:
        seen = await ended(ledger, guarded(host.url, misdeed), Ask)
    if misdeed in ENDS:
        assert seen[-1] == ENDS[misdeed].text("en")
    else:
        assert EXPLAINED.get(misdeed, "") in seen[-1]
        assert seen[-1] not in {notice.value[0] for notice in Notice}
    assert SECRET not in "".join(seen)
    assert rows(db, "SELECT state FROM request") == [("done",)]
    assert rows(db, "SELECT count(*) FROM usage") == [(ENDS.get(misdeed) not in NOT_TAKEN_UP,)]
    agrees(db)


@pytest.mark.parametrize("misdeed", IMAGE)
async def test_a_picture_has_one_end_and_one_row(ledger: Ledger, db: str, misdeed: str) -> None:
    def make(tools: Tools) -> Generator:
        return Imagine(tools, size="64x64")

    async with rude(IMAGE[misdeed]) as host:
        seen = await ended(ledger, guarded(host.url, misdeed), make)
    assert seen[-1] in {
        *(notice.text("en") for notice in (UNAVAILABLE, FAILED, Notice.TOO_LATE)),
        "The model's provider refuses this prompt; please rephrase it.",
    }
    assert rows(db, "SELECT state FROM request") == [("done",)]
    taken_up = seen[-1] != UNAVAILABLE.text("en")
    assert rows(db, "SELECT count(*) FROM usage") == [(taken_up,)]
    agrees(db)


async def test_nobody_there_has_one_end_and_no_row(ledger: Ledger, db: str) -> None:
    seen = await ended(ledger, guarded(closed_url(), ""), Imagine)
    assert seen[-1] == UNAVAILABLE.text("en")
    assert rows(db, "SELECT count(*) FROM usage") == [(0,)]
    agrees(db)


async def test_a_busy_server_is_asked_again_when_it_said_and_is_no_broken_one(
    ledger: Ledger, db: str
) -> None:
    async with rude(CHAT["503 with Retry-After"]) as host:
        model = guarded(host.url, "")
        line = Line(ledger, limits=replace(LIMITS, patience_s=600))
        line.pipeline = line.made(generators={"ask": Ask(Tools(model, Shelf()))})
        await line.answer(request())
        ((state, due_ms, created_ms, faults),) = rows(
            db, "SELECT state, lease_until_ms, created_ms, faults FROM request"
        )
        await model.close()
    assert (state, faults) == ("queued", 0)
    assert due_ms - created_ms >= RETRY_AFTER_MS
    assert {guard.state for guard in model.guards.values()} == {"closed"}


async def test_a_verbs_priority_goes_to_the_engine(ledger: Ledger, db: str) -> None:
    async with running() as engine:
        model = guarded(engine.url, "")
        line = Line(ledger)
        ask = Ask(Tools(model, Shelf()))
        line.pipeline = line.made(generators={"ask": ask}, priorities={"ask": 10})
        await line.answer(request())
        await model.close()
    assert engine.asked[-1][1]["priority"] == 10
    agrees(db)
