"""What reviewers do beside a plain yes or no: claim, edit, reject with a reason; appeal, expiry."""

from dataclasses import replace
from typing import Any

import pytest

from bot.intake.meanings import Decision, Press
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import CLAIM_MS, decisions
from bot.ledger.rows import LeaseLost, now_ms
from bot.views.notices import Notice
from bot.views.review import REASONS
from generators.draft import Destination, UserId, words
from moderation.gate import Held
from tests.bot.builders import ANA, BO, CHEN, Word, gate, request
from tests.bot.recorder import refused
from tests.bot.reviewing import Queue, queue
from tests.bot.shown import reads

HOUR_MS = 3_600_000
DAN = UserId("U4")


@pytest.fixture
def desk(ledger: Ledger) -> Queue:
    made = queue(ledger)
    made.slack.people = frozenset({BO, CHEN, DAN})
    return made


def edit(held: Held, who: UserId, text: str) -> Decision:
    name = held.draft.request.id.hex
    return Decision(name, who, approve=True, edit=text, trigger_id="t")


def reject(held: Held, who: UserId, reason: str = "inaccurate", note: str = "") -> Decision:
    return Decision(held.draft.request.id.hex, who, approve=False, reason=reason, note=note)


def whispered(desk: Queue, who: UserId) -> list[str]:
    return [page.text for _, user, page in desk.slack.ephemeral if user == who]


def own(desk: Queue) -> Any:
    """Return the one message of the person who asked."""
    (message,) = desk.slack.at("C1")
    return message


async def appealed(desk: Queue) -> Held:
    """Bring an answer to its second round."""
    held = await desk.held()
    assert await desk.reviews.decide(reject(held, BO))
    await desk.shown(held)
    await desk.press(held, ANA, "appeal")
    return held


async def test_who_claims_is_named_and_the_requester_is_told(desk: Queue) -> None:
    held = await desk.held()
    await desk.press(held, BO, "claim")
    (card,) = desk.slack.at("C9")
    (note,) = desk.slack.at("C9", thread_ts=card.ts)
    assert f"<@{BO}>" in reads(note.page)
    assert Notice.REVIEWING.text("en") in reads(own(desk).page)


