"""What judging takes is on the books, with whatever it was that was judged."""

from dataclasses import replace

import pytest

from bot.budgets import Price, Prices
from bot.intake.meanings import Decision
from bot.ledger.accounts import Accounts
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import Desk
from bot.ledger.writer import Writer
from bot.views.notices import Notice
from generators.draft import DeadlineExceeded, EngineUnavailable, PromptRejected
from tests.bot.builders import BO, LEASE_S, assessment, draft, keys, request, rows
from tests.bot.judged import Guard, guarded
from tests.bot.ledger.working import lapse
from tests.bot.line import Line, Scripted, agrees
from tests.bot.reviewing import queue
from tests.bot.test_pipeline_budgets import Searching, books

CALLS = "SELECT attempt, stage, model, requests, prompt_tokens, outcome FROM usage ORDER BY id"
ASKED = (1, "guard.input", "guard-tiny", 0, 30, "ok")
ANSWERED = (1, "guard.output", "guard-tiny", 0, 30, "ok")
PRICES = Prices(currency="EUR", models={"guard-": Price(prompt_1k_micro=1_000_000)})


def line_of(ledger: Ledger, guard: Guard, generator: Scripted | Searching | None = None) -> Line:
    line = Line(ledger, gate=guarded(guard))
    line.pipeline = line.made(generators={"ask": generator or Scripted()})
    return line


async def test_prompt_and_answer_have_their_calls_beside_the_answers_own(
    writer: Writer, db: str
) -> None:
    ledger = Ledger(writer, LEASE_S, keys(), Accounts(prices=PRICES))
    line = line_of(ledger, Guard())
    assert await line.answer(request(prompt="退款需要多久？🙂")) == "Five days."
    made = (2, "generate", "tiny", 1, 0, "ok")
    assert rows(db, CALLS) == [(2, *made[1:]), (2, *ASKED[1:]), (2, *ANSWERED[1:])]
    assert rows(db, "SELECT sum(cost_micro) FROM usage") == [(60_000,)]
    agrees(db)


async def test_calls_that_answer_keep_their_rows(writer: Writer, db: str) -> None:
    line = line_of(books(writer, tokens=5000), Guard(), Searching())
    await line.answer(request())
    found = [row[1:4] for row in rows(db, CALLS)]
    assert found == [
        ("guard.input", "guard-tiny", 0),
        ("embed", "minilm", 0),
        ("chat", "tiny", 1),
        ("guard.output", "guard-tiny", 0),
    ]
    agrees(db)


async def test_a_refused_request_is_none_and_its_call_is_on_the_books(
    ledger: Ledger, db: str
) -> None:
    line = line_of(ledger, Guard(doubts=["bomb"]))
    asked = request(prompt="a bomb")
    assert await line.answer(asked) == Notice.PROMPT_REFUSED.text("en")
    assert [row[1:] for row in rows(db, CALLS)] == [ASKED[1:]]
    assert rows(db, "SELECT reserved_requests FROM request") == [(0,)]
    agrees(db)


@pytest.mark.parametrize(
    ("error", "stages"),
    [
        (EngineUnavailable("away"), []),
        (DeadlineExceeded("slow"), [("guard.input", "error")]),
        (RuntimeError("x"), [("guard.input", "aborted")]),
    ],
)
async def test_a_guard_that_fails_refuses_and_costs_what_it_took(
    ledger: Ledger, db: str, error: Exception, stages: list[tuple[str, str]]
) -> None:
    line = line_of(ledger, Guard(error=error))
    assert await line.answer(request()) == Notice.PROMPT_REFUSED.text("en")
    assert [(row[1], row[5]) for row in rows(db, CALLS)] == stages
    agrees(db)


async def test_an_explanation_is_judged_on_the_books(ledger: Ledger, db: str) -> None:
    line = line_of(ledger, Guard(), Scripted([PromptRejected("Too long.")]))
    assert await line.answer(request()) == "Too long."
    stages = [row[1] for row in rows(db, CALLS)]
    assert stages == ["generate", "guard.input", "guard.output"]
    agrees(db)


async def test_an_answer_that_is_judged_again_before_it_is_shown_has_that_call_too(
    ledger: Ledger, db: str
) -> None:
    line = line_of(ledger, Guard())
    line.screen.troubles = [OSError("the process dies here")]
    asked = request()
    with pytest.raises(OSError, match="dies"):
        await line.answer(asked)
    lapse(db)
    again = line_of(ledger, Guard())
    lease = await ledger.claim()
    assert lease is not None
    await again.pipeline.handle(lease)
    assert again.screen.last(asked) == "Five days."
    stages = [(row[0], row[1]) for row in rows(db, CALLS)]
    assert stages[-2:] == [(2, "guard.output"), (3, "guard.output")]
    agrees(db)


async def test_two_bookings_of_one_attempt_have_numbers(ledger: Ledger, db: str) -> None:
    line = line_of(ledger, Guard())
    asked = request()
    lease = await line.begun(asked)
    await ledger.settle(lease, draft(asked), assessment(), None)
    for _ in range(2):  # each by a gate that remembers nothing
        await replace(line.pipeline, gate=guarded(Guard()))._made(
            replace(lease, outcome="delivered")
        )
    assert [row[1] for row in rows(db, CALLS)] == ["generate", "guard.output", "guard.output-2"]
    queued = rows(db, "SELECT queue_ms FROM usage WHERE stage <> 'generate'")
    assert queued == [(0,), (0,)]
    agrees(db, sent=False)


@pytest.mark.parametrize("doubts", [[], ["Weeks"]])
async def test_what_a_reviewer_writes_instead_is_judged_on_the_books(
    ledger: Ledger, db: str, doubts: list[str]
) -> None:
    guard = Guard(doubts=doubts)
    desk = queue(ledger)
    gate = guarded(guard)
    priced = Desk(ledger._writer, ledger._keys, Accounts(prices=PRICES))
    desk.reviews = replace(desk.reviews, gate=gate, desk=priced)
    desk.slack.people = frozenset({BO})
    held = await desk.held()
    name = held.draft.request.id.hex
    decision = Decision(name, BO, approve=True, edit="Weeks 几周", trigger_id="t")
    taken = await desk.reviews.decide(decision)
    assert taken is (not doubts)
    (guards,) = [row for row in rows(db, CALLS) if row[1] == "guard.output"]
    assert guards[2:] == ("guard-tiny", 0, 30, "ok")
    assert rows(db, "SELECT max(cost_micro) FROM usage") == [(30_000,)]
    agrees(db)


async def test_an_answer_that_a_reviewer_could_not_be_asked_about_is_judged_on_the_books(
    ledger: Ledger, db: str
) -> None:
    desk = queue(ledger)
    held = await desk.held()
    desk.reviews = replace(desk.reviews, gate=guarded(Guard()))
    await desk.reviews._ask_again(held.draft.request)
    assert [row[1] for row in rows(db, CALLS)][-1] == "guard.output"
    agrees(db)
