import asyncio
import logging
from dataclasses import replace

import pytest

from bot import pipeline as module
from bot import watching
from bot.delivery.posting import Undeliverable
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, now_ms
from bot.pipeline import FAULTS
from bot.views.notices import Notice
from generators.draft import (
    ContextUnavailable,
    DeadlineExceeded,
    Destination,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    Image,
    ModelMissing,
    PromptRejected,
    Request,
)
from generators.draft import (
    Line as Said,
)
from moderation.gate import Gate
from moderation.policy import Policy
from tests.bot.builders import ANA, BO, CHEN, Word, decide, execute, numbered, request, rows
from tests.bot.line import LIMITS, Line, Scripted, Unread, agrees
from tests.bot.unsealing import prompts

CANARY = "canary-7f3a"
THREAD = Destination(channel="C1", thread_ts="9.9")


ROW = "SELECT state, outcome, notice, attempt FROM request"


@pytest.fixture(autouse=True)
def _every_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show every draft, however fast they come."""
    monkeypatch.setattr(watching, "UPDATE_EVERY_S", -1.0)


async def test_an_answer_is_delivered(ledger: Ledger, db: str) -> None:
    line = Line(ledger)
    assert await line.answer(request()) == "Five days."
    assert rows(db, ROW) == [("done", "delivered", None, 2)]
    assert rows(db, "SELECT model, output_tokens, outcome FROM usage") == [("tiny", 1, "ok")]
    assert rows(db, "SELECT direction, action FROM verdict") == [
        ("input", "allow"),
        ("output", "allow"),
    ]
    agrees(db)


async def test_a_growing_answer_is_shown_as_it_grows(ledger: Ledger, db: str) -> None:
    first = "The first sentence. " + "x" * 70
    whole = f"{first} The second one."
    line, asked = Line(ledger, Scripted([first, whole])), request(reply_to=THREAD)
    await line.answer(asked)
    assert line.screen.seen[asked.id.hex] == [
        Notice.WRITING.text("en"),
        "The first sentence. ",
        whole,
    ]
    assert rows(db, "SELECT action FROM verdict WHERE direction = 'output'") == [("allow",)] * 2
    assert rows(db, "SELECT output_tokens FROM usage") == [(2,)]
    agrees(db)


async def test_only_the_whole_is_shown_where_nothing_can_be_updated(ledger: Ledger) -> None:
    line, asked = Line(ledger, Scripted(["One sentence. " + "x" * 70, "All of it."])), request()
    line.screen.ts = ""
    await line.answer(asked)
    assert line.screen.seen[asked.id.hex] == [Notice.WRITING.text("en"), "All of it."]


async def test_what_must_be_redacted_is(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted(["It is masked here."]))
    assert await line.answer(request("is it masked?")) == "It is [test.mask] here."
    assert line.generator.asked[0].prompt == "is it [test.mask]?"
    assert prompts(db) == ["is it [test.mask]?"]
    agrees(db)


async def test_a_refused_prompt_reaches_no_generator(ledger: Ledger, db: str) -> None:
    line = Line(ledger)
    assert await line.answer(request("forbidden")) == Notice.PROMPT_REFUSED.text("en")
    assert line.generator.begun == 0
    assert rows(db, ROW) == [("done", "refused", "PROMPT_REFUSED", 2)]
    agrees(db)


async def test_a_blocked_answer_is_named_and_not_shown(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger, Scripted(["something forbidden"])), request()
    assert await line.answer(asked) == Notice.BLOCKED.text("en")
    assert "forbidden" not in str(line.screen.seen)
    assert rows(db, ROW) == [("done", "blocked", "BLOCKED", 2)]
    assert rows(db, "SELECT count(*) FROM usage") == [(1,)]
    agrees(db)


async def test_an_answer_that_turns_bad_ends_there(ledger: Ledger, db: str) -> None:
    good = "A good sentence. " + "x" * 70
    bad = f"{good} and now forbidden. " + "y" * 70
    line, asked = Line(ledger, Scripted([good, bad, f"{bad} more"])), request()
    assert await line.answer(asked) == Notice.BLOCKED.text("en")
    assert "forbidden" not in str(line.screen.seen)
    assert line.generator.closed == 1
    agrees(db)


async def test_a_held_answer_is_shown_once_a_reviewer_approves(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger, Scripted(["a doubtful answer"])), request()
    assert await line.answer(asked) == Notice.HELD.text("en")
    assert rows(db, ROW) == [("held", None, "HELD", 2)]
    (held,) = line.reviewers.held
    assert held.draft.request.id == asked.id
    assert await decide(ledger, asked.id.hex, BO, approve=True)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == "a doubtful answer"
    assert rows(db, ROW) == [("done", "delivered", None, 3)]
    assert line.generator.begun == 1
    agrees(db)


async def test_a_rejected_answer_is_never_shown(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger, Scripted(["a doubtful answer"])), request()
    await line.answer(asked)
    assert await decide(ledger, asked.id.hex, BO, approve=False)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.REJECTED.text("en")
    assert "doubtful" not in str(line.screen.seen)
    assert rows(db, ROW) == [("done", "rejected", "REJECTED", 3)]
    agrees(db)


async def test_a_held_answer_is_held_whole(ledger: Ledger) -> None:
    begins = "Something doubtful. " + "x" * 70
    line, asked = Line(ledger, Scripted([begins, f"{begins} And the end."])), request()
    await line.answer(asked)
    await decide(ledger, asked.id.hex, BO, approve=True)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == f"{begins} And the end."


async def test_a_picture_that_nobody_judged_is_held(ledger: Ledger) -> None:
    picture = Image(b"\x89PNG", "a doubtful heart")
    line = Line(ledger, Scripted([picture]))
    assert await line.answer(request()) == Notice.HELD.text("en")
    assert line.reviewers.held[0].assessment.content == picture


@pytest.mark.parametrize(
    ("error", "item"),
    [
        (EngineUnavailable(CANARY), Notice.ENGINE_UNAVAILABLE),
        (ModelMissing(CANARY), Notice.NO_MODEL),
        (DeadlineExceeded(CANARY), Notice.TOO_LATE),
        (ContextUnavailable(CANARY), Notice.UNREADABLE),
        (GenerationError(CANARY), Notice.FAILED),
        (ValueError(CANARY), Notice.FAILED),
        (RuntimeError(CANARY), Notice.FAILED),
        (TimeoutError(CANARY), Notice.FAILED),
        (ExceptionGroup(CANARY, [ValueError(CANARY)]), Notice.FAILED),
    ],
)
async def test_every_failure_has_its_sentence_and_quotes_nothing(
    ledger: Ledger, db: str, caplog: pytest.LogCaptureFixture, error: Exception, item: Notice
) -> None:
    caplog.set_level(logging.DEBUG)
    line, asked = Line(ledger, Scripted([error])), request(f"why {CANARY}?")
    assert await line.answer(asked) == item.text("en")
    assert CANARY not in str(line.screen.seen)
    assert CANARY not in caplog.text
    assert rows(db, ROW) == [("done", "failed", item.name, 2)]
    assert rows(db, "SELECT * FROM usage") == []
    agrees(db)


async def test_what_a_failure_used_up_to_then_is_accounted(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted(["Half an answer.", DeadlineExceeded("late")]))
    assert await line.answer(request()) == Notice.TOO_LATE.text("en")
    assert rows(db, "SELECT model, output_tokens, outcome FROM usage") == [("tiny", 1, "error")]
    agrees(db)


async def test_what_cannot_be_read_has_its_sentence(ledger: Ledger) -> None:
    line = Line(ledger, reading=Unread(ContextUnavailable("not_in_channel")))
    assert await line.answer(request()) == Notice.UNREADABLE.text("en")
    assert line.generator.begun == 0


async def test_a_rejected_prompt_says_what_is_wrong_with_it(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted([PromptRejected("--size takes 64 to 1024.")]))
    assert await line.answer(request()) == "--size takes 64 to 1024."
    assert rows(db, ROW) == [("done", "refused", None, 2)]
    agrees(db)


@pytest.mark.parametrize("sentence", ["forbidden is too long", "doubtful is too long"])
async def test_what_is_wrong_with_a_prompt_is_moderated_too(
    ledger: Ledger, db: str, sentence: str
) -> None:
    line = Line(ledger, Scripted([PromptRejected(sentence)]))
    assert await line.answer(request()) == Notice.PROMPT_REJECTED.text("en")
    agrees(db)


@pytest.mark.parametrize("script", [(), ("",), (" \n ",)])
async def test_an_empty_answer_says_so(ledger: Ledger, db: str, script: tuple[str, ...]) -> None:
    line = Line(ledger, Scripted(script))
    assert await line.answer(request()) == Notice.EMPTY.text("en")
    assert rows(db, ROW) == [("done", "failed", "EMPTY", 2)]
    agrees(db)


async def test_what_waited_too_long_has_expired(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger), request()
    await ledger.accept(asked)
    execute(db, "UPDATE request SET created_ms = created_ms - 600001")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == Notice.EXPIRED.text("en")
    assert rows(db, ROW) == [("done", "expired", "EXPIRED", 1)]
    assert line.generator.begun == 0


async def answers(line: Line, asked: list[Request]) -> list[str]:
    """Take all requests in, then work on all at once; return what is seen last of each."""
    for one in asked:
        await line.ledger.accept(one)
    for stage in ("greet", "work"):
        leases = [lease for _ in asked if (lease := await line.ledger.claim(stage))]
        await asyncio.gather(*(line.pipeline.handle(lease) for lease in leases))
    return [line.screen.last(one) for one in asked]


async def test_of_too_many_at_once_the_first_are_answered(ledger: Ledger) -> None:
    line = Line(ledger)
    ids = [numbered(n) for n in range(LIMITS.per_user + 2)]  # they decide within a millisecond
    seen = await answers(line, [request(id=one) for one in ids])
    busy = Notice.BUSY.text("en", n=LIMITS.per_user)
    assert seen == ["Five days."] * LIMITS.per_user + [busy] * 2


async def test_when_everybody_together_asks_too_much_the_last_are_told(ledger: Ledger) -> None:
    limits = replace(LIMITS, overall=3)
    line = Line(ledger, limits=limits)
    asked = [request(user=user) for user in (ANA, BO, ANA, BO)]
    seen = await answers(line, asked)
    assert sorted(seen) == sorted([Notice.FULL.text("en", n=3), *["Five days."] * 3])


async def test_who_waits_is_told_the_place(ledger: Ledger) -> None:
    line = Line(ledger, limits=replace(LIMITS, at_work=1))
    asked = [request(user=user) for user in (ANA, BO, CHEN)]
    for one in asked:
        await ledger.accept(one)
        lease = await ledger.claim("greet")
        assert lease is not None
        await line.pipeline.handle(lease)
    told = [line.screen.seen[one.id.hex] for one in asked]
    assert told == [[], *([Notice.QUEUED.text("en", n=n)] for n in (1, 2))]


async def test_an_engine_that_does_not_answer_is_waited_for(ledger: Ledger, db: str) -> None:
    line = Line(
        ledger, Scripted([EngineUnavailable("down")]), limits=replace(LIMITS, patience_s=60)
    )
    asked = request()
    assert await line.answer(asked) == Notice.WAITING.text("en")
    assert rows(db, "SELECT state, owner, faults FROM request") == [("queued", None, 0)]
    assert await ledger.claim() is None, "it is not due yet"
    line.generator.script = ("Five days.",)
    execute(db, "UPDATE request SET lease_until_ms = 0")
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert line.screen.last(asked) == "Five days."
    assert rows(db, "SELECT outcome FROM usage ORDER BY id") == [("error",), ("ok",)]
    agrees(db)


async def test_an_engine_is_waited_for_as_long_as_there_is_patience(
    ledger: Ledger, db: str
) -> None:
    away, patience_s = Scripted([EngineUnavailable("down")]), 900
    line = Line(ledger, away, limits=replace(LIMITS, deadline_s=2000, patience_s=patience_s))
    asked, waited_ms = request(), 0
    lease: Lease | None = await line.begun(asked)
    while lease is not None:
        await line.pipeline.handle(lease)
        ((due_ms,),) = rows(db, "SELECT lease_until_ms FROM request")
        waited_ms += max(due_ms - now_ms(), 0)
        execute(db, "UPDATE request SET lease_until_ms = 0")
        execute(db, "UPDATE request SET created_ms = ?", now_ms() - waited_ms)
        lease = await ledger.claim()
    assert line.screen.last(asked) == Notice.ENGINE_UNAVAILABLE.text("en")
    assert waited_ms > 0.85 * patience_s * 1000, f"gave up after {away.begun} attempts"


async def test_what_breaks_the_engine_again_and_again_is_given_up(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted(["Half", EngineCrashed("gone")]))
    line.pipeline = line.made(limits=replace(LIMITS, patience_s=600))
    asked = request()
    lease: Lease | None = await line.begun(asked)
    for faults in range(FAULTS):
        assert lease is not None
        assert lease.faults == faults
        await line.pipeline.handle(lease)
        execute(db, "UPDATE request SET lease_until_ms = 0")
        lease = await ledger.claim()
    assert lease is None
    assert line.screen.last(asked) == Notice.FAILED.text("en")
    assert line.generator.begun == FAULTS
    assert rows(db, "SELECT outcome, output_tokens FROM usage") == [("error", 1)] * FAULTS
    agrees(db)


async def test_where_nothing_can_be_shown_it_is_recorded(ledger: Ledger, db: str) -> None:
    line, asked = Line(ledger), request()
    line.screen.placing = Undeliverable("not_in_channel")
    await ledger.accept(asked)
    lease = await ledger.claim()
    assert lease is not None
    await line.pipeline.handle(lease)
    assert rows(db, ROW) == [("done", "undeliverable", None, 1)]
    assert line.generator.begun == 0
    agrees(db, sent=False)


async def test_what_people_said_before_goes_through_the_gate(ledger: Ledger) -> None:
    thread = tuple(Said("bo", text, "1.0") for text in ("fine", "masked", "forbidden"))
    line = Line(ledger, reading=Unread(context=thread))
    await line.answer(request())
    assert [said.text for said in line.generator.asked[0].context] == ["fine", "[test.mask]"]


@pytest.mark.parametrize("hang", [True, False])
async def test_a_check_that_fails_or_hangs_holds(
    ledger: Ledger, hang: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def breaks(*_: object) -> list[object]:
        if hang:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
        raise ValueError(CANARY)

    check = Word("x", "test.broken")
    monkeypatch.setattr(Word, "inspect", breaks)
    gate = Gate([check], Policy(check_timeout_s=0.05 if hang else 10))
    line = Line(ledger, gate=gate)
    assert await line.answer(request()) == Notice.PROMPT_REFUSED.text("en")
    assert line.generator.begun == 0
    release.set()


def test_every_expected_failure_has_a_sentence() -> None:
    apart = {PromptRejected, EngineUnavailable}
    assert set(GenerationError.__subclasses__()) - set(module.NOTICES) == apart
