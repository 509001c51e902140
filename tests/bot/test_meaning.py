"""Words without a verb, counted from the beginning as what they ask."""

import time
from typing import Any

import pytest

from bot.budgets import Budget, Reserve
from bot.ledger.accounts import Accounts
from bot.ledger.ledger import FILE, PLACEHOLDER, Ledger
from bot.ledger.recall import Recall
from bot.ledger.writer import Writer
from bot.meaning import Meaning
from generators.draft import Content, Destination, Grid, Image, Request, Text, UserId
from tests.bot.builders import (
    ANA,
    BO,
    LEASE_S,
    assessment,
    draft,
    execute,
    keys,
    numbered,
    request,
    rows,
)
from tests.bot.ledger.working import claimed
from tests.bot.line import Line

TS = f"{time.time():.6f}"
THREAD = Destination(channel="C1", thread_ts=TS)
ELSEWHERE = Destination(channel="C2")
PICTURE = Image(b"\x89PNG", "a red heart", 7)
RESERVES = {"retouch": Reserve(requests=1, tokens=0, images=1), "ask": Reserve(requests=1)}


@pytest.fixture
def meaning(ledger: Ledger) -> Meaning:
    return Meaning(Recall(ledger._writer, ledger._keys), changes=True)


async def answered(ledger: Ledger, content: Content = PICTURE, **given: Any) -> Request:
    """Answer a request; the message of it is where the thread is that the others write in."""
    usual: dict[str, Any] = {"verb": "imagine", "reply_to": Destination(channel="C1")}
    asked = request(**{**usual, **given})
    lease = await claimed(ledger, asked)
    await ledger.sending(asked, PLACEHOLDER, asked.reply_to.channel)
    spot = asked.reply_to.channel, TS if asked.reply_to.thread_ts is None else "2.5"
    await ledger.sent(asked, PLACEHOLDER, *spot)
    await ledger.sending(asked, FILE, asked.reply_to.channel)
    await ledger.settle(lease, draft(asked, content), assessment(content), "delivered")
    return asked


def said(words: str = "make it night", **given: Any) -> Request:
    return request(words, **{"reply_to": THREAD, "id": numbered(9), **given})


WISHES = ["make it night", "改成夜晚", "🌃", "can you make it night?", "اجعلها ليلا"]


@pytest.mark.parametrize("words", WISHES)
@pytest.mark.parametrize("content", [PICTURE, Grid((PICTURE, None), "two", b"\x89PNG")])
async def test_under_a_picture_they_are_a_change(
    ledger: Ledger, meaning: Meaning, words: str, content: Content
) -> None:
    await answered(ledger, content)
    meant = await meaning.meant(said(words))
    assert (meant.verb, meant.flags, meant.prompt) == ("retouch", {"do": "said"}, words)


@pytest.mark.parametrize("words", ["what is CIDR?", "为什么是红色", "这是什么？", "explain this"])
async def test_questions_stay_questions(ledger: Ledger, meaning: Meaning, words: str) -> None:
    await answered(ledger)
    assert (await meaning.meant(said(words))).verb == "ask"


async def test_our_last_answer_in_a_thread_counts_as_its_beginning_does(
    ledger: Ledger, meaning: Meaning
) -> None:
    await answered(ledger, Text("Five days."), verb="ask", reply_to=ELSEWHERE, id=numbered(1))
    assert (await meaning.meant(said())).verb == "ask"
    await answered(ledger, verb="imagine", reply_to=THREAD, id=numbered(2))
    assert (await meaning.meant(said())).verb == "retouch"
    await answered(ledger, Text("Five days."), verb="ask", reply_to=THREAD, id=numbered(3))
    assert (await meaning.meant(said())).verb == "ask", "and it began with a person's words"


@pytest.mark.parametrize(
    "asked",
    [
        said(verb="rewrite"),
        said(reply_to=Destination(channel="C1")),
        said(reply_to=Destination(channel="C2", thread_ts=TS)),
        said(reply_to=Destination(channel="C1", thread_ts="1.5")),
        said(reply_to=Destination(channel="C1", thread_ts="not a time")),
    ],
    ids=["a verb", "no thread", "another channel", "another thread", "no time"],
)
async def test_anywhere_else_they_are_what_they_say(
    ledger: Ledger, meaning: Meaning, asked: Request
) -> None:
    await answered(ledger)
    assert await meaning.meant(asked) is asked


@pytest.mark.parametrize("gone", ["kept = 1", "outcome = 'deleted'", "outcome = NULL"])
async def test_what_nobody_sees_is_no_picture(
    ledger: Ledger, meaning: Meaning, db: str, gone: str
) -> None:
    await answered(ledger)
    execute(db, f"UPDATE request SET {gone}")  # noqa: S608 - ours
    assert (await meaning.meant(said())).verb == "ask"


async def greeted(ledger: Ledger, meaning: Meaning, asked: Request) -> Line:
    line = Line(ledger)
    weights = {"retouch": 0.5}
    line.pipeline = line.made(meaning=meaning, reserves=RESERVES, weights=weights)
    await ledger.accept(asked)
    lease = await ledger.claim("greet")
    assert lease is not None
    await line.pipeline.handle(lease)
    return line


async def test_a_change_is_counted_as_one_before_it_is_in_line(writer: Writer, db: str) -> None:
    budget = Budget.model_validate({"scope": "user", "window": "month", "images": 2})
    ledger = Ledger(writer, LEASE_S, keys(), Accounts(budgets=(budget,)))
    meaning = Meaning(Recall(writer, keys()), changes=True)
    await answered(ledger)
    asked = said(user=UserId(BO))
    line = await greeted(ledger, meaning, asked)
    query = "SELECT verb, state, reserved_images FROM request WHERE id = ?"
    assert rows(db, query, asked.id.hex) == [("retouch", "queued", 1)]
    lease = await ledger.claim("work")
    assert lease is not None
    assert (lease.request.verb, lease.request.prompt) == ("retouch", "make it night")
    line.pipeline = line.made(generators={"retouch": line.generator})
    await line.pipeline.handle(lease)
    usage = "SELECT DISTINCT verb FROM usage WHERE request_id = ?"
    assert rows(db, usage, asked.id.hex) == [("retouch",)]


async def test_a_budget_of_pictures_refuses_a_change(writer: Writer, db: str) -> None:
    budget = Budget.model_validate({"scope": "user", "window": "month", "images": 0})
    ledger = Ledger(writer, LEASE_S, keys(), Accounts(budgets=(budget,)))
    await answered(ledger)
    asked = said(user=ANA)
    line = await greeted(ledger, Meaning(Recall(writer, keys()), changes=True), asked)
    assert line.generator.begun == 0
    query = "SELECT verb, outcome, notice FROM request WHERE id = ?"
    assert rows(db, query, asked.id.hex) == [("retouch", "refused", "BUDGET")]
