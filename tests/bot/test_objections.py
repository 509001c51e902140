"""Answers that people report: filed once each, decided by somebody else, told at each step."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from bot.delivery.slack import SlackRefused
from bot.intake.meanings import Decision, Press
from bot.ledger.ledger import Ledger
from bot.ledger.objections import Objections
from bot.ledger.reviewing import Ruling
from bot.ledger.rows import Lease
from bot.objections import Reporting
from bot.views.notices import Notice
from generators.draft import Destination, Request, Text, UserId
from moderation.gate import Cleared
from tests.bot.builders import ANA, BO, CHEN, assessment, draft, request, rows
from tests.bot.line import agrees
from tests.bot.recorder import UNKNOWN, Message
from tests.bot.reviewing import Queue, queue
from tests.bot.shown import reads

DAN = UserId("U4")
SAYS = "Refunds take five days. 退款需五天。🙂"


@dataclass
class Complaints:
    """An answer that people see, and what they do about it."""

    desk: Queue
    reporting: Reporting

    async def answered(self, asked: Request | None = None, says: str = SAYS) -> Request:
        """Bring a request to its end, its answer shown."""
        lease = await self.seen(asked, says)
        await self.desk.ledger.done(lease, "delivered")
        return lease.request

    async def seen(self, asked: Request | None = None, says: str = SAYS) -> Lease:
        """Show a request's answer; that it is shown is not written down yet."""
        ledger, delivery = self.desk.ledger, self.desk.reviews.delivery
        await ledger.accept(asked or request())
        lease = await ledger.claim()
        assert lease is not None
        place = await delivery.place(lease.request)
        verdict = await self.desk.gate.review(draft(lease.request, says))
        assert isinstance(verdict, Cleared)
        await ledger.settle(lease, verdict.draft, verdict.assessment, "delivered")
        await delivery.show(place, verdict, "tiny")
        return lease

    async def press(self, asked: Request, who: UserId, what: str = "report") -> None:
        here = Destination(channel="C1", thread_ts="1.5")
        reason = "inaccurate" if what == "reported" else ""
        press = Press(what, asked.id.hex, who, here, "T1", trigger_id="t", reason=reason)
        await self.reporting.press(press)

    async def decide(self, asked: Request, who: UserId, *, approve: bool) -> bool:
        decision = Decision(asked.id.hex, who, approve=approve, team="T1", reported=True)
        return await self.reporting.decide(decision)

    async def shown(self) -> None:
        """Do what a worker does with what was taken back."""
        ledger, delivery = self.desk.ledger, self.desk.reviews.delivery
        lease = await ledger.claim()
        assert lease is not None
        assert (lease.outcome, lease.notice) == ("rejected", "TAKEN_BACK")
        await delivery.show(await delivery.place(lease.request), Notice.TAKEN_BACK, "")
        await ledger.done(lease, "rejected")

    def told(self, who: UserId) -> list[str]:
        """Return what the bot's direct messages to somebody say now."""
        return [reads(message.page) for message in self.desk.slack.at(f"D{who}")]

    def whispered(self, who: UserId) -> list[str]:
        return [page.text for _, user, page in self.desk.slack.ephemeral if user == who]

    @property
    def cards(self) -> Sequence[Message]:
        return self.desk.slack.at("C9")

    def own(self) -> Message:
        (message, *_) = self.desk.slack.at("C1")
        return message


@pytest.fixture
def complaints(ledger: Ledger) -> Complaints:
    desk = queue(ledger)
    desk.slack.people = frozenset({ANA, BO, CHEN})
    objections = Objections(ledger._writer, ledger._keys)
    return Complaints(
        desk,
        Reporting(objections=objections, reviews=desk.reviews, delivery=desk.reviews.delivery),
    )


def buttons(message: Message) -> list[str]:
    blocks = [block for block in message.page.blocks if block["type"] == "actions"]
    return [one["action_id"] for block in blocks for one in block["elements"]]


