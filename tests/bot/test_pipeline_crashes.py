import asyncio
from dataclasses import replace

import pytest

from bot import watching
from bot.admission import ATTEMPTS
from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.rows import LeaseLost
from bot.ledger.writer import LedgerUnavailable, Writer
from bot.pipeline import SHOWN
from bot.views.notices import Notice
from generators.draft import (
    EngineUnavailable,
)
from moderation.gate import Gate
from moderation.policy import Action, Policy
from tests.bot.builders import LEASE_S, Word, execute, keys, request, rows
from tests.bot.line import LIMITS, Line, Scripted, agrees, until

pytestmark = pytest.mark.thorough

ROW = "SELECT state, outcome, notice, attempt FROM request"


@pytest.fixture(autouse=True)
def _every_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show every draft, however fast they come."""
    monkeypatch.setattr(watching, "UPDATE_EVERY_S", -1.0)


async def test_what_ended_with_its_process_too_often_is_given_up(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger), request()
    await ledger.accept(asked)
    execute(db, "UPDATE request SET attempt = ?", ATTEMPTS)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.FAILED.text("en")
    assert line.generator.begun == 0


async def test_an_answer_that_slack_takes_in_no_form_ends_in_a_sentence(
    ledger: Ledger, db: str
) -> None:
    line, asked = Line(ledger), request()
    line.screen.troubles = [SlackRefused("missing_scope")]
    await line.pipeline.handle(await line.begun(asked))
    execute(db, "UPDATE request SET lease_until_ms = 0, attempt = ?", ATTEMPTS + SHOWN)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.FAILED.text("en")
    assert rows(db, "SELECT state, outcome FROM request") == [("done", "failed")]


async def test_after_a_crash_the_stored_answer_is_shown(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger), request()
    line.screen.troubles = [OutcomeUnknown("ServerDisconnectedError")]
    await line.pipeline.handle(await line.begun(asked))
    assert rows(db, ROW) == [("ready", "delivered", None, 2)]
    execute(db, "UPDATE request SET lease_until_ms = 0")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == "Five days."
    assert line.generator.begun == 1
    assert rows(db, "SELECT count(*) FROM usage") == [(1,)]
    assert rows(db, ROW) == [("done", "delivered", None, 3)]
    agrees(db)


@pytest.mark.parametrize(
    ("script", "item"),
    [
        (["forbidden"], Notice.BLOCKED),
        ([EngineUnavailable("down")], Notice.ENGINE_UNAVAILABLE),
        (["doubtful"], Notice.HELD),
        ([""], Notice.EMPTY),
    ],
)
async def test_after_a_crash_the_stored_end_is_shown(
    ledger: Ledger, db: str, script: list[str | Exception], item: Notice
) -> None:
    line, asked = Line(ledger, Scripted(script)), request()
    line.screen.troubles = [SlackRefused("ratelimited")]
    await line.pipeline.handle(await line.begun(asked))
    execute(db, "UPDATE request SET lease_until_ms = 0")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == item.text("en")
    assert line.generator.begun == 1
    assert len(line.reviewers.held) == (item is Notice.HELD)
    agrees(db)


async def test_after_a_crash_a_busy_sentence_keeps_its_number(ledger: Ledger, db: str) -> None:
    limits = replace(LIMITS, per_user=0)
    line, asked = Line(ledger, limits=limits), request()
    line.screen.troubles = [OutcomeUnknown("lost")]
    await ledger.accept(asked)
    for _ in range(2):
        lease = await ledger.claim()
        assert lease is not None
        await line.pipeline.handle(lease)
        execute(db, "UPDATE request SET lease_until_ms = 0")
    assert line.screen.last(asked) == Notice.BUSY.text("en", n=0)


async def test_what_the_rules_forbid_by_now_is_not_shown(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger, Scripted(["once fine"])), request()
    line.screen.troubles = [OutcomeUnknown("lost")]
    await line.pipeline.handle(await line.begun(asked))
    execute(db, "UPDATE request SET lease_until_ms = 0")
    stricter = Gate(
        [Word("fine", "test.block")], Policy(output={"test.block": Action.BLOCK}, input={})
    )
    lease = await ledger.claim()
    assert lease is not None
    await line.made(gate=stricter).handle(lease)
    assert line.screen.last(asked) == Notice.BLOCKED.text("en")
    assert "once fine" not in line.screen.seen[asked.id.hex]


async def test_what_the_rules_redact_by_now_has_a_verdict_of_its_own(
    ledger: Ledger, db: str
) -> None:
    line, asked = Line(ledger, Scripted(["once fine"])), request()
    line.screen.troubles = [OutcomeUnknown("lost")]
    await line.pipeline.handle(await line.begun(asked))
    execute(db, "UPDATE request SET lease_until_ms = 0")
    stricter = Gate(
        [Word("fine", "test.mask")], Policy(output={"test.mask": Action.REDACT}, input={})
    )
    line.screen.gate = stricter
    lease = await ledger.claim()
    assert lease is not None
    await line.made(gate=stricter).handle(lease)
    assert line.screen.last(asked) == "once [test.mask]"
    assert rows(db, "SELECT action FROM verdict ORDER BY id") == [
        ("allow",),
        ("allow",),
        ("redact",),
    ]


async def test_a_worker_that_lost_its_lease_shows_nothing_more(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    release = asyncio.Event()
    line, asked = Line(ledger, Scripted([release, "too late"])), request()
    work = asyncio.create_task(line.pipeline.handle(await line.begun(asked)))
    await until(lambda: line.generator.begun == 1)
    execute(db, "UPDATE request SET lease_until_ms = 0")
    other = Line(Ledger(writer, LEASE_S, keys()))
    lease = await other.ledger.claim()
    assert lease is not None
    release.set()
    await work
    assert "too late" not in line.screen.seen[asked.id.hex]
    await other.pipeline.handle(lease)
    assert other.screen.last(asked) == "Five days."
    assert rows(db, ROW) == [("done", "delivered", None, 3)]
    assert rows(db, "SELECT outcome FROM usage ORDER BY id") == [("aborted",), ("ok",)]


async def test_a_lost_lease_stops_the_work_within_a_beat(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    limits = replace(LIMITS, beat_s=0.001)
    line = Line(ledger, Scripted([asyncio.Event()]), limits=limits)
    work = asyncio.create_task(line.pipeline.handle(await line.begun(request())))
    await until(lambda: line.generator.begun == 1)
    taken = None
    while taken is None:  # a beat may come in between
        execute(db, "UPDATE request SET lease_until_ms = 0")
        taken = await Ledger(writer, LEASE_S, keys()).claim()
    await asyncio.wait([work], timeout=5)
    assert line.generator.closed == 1
    assert work.cancelled() or work.exception() is None


async def test_a_lease_is_kept_while_the_work_lasts(ledger: Ledger, db: str) -> None:
    release = asyncio.Event()
    limits = replace(LIMITS, beat_s=0.001)
    line, asked = Line(ledger, Scripted([release, "done"]), limits=limits), request()
    work = asyncio.create_task(line.pipeline.handle(await line.begun(asked)))
    await until(lambda: line.generator.begun == 1)
    execute(db, "UPDATE request SET lease_until_ms = 0")
    await until(lambda: rows(db, "SELECT lease_until_ms FROM request") != [(0,)])
    release.set()
    await work
    assert line.screen.last(asked) == "done"


async def test_a_lost_lease_where_nothing_can_be_shown_is_no_error(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    line = Line(ledger)
    lease = await line.begun(request())
    execute(db, "UPDATE request SET lease_until_ms = 0")
    assert await Ledger(writer, LEASE_S, keys()).claim() is not None
    line.screen.placing = Undeliverable("not_in_channel")
    await line.pipeline.handle(lease)
    assert rows(db, ROW) == [("running", None, None, 3)]


async def test_a_database_that_fails_ends_the_attempt_and_not_the_bot(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(connect(db))
    ledger, asked = Ledger(writer, LEASE_S, keys()), request()
    line = Line(ledger, Scripted(["Five days."]))
    lease = await line.begun(asked)
    writer.close()
    await line.pipeline.handle(lease)
    assert "next attempt" in caplog.text
    assert line.screen.seen[asked.id.hex] == []
    assert rows(db, ROW) == [("running", None, None, 2)]


@pytest.mark.parametrize("error", [LeaseLost("x"), LedgerUnavailable("x"), SlackRefused("x")])
async def test_what_is_not_the_generators_fault_is_not_recorded_as_such(
    ledger: Ledger, db: str, error: Exception
) -> None:
    line = Line(ledger, Scripted([error]))
    await line.pipeline.handle(await line.begun(request()))
    assert rows(db, ROW) == [("running", None, None, 2)]
