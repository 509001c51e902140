"""How drafts fared: each figure from rows that a test wrote, on both databases."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.ledger.ledger import Ledger
from bot.ledger.lessons import Lessons
from bot.ledger.replying import Choice, Replies
from bot.ledger.weekly import WEEK_MS, Fared, fared, reported
from generators.draft import Destination, UserId
from generators.support.abstaining import no_draft
from tests.bot.builders import ANA, BO, assessment, draft, execute, keys, request
from tests.bot.ledger.working import claimed

ABOUT = Destination(channel="C7", thread_ts="900.1")
MONDAY_MS = 1_795_996_800_000
"""2026-11-30, a Monday, at midnight UTC."""
LETTER = "Hello\n\n— — —\n\nSources:\n[1] Refunds (refunds)\n[3] zh-3 · internal"


class Desk:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.replies = Replies(ledger._writer, ledger._keys)
        self.lessons = Lessons(ledger._writer, ledger._keys)

    async def drafted(
        self, body: str = LETTER, question: str = "Refund?", code: str = "", **more: Any
    ) -> str:
        """Bring a draft, or a reason why there is none, to where a person decides."""
        asked = request("", verb="draft", about=ABOUT)
        lease = await claimed(self.ledger, asked)
        await self.lessons.note(asked, "U0CUSTOMER", question)
        await self.replies.read(asked.id.hex, "900.1")
        await self.ledger.settle(lease, draft(asked, body), assessment(body), "delivered")
        await self.ledger.done(lease, "delivered")
        said = assessment(question) if code else None
        await self.lessons.looked(asked.id.hex, code, str(more.get("place", "")), said)
        return asked.id.hex

    async def decided(self, name: str, choice: Choice, who: UserId = BO) -> None:
        assert await self.replies.decide(name, who, choice)
        if choice.sends:
            await self.replies.sent(name)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger)


def at(db: str, moment_ms: int) -> None:
    """Let everything have happened at a moment."""
    execute(db, "UPDATE lesson SET asked_ms = ?", moment_ms)
    execute(db, "UPDATE request SET created_ms = ?", moment_ms)


def told(engine: Engine, since_ms: int = MONDAY_MS) -> Fared:
    return reported(engine, keys(), since_ms)


async def test_a_week_counts_what_was_sent_edited_rejected_and_left_open(
    desk: Desk, engine: Engine, db: str
) -> None:
    choices = [
        Choice(decision="send", sent=assessment("a"), sends=True),
        Choice(decision="edit", sent=assessment("b"), distance=200, sends=True),
        Choice(decision="edit", sent=assessment("c"), distance=600, sends=True),
        Choice(decision="reject", reason="outdated"),
    ]
    for choice in choices:
        await desk.decided(await desk.drafted(), choice)
    await desk.drafted()
    at(db, MONDAY_MS + 3 * 86_400_000)
    (week,) = told(engine).weeks
    assert week.monday == date(2026, 11, 30)
    assert (week.drafts, week.sent, week.edited) == (5, 3, 2)
    assert (week.acceptance, week.distance) == (0.6, 200)
    assert week.rejected == {"outdated": 1}
    assert told(engine).cites == {"refunds": 5, "zh-3": 5}
    assert told(engine).contradicted == {"refunds": 2, "zh-3": 2}


async def test_weeks_begin_on_monday_and_what_is_older_is_left_out(
    desk: Desk, engine: Engine, db: str
) -> None:
    await desk.drafted()
    for moment, weeks in ((0, 1), (-1, 0), (WEEK_MS - 1, 1)):
        at(db, MONDAY_MS + moment)
        assert len(told(engine).weeks) == weeks
    at(db, MONDAY_MS - 1)
    (week,) = told(engine, MONDAY_MS - 1).weeks
    assert week.monday == date(2026, 11, 23)


async def test_what_no_article_covers_is_grouped_and_says_nothing_of_the_erased(
    desk: Desk, engine: Engine, db: str
) -> None:
    for question in ("Do you rent kayaks?", "Do you rent a kayak, please?", "你们出租帐篷吗？"):
        body = no_draft("missing_knowledge", question)
        await desk.drafted(body, question, "missing_knowledge")
    await desk.drafted(no_draft("customer_request", "x"), "A human!", "customer_request")
    at(db, MONDAY_MS + WEEK_MS - 1)
    found, week = told(engine), date(2026, 11, 30)
    assert [(one.count, one.latest) for one in found.missing] == [(2, week), (1, week)]
    assert {"你们出租帐篷吗？"} < {one.question for one in found.missing}
    assert found.weeks[0].abstained == {"missing_knowledge": 3, "customer_request": 1}
    assert found.weeks[0].drafts == 0
    execute(db, "UPDATE lesson SET question = ?", b"")
    assert told(engine).missing == []


async def test_questions_of_private_channels_are_not_for_everybody(
    desk: Desk, ledger: Ledger, db: str
) -> None:
    for place in ("", "C7"):
        body = no_draft("missing_knowledge", "Kayak?")
        await desk.drafted(body, f"Where is the kayak {place}?", "missing_knowledge", place=place)
    at(db, MONDAY_MS)
    found = await ledger._writer.read(lambda s: fared(s, keys(), MONDAY_MS, ("",)))
    assert len(found.missing) == 1


async def test_a_budget_without_room_is_a_reason_too(
    ledger: Ledger, engine: Engine, db: str
) -> None:
    lease = await claimed(ledger, request("Refund?", verb="draft", user=ANA))
    await ledger.fail(lease, "refused", "BUDGET")
    at(db, MONDAY_MS)
    (week,) = told(engine).weeks
    assert week.abstained == {"usage_limit": 1}