async def test_every_answer_has_a_button_that_asks_why(complaints: Complaints) -> None:
    asked = await complaints.answered()
    assert buttons(complaints.own()) == ["report"]
    label = [block["type"] for block in complaints.own().page.blocks[-2:]]
    assert label == ["context", "actions"]  # AI-generated, model, request id, and Report
    await complaints.press(asked, DAN)
    (form,) = complaints.desk.slack.forms
    assert form["private_metadata"] == asked.id.hex
    assert rows_of(complaints) == []


async def test_an_answer_can_be_reported_as_soon_as_it_is_there(complaints: Complaints) -> None:
    asked = (await complaints.seen()).request
    await complaints.press(asked, DAN)
    await complaints.press(asked, DAN, "reported")
    assert rows_of(complaints)


def rows_of(complaints: Complaints) -> list[str]:
    return [reads(card.page) for card in complaints.cards]


async def test_a_report_is_told_of_and_taken_back_by_a_reviewer(
    complaints: Complaints, db: str
) -> None:
    asked = await complaints.answered()
    await complaints.press(asked, DAN, "reported")
    assert Notice.REPORT_FILED.text("en") in complaints.told(DAN)[0]
    (card,) = complaints.cards
    assert SAYS in reads(card.page)
    assert Notice.REASON_INACCURATE.text("en") in reads(card.page)
    assert buttons(card) == ["report_take_back", "report_dismiss"]
    assert SAYS in reads(complaints.own().page)  # until somebody decides

    assert await complaints.decide(asked, BO, approve=False)
    await complaints.shown()
    assert Notice.TAKEN_BACK.text("en") in reads(complaints.own().page)
    assert SAYS not in reads(complaints.own().page)
    assert buttons(complaints.own()) == []
    assert Notice.REPORT_UPHELD.text("en") in complaints.told(DAN)[0]
    (card,) = complaints.cards
    assert Notice.TAKEN_BACK_CARD.text("en") in reads(card.page)
    actions = [row[0] for row in rows(db, "SELECT action FROM audit_log ORDER BY seq")]
    assert actions[-2:] == ["report", "take_back"]
    last = rows(db, "SELECT action, reviewer FROM verdict ORDER BY id")[-1]
    assert last == ("block", BO)
    agrees(db, sent=False)


async def test_what_stays_is_told_of_too_and_cannot_be_reported_again(
    complaints: Complaints, db: str
) -> None:
    asked = await complaints.answered()
    await complaints.press(asked, DAN, "reported")
    assert await complaints.decide(asked, BO, approve=True)
    assert SAYS in reads(complaints.own().page)
    assert Notice.REPORT_DISMISSED.text("en") in complaints.told(DAN)[0]
    await complaints.press(asked, CHEN, "reported")
    assert complaints.whispered(CHEN) == [Notice.NOT_REPORTABLE.text("en")]
    assert not await complaints.decide(asked, CHEN, approve=False)
    agrees(db, sent=False)


async def test_reports_of_one_answer_are_one_card_and_everybody_is_told(
    complaints: Complaints, db: str
) -> None:
    asked = await complaints.answered()
    for who in (DAN, CHEN, DAN, ANA):  # Dan's form was sent twice
        await complaints.press(asked, who, "reported")
    assert len(complaints.cards) == 1
    assert [len(complaints.told(who)) for who in (DAN, CHEN, ANA)] == [1, 1, 1]
    assert await complaints.decide(asked, BO, approve=True)
    for who in (DAN, CHEN, ANA):
        assert Notice.REPORT_DISMISSED.text("en") in complaints.told(who)[0]
    assert rows(db, "SELECT count(*) FROM audit_log WHERE action = 'report'") == [(3,)]


async def test_nobody_decides_on_their_own_request_nor_who_is_no_reviewer(
    complaints: Complaints,
) -> None:
    asked = await complaints.answered()  # Ana's, who is in the reviewers' channel
    await complaints.press(asked, DAN, "reported")
    assert not await complaints.decide(asked, ANA, approve=True)
    assert complaints.whispered(ANA) == [Notice.NOT_YOURS.text("en")]
    assert not await complaints.decide(asked, DAN, approve=False)
    assert complaints.whispered(DAN) == [Notice.NOT_A_REVIEWER.text("en")]
    assert SAYS in reads(complaints.own().page)


