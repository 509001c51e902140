"""Usage rows and their sums by day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from bot.budgets import EPOCH, Amounts, Price, Prices, Scope
from bot.ledger.accounts import Accounts
from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.schema import downgrade, upgrade
from bot.ledger.usage import DAY_MS, amounts, rebuild, totals
from bot.ledger.writer import Writer
from generators.draft import Call, Cost, Destination
from tests.bot.builders import ANA, BO, LEASE_S, assessment, draft, execute, keys, request, rows
from tests.bot.databases import Fresh
from tests.bot.ledger.working import aged, claimed, finished, lapse, queued

EVER = (0, 2**62)
EMBED = Call(stage="embed", model="minilm", prompt_tokens=9, gpu_ms=4)
CHAT = Call(stage="chat", model="tiny", prompt_tokens=100, output_tokens=20, gpu_ms=900)
BROKEN = Call(stage="chat", model="tiny", output_tokens=3, gpu_ms=70, outcome="error")
SEARCHED = Cost(model="tiny", output_tokens=20, calls=(EMBED, EMBED, CHAT))
PRICES = Prices(models={"tiny": Price(prompt_1k_micro=500, output_1k_micro=1500)})


@pytest.fixture
async def priced(writer: Writer) -> Ledger:
    return Ledger(writer, LEASE_S, keys(), Accounts(prices=PRICES))


async def answered(ledger: Ledger, cost: Cost = SEARCHED, **asked: Any) -> str:
    lease = await claimed(ledger, request(**asked))
    await ledger.settle(lease, draft(lease.request, cost=cost), assessment(), "delivered")
    await ledger.sending(lease.request, 0, "C1")
    await ledger.sent(lease.request, 0, "C1", "1.5")
    await ledger.done(lease, "delivered")
    return lease.request.id.hex


async def test_every_engine_call_is_a_row(priced: Ledger, db: str, engine: Engine) -> None:
    await answered(priced, team="T1")
    query = """SELECT stage, model, requests, prompt_tokens, output_tokens, gpu_ms, cost_micro,
               outcome, team, "user", channel, verb FROM usage ORDER BY id"""
    whose = ("T1", ANA, "C1", "ask")
    assert rows(db, query) == [
        ("embed", "minilm", 0, 9, 0, 4, 0, "ok", *whose),
        ("embed-2", "minilm", 0, 9, 0, 4, 0, "ok", *whose),
        ("chat", "tiny", 1, 100, 20, 900, 80, "ok", *whose),
    ]
    assert rows(db, "SELECT usage_rows FROM request") == [(3,)]
    assert list(mismatches(engine, keys())) == []


async def test_an_answer_without_engine_is_a_row_too(priced: Ledger, db: str) -> None:
    await answered(priced, Cost(model="built-in"))
    assert rows(db, "SELECT stage, model, requests FROM usage") == [("generate", "built-in", 1)]


async def test_the_bots_own_sentence_counts_as_no_request(priced: Ledger, db: str) -> None:
    await answered(priced, Cost(model="atelier"))
    assert rows(db, "SELECT stage, requests FROM usage") == [("generate", 0)]


async def test_a_request_is_counted_once_however_often_it_is_tried(priced: Ledger, db: str) -> None:
    lease = await claimed(priced)
    await priced.again(lease, -1, Cost(model="tiny", calls=(BROKEN,)), fault=True)
    again = await priced.claim("work")
    assert again is not None
    lapse(db)
    third = await priced.claim("resume")
    assert third is not None
    await finished(priced, third)
    query = "SELECT attempt, requests, outcome FROM usage ORDER BY id"
    assert rows(db, query) == [(2, 1, "error"), (3, 0, "aborted"), (4, 0, "ok")]
    assert sum(total.requests for total in await priced.totals("user", ANA, EVER)) == 1


async def test_the_wait_is_told_once_an_attempt(priced: Ledger, db: str) -> None:
    asked = request()
    await queued(priced, asked)
    aged(db, asked, 1)
    lease = await priced.claim("work")
    assert lease is not None
    assert lease.waited_ms > 10**12
    await priced.settle(lease, draft(asked, cost=SEARCHED), assessment(), "delivered")
    assert rows(db, "SELECT queue_ms FROM usage ORDER BY id") == [(lease.waited_ms,), (0,), (0,)]


async def test_the_sums_of_a_day_are_kept_with_the_rows(priced: Ledger, db: str) -> None:
    await answered(priced)
    await answered(priced)
    await answered(priced, user=BO)
    query = """SELECT "user", model, calls, requests, prompt_tokens, gpu_ms, cost_micro
               FROM usage_day ORDER BY "user", model"""
    assert rows(db, query) == [
        (ANA, "minilm", 4, 0, 36, 16, 0),
        (ANA, "tiny", 2, 2, 200, 1800, 160),
        (BO, "minilm", 2, 0, 18, 8, 0),
        (BO, "tiny", 1, 1, 100, 900, 80),
    ]
    ((day,),) = rows(db, "SELECT DISTINCT day FROM usage_day")
    assert (EPOCH + timedelta(days=day)).date() == datetime.now(UTC).date()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM usage_day WHERE model = 'tiny'",
        "UPDATE usage_day SET gpu_ms = gpu_ms + 1 WHERE model = 'tiny'",
        "UPDATE usage_day SET calls = calls - 1 WHERE model = 'tiny'",
        "UPDATE usage_day SET requests = 0",
        "UPDATE usage_day SET \"user\" = 'U9'",
        "UPDATE usage_day SET day = day + 1",
        "UPDATE usage SET cost_micro = cost_micro - 1 WHERE model = 'tiny'",
        "UPDATE usage SET team = 'T9' WHERE model = 'tiny'",
        "UPDATE usage SET queue_ms = queue_ms + 1 WHERE model = 'tiny'",
    ],
)
async def test_sums_that_are_not_those_of_the_rows_are_found_and_made_anew(
    priced: Ledger, db: str, engine: Engine, tampering: str
) -> None:
    await answered(priced)
    assert list(mismatches(engine, keys())) == []
    execute(db, tampering)
    found = list(mismatches(engine, keys()))
    assert found
    assert all("are not those of its usage rows" in sentence for sentence in found)
    await priced.rebuild()
    assert list(mismatches(engine, keys())) == []


async def test_a_request_that_is_counted_twice_is_found(
    priced: Ledger, db: str, engine: Engine
) -> None:
    await answered(priced)
    execute(db, "UPDATE usage SET requests = 1")
    await priced.rebuild()
    assert ["counts as 3 requests" in sentence for sentence in mismatches(engine, keys())] == [True]


async def test_rebuilding_changes_nothing_that_was_right(priced: Ledger, db: str) -> None:
    await answered(priced)
    await answered(priced, user=BO, reply_to=Destination(channel="C2"))
    query = "SELECT * FROM usage_day ORDER BY channel, model"
    before = rows(db, query)
    await priced.rebuild()
    assert rows(db, query) == before


HOURS = st.sampled_from(range(20_000 * DAY_MS, 20_006 * DAY_MS + 1, DAY_MS // 24))
WHOSE: Sequence[tuple[Scope, str]] = (
    ("workspace", ""),
    ("user", ANA),
    ("team", "T1"),
    ("team", "T2"),
)
ROW = """INSERT INTO usage (request_id, attempt, stage, team, "user", channel, verb, model,
         requests, prompt_tokens, output_tokens, images, gpu_ms, queue_ms, cost_micro, outcome,
         at_ms)
         VALUES ('r', ?, 'chat', 'T1', ?, 'C1', 'ask', 'tiny', 1, 2, 3, 4, 5, 6, 7, 'ok', ?)"""


@pytest.mark.thorough
@example(
    used=[(ANA, day * DAY_MS) for day in range(20_000, 20_004)],
    ends=(20_000 * DAY_MS + DAY_MS // 24, 20_003 * DAY_MS),
)
@example(
    used=[(BO, day * DAY_MS) for day in range(20_000, 20_004)],
    ends=(20_000 * DAY_MS, 20_002 * DAY_MS + DAY_MS // 24),
)
@given(
    used=st.lists(st.tuples(st.sampled_from([ANA, BO]), HOURS), max_size=12),
    ends=st.tuples(HOURS, HOURS),
)
def test_any_span_is_the_sum_of_its_rows(
    used: list[tuple[str, int]], ends: tuple[int, int], fresh: Fresh
) -> None:
    """Whole days come from the sums and the ends from the rows: together each row counts once."""
    db, span = fresh(), (min(ends), max(ends))
    for number, (user, at) in enumerate(used):
        execute(db, ROW, number, user, at)
    engine = connect(db)
    with Session(engine) as session:
        rebuild(session)
        for scope, who in WHOSE:
            n = sum(
                span[0] <= at < span[1]
                and (scope != "user" or user == who)
                and (scope != "team" or who == "T1")
                for user, at in used
            )
            expected = Amounts(requests=n, tokens=5 * n, images=4 * n, gpu_ms=5 * n)
            expected = replace(expected, money_micro=7 * n)
            assert amounts(session, scope, who, span) == expected
            assert [one.calls for one in totals(session, scope, who, span)] == [n][: bool(n)]
    engine.dispose()


def test_what_was_used_before_is_summed_by_the_migration(db: str, engine: Engine) -> None:
    downgrade(engine, "0003")
    execute(
        db,
        """INSERT INTO request (id, verb, prompt, flags, team, "user", channel, state,
           lease_until_ms, attempt, faults, vtime, created_ms, usage_rows, verdict_rows)
           VALUES ('r1', 'ask', 'x', '{}', 'T1', 'U1', 'C1', 'queued', 0, 3, 0, 0, 1, 3, 0)""",
    )
    for attempt, model in ((1, ""), (2, "tiny"), (3, "tiny")):
        execute(
            db,
            """INSERT INTO usage (request_id, attempt, stage, "user", channel, verb, model,
               prompt_tokens, output_tokens, images, gpu_ms, outcome, at_ms)
               VALUES ('r1', ?, 'generate', 'U1', 'C1', 'ask', ?, 1, 2, 3, 4, 'ok', 86400000)""",
            attempt,
            model,
        )
    upgrade(engine)
    query = "SELECT day, team, model, calls, requests, gpu_ms, cost_micro FROM usage_day ORDER BY 3"
    assert rows(db, query) == [(1, "T1", "", 1, 0, 4, 0), (1, "T1", "tiny", 2, 1, 8, 0)]
    assert list(mismatches(engine, keys())) == []


def test_amounts_of_nothing_are_nought(engine: Engine) -> None:
    with Session(engine) as session:
        assert amounts(session, "workspace", "", EVER) == Amounts()
        rebuild(session)
