"""Budgets as people meet them: refused before any work, charged exactly, warned once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.budgets import Budget, Price, Prices, Reserve
from bot.ledger.accounts import Accounts
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from generators.draft import (
    Cost,
    Draft,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    PromptRejected,
    Request,
    Text,
)
from generators.metering import noted
from tests.bot.builders import ANA, LEASE_S, keys, request, rows
from tests.bot.ledger.working import lapse
from tests.bot.line import Line, Scripted, agrees

PRICES = Prices(currency="EUR", models={"tiny": Price(output_1k_micro=1_000_000)})
CALLS = "SELECT stage, model, prompt_tokens, output_tokens, outcome FROM usage ORDER BY id"


def books(writer: Writer, **limits: Any) -> Ledger:
    budget = Budget.model_validate({"scope": "user", "window": "month", **limits})
    return Ledger(writer, LEASE_S, keys(), Accounts(prices=PRICES, budgets=(budget,)))


@dataclass
class Searching:
    """Searches, asks a language model, and may fail after that."""

    error: Exception | None = None
    body: str = "Five days."
    begun: int = 0
    closed: int = 0
    asked: list[Request] = field(default_factory=list)

    async def drafts(self, asked: Request) -> AsyncIterator[Draft]:
        self.begun += 1
        with noted("embed", "minilm") as call:
            call.cost = Cost(model="minilm", prompt_tokens=9)
        with noted("chat", "tiny") as call:
            call.cost = Cost(model="tiny", prompt_tokens=90, output_tokens=10)
            if self.error:
                raise self.error
            yield Draft(request=asked, content=Text(self.body), cost=call.cost)


def line_of(ledger: Ledger, generator: Any = None, **given: Any) -> Line:
    made = Line(ledger)
    made.pipeline = made.made(generators={"ask": generator or Searching()}, **given)
    return made


async def greeted(line: Line, asked: Request) -> str:
    """Accept and greet a request, and return what is seen then."""
    await line.ledger.accept(asked)
    lease = await line.ledger.claim("greet")
    assert lease is not None
    await line.pipeline.handle(lease)
    return line.screen.last(asked) if line.screen.seen[asked.id.hex] else ""


async def test_search_and_answer_are_both_on_the_books(writer: Writer, db: str) -> None:
    line = line_of(books(writer, tokens=5000))
    assert await line.answer(request()) == "Five days."
    assert rows(db, CALLS) == [("embed", "minilm", 9, 0, "ok"), ("chat", "tiny", 90, 10, "ok")]
    assert rows(db, "SELECT cost_micro, requests FROM usage ORDER BY id") == [(0, 0), (10_000, 1)]
    agrees(db)


@pytest.mark.parametrize("error", [EngineCrashed("x"), GenerationError("x"), RuntimeError("x")])
async def test_what_a_failed_attempt_used_is_on_the_books(
    writer: Writer, db: str, error: Exception
) -> None:
    line = line_of(books(writer, tokens=5000), Searching(error))
    await line.answer(request())
    told = "aborted" if isinstance(error, RuntimeError) else "error"
    assert rows(db, CALLS) == [("embed", "minilm", 9, 0, "ok"), ("chat", "tiny", 90, 10, told)]
    agrees(db)


async def test_what_an_explained_request_used_is_on_the_books(writer: Writer, db: str) -> None:
    line = line_of(books(writer, tokens=5000), Searching(PromptRejected("Too long.")))
    assert await line.answer(request()) == "Too long."
    assert [row[0] for row in rows(db, CALLS)] == ["embed", "chat"]
    agrees(db)


async def test_what_a_blocked_or_held_answer_used_is_on_the_books(writer: Writer, db: str) -> None:
    for body in ("forbidden", "doubtful"):
        await line_of(books(writer, tokens=50_000), Searching(body=body)).answer(request())
    assert len(rows(db, CALLS)) == 4
    agrees(db)


async def test_an_engine_that_is_away_costs_nothing(writer: Writer, db: str) -> None:
    line = line_of(books(writer, requests=5), Scripted([EngineUnavailable("away")]))
    await line.answer(request())
    assert rows(db, CALLS) == []
    agrees(db)


async def test_who_has_used_it_up_is_refused_before_any_work(writer: Writer, db: str) -> None:
    generator = Searching()
    line = line_of(books(writer, requests=1, tz="Asia/Shanghai"), generator)
    await line.answer(request())
    asked = request()
    said = await greeted(line, asked)
    assert said.startswith("Nothing was started or charged: your budget for this month")
    assert "1 of 1 request are used, and 0 set aside" in said
    assert said.endswith("-01 00:00 (Asia/Shanghai).")
    assert generator.begun == 1
    assert rows(db, "SELECT count(*) FROM usage WHERE request_id = ?", asked.id.hex) == [(0,)]
    found = rows(db, "SELECT state, outcome, notice FROM request WHERE id = ?", asked.id.hex)
    assert found == [("done", "refused", "BUDGET")]
    agrees(db)


async def test_a_refusal_speaks_chinese_to_who_asks_in_chinese(writer: Writer) -> None:
    said = await greeted(line_of(books(writer, requests=0)), request("退款需要多久？"))
    assert said.startswith("没有开始，也没有计费：您的额度（本月）不足。0 个请求中已用 0")


async def test_a_refusal_that_nobody_saw_is_shown_after_a_restart_as_it_stood(
    writer: Writer, db: str
) -> None:
    ledger = books(writer, tokens=10)
    lease_of = request()
    await ledger.accept(lease_of)
    lease = await ledger.claim("greet")
    assert lease is not None
    full = await ledger.reserve(lease, Reserve(tokens=70))
    await ledger.fail(lease, "refused", "BUDGET", full=full)
    lapse(db)
    line = line_of(Ledger(writer, LEASE_S, keys()))  # whose settings know no budget any more
    again = await line.ledger.claim("show")
    assert again is not None
    await line.pipeline.handle(again)
    assert "0 of 10 tokens are used" in line.screen.last(lease_of)


async def test_what_uses_no_model_is_answered_when_all_is_used_up(writer: Writer) -> None:
    free = {"ask": Reserve(requests=0)}
    line = line_of(books(writer, requests=0, gpu_ms=0), reserves=free)
    assert await line.answer(request()) == "Five days."
    assert line.screen.warned == []


async def test_many_at_once_cannot_overdraw(writer: Writer, db: str) -> None:
    line = line_of(books(writer, requests=3))
    said = [await greeted(line, request()) for _ in range(5)]
    assert [one.startswith("Nothing was started") for one in said] == [False] * 3 + [True] * 2
    assert rows(db, "SELECT sum(reserved_requests) FROM request") == [(3,)]


async def test_a_person_is_warned_once_when_most_is_used(writer: Writer) -> None:
    line = line_of(books(writer, requests=5))
    for number in range(1, 6):
        await line.answer(request())
        assert len(line.screen.warned) == int(number >= 4)
    assert line.screen.warned[0].startswith(
        "4 of 5 requests in your budget for this month are used"
    )


async def test_two_processes_warn_once(writer: Writer) -> None:
    lines = [line_of(books(writer, requests=2)), line_of(books(writer, requests=2))]
    for line in lines:
        await line.answer(request())
    assert [len(line.screen.warned) for line in lines] == [0, 1]
    await lines[0].ledger.nearly(request(user=ANA))
    assert len(lines[0].screen.warned) == 0


async def test_a_refusal_comes_without_a_warning(writer: Writer) -> None:
    line = line_of(books(writer, requests=0))
    await greeted(line, request())
    assert line.screen.warned == []


async def test_nothing_that_was_asked_stands_beside_the_numbers(writer: Writer, db: str) -> None:
    canary = "canary-prompt-5512"
    line = line_of(books(writer, requests=1))
    await line.answer(request(canary))
    await greeted(line, request(canary))
    for table in ("usage", "usage_day", "warned"):
        assert canary not in repr(rows(db, f"SELECT * FROM {table}"))  # noqa: S608 - ours
    assert canary not in repr(rows(db, "SELECT refusal FROM request"))