async def test_the_first_decision_counts(complaints: Complaints) -> None:
    asked = await complaints.answered()
    await complaints.press(asked, DAN, "reported")
    assert await complaints.decide(asked, BO, approve=True)
    assert not await complaints.decide(asked, CHEN, approve=False)
    assert not await complaints.decide(asked, BO, approve=False)


async def test_who_approved_it_when_it_was_held_does_not_judge_the_report(
    complaints: Complaints,
) -> None:
    held = await complaints.desk.held()
    asked = held.draft.request
    assert await complaints.desk.decide(held, BO)
    await complaints.desk.shown(held)
    await complaints.press(asked, DAN, "reported")
    assert not await complaints.decide(asked, BO, approve=True)
    assert Notice.DECIDED_BEFORE.text("en") in complaints.whispered(BO)
    assert not await complaints.desk.decide(held, CHEN)  # the old card's buttons are about nothing
    assert await complaints.decide(asked, CHEN, approve=False)


@pytest.mark.parametrize("state", ["held", "unknown"])
async def test_what_nobody_sees_is_not_reported(complaints: Complaints, state: str) -> None:
    asked = (await complaints.desk.held()).draft.request if state == "held" else request()
    await complaints.press(asked, DAN, "reported")
    assert complaints.whispered(DAN) == [Notice.NOT_REPORTABLE.text("en")]
    assert complaints.told(DAN) == []


async def test_the_shortcut_of_a_message_finds_its_request(complaints: Complaints) -> None:
    asked = await complaints.answered()
    here, ts = Destination(channel="C1"), complaints.own().ts
    await complaints.reporting.press(Press("report", "", DAN, here, "T1", "t", ts=ts))
    (form,) = complaints.desk.slack.forms
    assert form["private_metadata"] == asked.id.hex
    await complaints.reporting.press(Press("report", "", DAN, here, "T1", "t", ts="9.9"))
    assert complaints.whispered(DAN) == [Notice.NOT_REPORTABLE.text("en")]


async def test_people_of_other_workspaces_report_nothing(complaints: Complaints) -> None:
    asked = await complaints.answered()
    here = Destination(channel="C1")
    await complaints.reporting.press(Press("report", asked.id.hex, DAN, here, "T9", "t"))
    assert complaints.desk.slack.forms == []


async def test_all_parts_of_a_long_answer_are_taken_back(complaints: Complaints, db: str) -> None:
    asked = await complaints.answered(says="一段很长的话。" * 3000)
    slack = complaints.desk.slack
    parts = [(message.channel, message.ts) for message in slack.messages[1:]]
    assert len(parts) > 1
    await complaints.press(asked, DAN, "reported")
    slack.script["delete"] = [UNKNOWN, SlackRefused("ratelimited")]
    assert await complaints.decide(asked, BO, approve=False)
    await complaints.shown()
    assert sorted(slack.deleted) == parts[2:]
    for _ in range(2):  # what could not be removed then is removed now, once
        await complaints.reporting.look()
    assert sorted(slack.deleted) == parts
    agrees(db, sent=False)


async def test_reviewers_are_asked_later_where_they_could_not_be(complaints: Complaints) -> None:
    asked = await complaints.answered()
    complaints.desk.slack.script["post"] = [None, SlackRefused("not_in_channel")]
    await complaints.press(asked, DAN, "reported")
    assert complaints.cards == []
    await complaints.reporting.look()
    await complaints.reporting.look()
    assert len(complaints.cards) == 1
    (waiting,) = await complaints.desk.reviews.desk.waiting()
    assert (waiting.round, waiting.request_id) == (3, asked.id.hex)


async def test_a_report_is_no_appeal_and_does_not_expire(complaints: Complaints) -> None:
    asked = await complaints.answered()
    await complaints.press(asked, DAN, "reported")
    desk = complaints.desk.reviews.desk
    assert await desk.expire(1 << 60) == []
    assert not await desk.appeal(asked.id.hex, ANA)
    ruling = Ruling(approve=True, edit=(draft(asked, "x"), assessment(Text("x"))))
    assert await desk.decide(asked.id.hex, BO, ruling) == "decided"