async def test_what_one_claimed_no_other_decides_for_a_while(
    desk: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await desk.held()
    await desk.press(held, BO, "claim")
    assert not await desk.decide(held, CHEN)
    assert whispered(desk, CHEN) == [Notice.CLAIMED_ELSEWHERE.text("en")]
    later = now_ms() + CLAIM_MS
    monkeypatch.setattr("bot.ledger.reviewing.now_ms", lambda: later)
    await desk.press(held, CHEN, "claim")
    assert not await desk.decide(held, BO)
    assert await desk.decide(held, CHEN)


async def test_who_claims_twice_is_named_once(desk: Queue) -> None:
    held = await desk.held()
    await desk.press(held, BO, "claim")
    await desk.press(held, BO, "claim")
    assert len(desk.slack.messages) == 3, "the placeholder, the card, the note"


@pytest.mark.parametrize("what", ["claim", "edit", "reject"])
@pytest.mark.parametrize("who", [ANA, UserId("U99")])
async def test_neither_the_requester_nor_an_outsider_gets_a_form_or_claim(
    desk: Queue, what: str, who: UserId
) -> None:
    held = await desk.held()
    desk.slack.people = frozenset({BO})
    await desk.press(held, who, what)
    assert desk.slack.forms == []
    assert whispered(desk, who)
    assert await desk.decide(held, BO), "nothing is claimed"


async def test_the_form_holds_what_would_be_shown(desk: Queue) -> None:
    held = await desk.held(says="something doubtful 值得 <!channel> 🦊")
    await desk.press(held, BO, "edit")
    (form,) = desk.slack.forms
    assert form["blocks"][-1]["element"]["initial_value"] == "something doubtful 值得 <!channel> 🦊"


async def test_an_edit_is_what_is_shown(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.reviews.decide(edit(held, BO, "Something sound, and masked."))
    made = await desk.ledger.output(held.draft.request)
    assert made is not None
    assert words(made.content) == "Something sound, and [test.mask].", "it is judged, too"
    (card,) = desk.slack.at("C9")
    assert Notice.EDITED_CARD.text("en") in reads(card.page)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert (lease.state, lease.outcome) == ("ready", "delivered")


@pytest.mark.parametrize("text", ["still doubtful", "forbidden", "", "  "])
async def test_an_edit_that_would_not_pass_comes_back_with_its_words(
    desk: Queue, text: str
) -> None:
    held = await desk.held()
    assert not await desk.reviews.decide(edit(held, BO, text))
    (form,) = desk.slack.forms
    assert Notice.EDIT_REFUSED.text("en") in str(form["blocks"][0])
    assert form["blocks"][-1]["element"].get("initial_value", "") == text
    assert await desk.decide(held, BO), "it still waits"


@pytest.mark.parametrize("reason", REASONS)
async def test_the_requester_is_told_why_it_is_rejected(desk: Queue, reason: str) -> None:
    held = await desk.held()
    assert await desk.reviews.decide(reject(held, BO, reason))
    lease = await desk.ledger.claim()
    assert lease is not None
    assert (lease.outcome, lease.notice) == ("rejected", f"REJECTED_{reason.upper()}")
    assert lease.notice in Notice.__members__


async def test_a_reason_that_no_form_has_is_none(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.reviews.decide(reject(held, BO, "<!channel>"))
    lease = await desk.ledger.claim()
    assert lease is not None
    assert lease.notice == "REJECTED"


async def test_a_form_that_does_not_open_is_told(desk: Queue) -> None:
    held = await desk.held()
    desk.slack.script["open_form"] = [refused("expired_trigger_id")]
    await desk.press(held, BO, "reject")
    assert whispered(desk, BO) == [Notice.FORM_LOST.text("en")]


async def test_an_appeal_goes_to_another_reviewer(desk: Queue) -> None:
    held = await appealed(desk)
    first, second = desk.slack.at("C9")
    assert Notice.REJECTED_CARD.text("en") in reads(first.page)
    assert Notice.REVIEW_AGAIN.text("en") in reads(second.page)
    assert Notice.APPEALED.text("en") in reads(own(desk).page)
    assert not await desk.decide(held, BO)
    assert whispered(desk, BO) == [Notice.DECIDED_BEFORE.text("en")]
    assert not await desk.decide(held, ANA), "it is their own"
    assert await desk.decide(held, CHEN)
    assert Notice.APPROVED_CARD.text("en") in reads(second.page)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert lease.outcome == "delivered"


async def test_an_appeal_counts_before_it_is_written_down_that_the_rejection_is_shown(
    desk: Queue,
) -> None:
    held = await desk.held()
    assert await desk.reviews.decide(reject(held, BO))
    lease = await desk.ledger.claim()
    assert lease is not None
    await desk.press(held, ANA, "appeal")  # Slack shows the button while the worker still waits
    with pytest.raises(LeaseLost):
        await desk.ledger.done(lease, "rejected")
    assert whispered(desk, ANA) == []
    assert [item.round for item in await desk.reviews.desk.waiting()] == [2]
    assert await desk.decide(held, CHEN)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert lease.outcome == "delivered"


async def test_a_second_rejection_is_the_last(desk: Queue) -> None:
    held = await appealed(desk)
    assert await desk.reviews.decide(reject(held, CHEN))
    lease = await desk.ledger.claim()
    assert lease is not None
    assert (lease.outcome, lease.notice) == ("rejected", "REJECTED_AGAIN")
    await desk.ledger.done(lease, "rejected")
    await desk.press(held, ANA, "appeal")
    assert Notice.NOT_APPEALABLE.text("en") in whispered(desk, ANA)
    assert await desk.ledger.claim() is None


async def test_nobody_appeals_for_another_or_against_an_approval(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.reviews.decide(reject(held, BO))
    await desk.shown(held)
    await desk.press(held, CHEN, "appeal")
    other = await desk.held(request("another"))
    assert await desk.decide(other, BO)
    await desk.shown(other)
    await desk.press(other, ANA, "appeal")
    assert whispered(desk, CHEN) == whispered(desk, ANA) == [Notice.NOT_APPEALABLE.text("en")]
    assert await desk.reviews.desk.waiting() == []


async def test_a_rejection_has_the_button_to_appeal_and_others_have_not(desk: Queue) -> None:
    asked = request()
    await desk.ledger.accept(asked)
    place = await desk.reviews.delivery.place(asked)
    for item, has in ((Notice.REJECTED_OTHER, True), (Notice.REJECTED_AGAIN, False)):
        await desk.reviews.delivery.show(place, item, "")
        buttons = [block for block in own(desk).page.blocks if block["type"] == "actions"]
        assert bool(buttons) == has
        assert not has or buttons[0]["elements"][0]["value"] == asked.id.hex


async def test_what_nobody_decides_on_is_rejected(desk: Queue) -> None:
    held = await desk.held()
    await desk.reviews.look(now_ms() + 71 * HOUR_MS)
    assert await desk.ledger.claim() is None
    await desk.reviews.look(now_ms() + 73 * HOUR_MS)
    (card,) = desk.slack.at("C9")
    assert Notice.EXPIRED_CARD.text("en") in reads(card.page)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert (lease.outcome, lease.notice) == ("rejected", "REVIEW_EXPIRED")
    assert not await desk.decide(held, BO)


async def test_a_card_that_could_not_be_posted_comes_when_it_can(
    desk: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.posting.PATIENCE_S", 0)  # nothing is under way
    desk.slack.script["post"] = [None, refused("channel_not_found")]
    await desk.held()
    assert desk.slack.at("C9") == []
    await desk.reviews.look(now_ms())
    await desk.reviews.look(now_ms())
    (card,) = desk.slack.at("C9")
    assert "something doubtful" in reads(card.page)


async def test_a_later_card_shows_what_has_a_verdict_whatever_the_rules_are_by_then(
    desk: Queue,
) -> None:
    held = await desk.held(says="something doubtful about being late")
    assert await desk.reviews.decide(reject(held, BO))
    await desk.shown(held)
    stricter = gate(Word("late", "test.mask.late"))
    desk.reviews = replace(desk.reviews, gate=stricter)
    await desk.press(held, ANA, "appeal")
    _, again = desk.slack.at("C9")
    assert "something doubtful about being late" in reads(again.page)


async def test_a_reviewers_home_lists_what_waits_and_nobody_elses_does(desk: Queue) -> None:
    held = await desk.held()
    await desk.press(held, BO, "claim")
    (card,) = desk.slack.at("C9")
    listed = str(await desk.reviews.queue(CHEN))
    assert f"https://firm.slack.com/archives/C9/p{card.ts.replace('.', '')}" in listed
    assert held.draft.request.name in listed
    assert "test.hold" in listed
    assert f"<@{BO}> is looking" in listed
    assert "doubtful" not in listed
    assert await desk.reviews.queue(ANA) == ()


async def test_decisions_are_exported_with_what_they_were_about(desk: Queue) -> None:
    first, second = await desk.held(), await desk.held(request("another"))
    assert await desk.reviews.decide(edit(first, BO, "sound"))
    assert await desk.reviews.decide(reject(second, CHEN, "confidential", "names a client 客户"))
    book = desk.reviews.desk
    told = await book.writer.read(lambda session: list(decisions(session, book.keys)))
    assert [(one["decision"], one["text"], one["edited"], one["note"]) for one in told] == [
        ("edit", "something doubtful", "sound", None),
        ("reject", "something doubtful", None, "names a client 客户"),
    ]
    assert [one["categories"] for one in told] == [["test.hold"]] * 2
    assert told[1]["reason"] == "confidential"


async def test_a_press_on_nothing_does_nothing(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.decide(held, BO)
    for what in ("claim", "edit", "reject"):
        await desk.press(held, CHEN, what)
    assert whispered(desk, CHEN) == [Notice.NOT_YOURS.text("en")] * 3
    assert desk.slack.forms == []


async def test_an_appeal_from_a_private_message_is_refused_where_the_person_is(
    desk: Queue,
) -> None:
    held = await desk.held()
    press = (held.draft.request.id.hex, ANA, Destination(channel=""))
    await desk.reviews.press(Press("appeal", *press))
    assert desk.slack.ephemeral[-1][:2] == (ANA, ANA)
