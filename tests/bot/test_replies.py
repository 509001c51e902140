"""The buttons of a drafted reply: who may send, what is sent, and that it is sent once."""

from dataclasses import replace

import pytest

from bot.delivery.slack import SlackRefused
from bot.intake.meanings import Press
from bot.ledger.ledger import Ledger
from bot.ledger.replying import Choice
from bot.ledger.rows import now_ms
from bot.replies import distance
from bot.roles import Access
from bot.views.notices import Notice
from generators.draft import ContextUnavailable, Destination, UserId
from generators.draft import Line as Said
from generators.support.abstaining import no_draft
from tests.bot.builders import ANA, BO, CHEN, assessment, request, rows
from tests.bot.counter import LETTER, SECRET, SENT, THREAD, Counter
from tests.bot.line import agrees
from tests.bot.recorder import Lost


@pytest.fixture
def counter(ledger: Ledger) -> Counter:
    return Counter(ledger)


def state(db: str) -> tuple[str, str, str]:
    ((decision, who, state),) = rows(db, "SELECT decision, decided_by, state FROM reply")
    return decision, who, state


async def test_what_is_approved_is_sent_without_citations_and_notes(
    counter: Counter, db: str
) -> None:
    asked = await counter.drafted()
    await counter.press("reply_send", asked)
    (message,) = counter.sent
    assert message.page.blocks[0]["text"]["text"] == SENT
    assert f"<@{BO}>" in str(message.page.blocks[-1])
    assert state(db) == ("send", BO, "sent")
    assert counter.slack.messages[0].page.text == Notice.REPLY_SENT.text("en")
    assert rows(db, "SELECT count(*) FROM audit_log WHERE action = 'reply_send'") == [(1,)]
    agrees(db)


async def test_two_presses_send_once(counter: Counter, ledger: Ledger, db: str) -> None:
    asked = await counter.drafted()
    other = Counter(ledger, slack=counter.slack)  # another bot on the same database
    await counter.press("reply_send", asked)
    await other.press("reply_send", asked, CHEN)
    assert len(counter.sent) == 1
    assert counter.told == [Notice.REPLY_DECIDED.text("en")]
    assert state(db) == ("send", BO, "sent")


async def test_only_the_first_of_two_decisions_at_once_counts(counter: Counter) -> None:
    asked = await counter.drafted()
    found = await counter.replies.pending(asked.id.hex)
    assert found is not None
    press = Press("reply_send", asked.id.hex, CHEN, Destination(channel="D3"))
    await counter.press("reply_send", asked)
    await counter.replying._send(press, found, THREAD)  # it had looked before
    assert len(counter.sent) == 1
    assert counter.told == [Notice.REPLY_DECIDED.text("en")]


async def test_an_edit_is_sent_and_measured(counter: Counter, db: str) -> None:
    asked = await counter.drafted()
    await counter.press("reply_edit", asked)
    (form,) = counter.slack.forms
    (field_,) = (block for block in form["blocks"] if block["type"] == "input")
    assert field_["element"]["initial_value"] == LETTER
    await counter.press("reply_edited", asked, said="您好，14天内退款。🙂 [1]")
    (message,) = counter.sent
    assert message.page.blocks[0]["text"]["text"] == "您好，14天内退款。🙂"
    assert state(db)[0] == "edit"
    ((thousandths, text),) = rows(db, "SELECT distance, text FROM reply")
    assert thousandths > 500
    assert "退款".encode() not in bytes(text)
    agrees(db)


@pytest.mark.parametrize(
    ("who", "item"), [(ANA, Notice.REPLY_DECIDED), (UserId("U7"), Notice.REPLY_DECIDED)]
)
async def test_others_decide_nothing(counter: Counter, who: UserId, item: Notice) -> None:
    asked = await counter.drafted()
    for what in ("reply_send", "reply_shorter", "reply_rejected", "reply_hand_over"):
        await counter.press(what, asked, who)
    assert not counter.sent
    assert counter.told == [item.text("en")] * 4
    assert await counter.replies.pending(asked.id.hex) is not None


async def test_who_drafted_it_and_is_no_approver_does_not_send(counter: Counter) -> None:
    asked = await counter.drafted(user=ANA)
    for what in ("reply_send", "reply_edit", "reply_edited", "reply_hand_over"):
        await counter.press(what, asked, ANA, said="x")
    assert not counter.sent
    assert not counter.slack.forms
    assert counter.told == [Notice.NOT_AN_APPROVER.text("en")] * 4


async def test_a_newer_message_makes_it_stale_and_another_draft_knows_it(
    counter: Counter, ledger: Ledger, db: str
) -> None:
    asked = await counter.drafted()
    counter.reading.context += (Said("ana", "And now?", "901.0"),)
    await counter.press("reply_send", asked)
    await counter.press("reply_edited", asked, said="x")
    assert not counter.sent
    assert counter.told == [Notice.REPLY_STALE.text("en")] * 2
    for _ in range(2):
        await counter.press("reply_again", asked)
    anew = await ledger.claim("greet")
    assert anew is not None
    assert anew.request.about == THREAD
    assert anew.request.flags == {"style": "again"}
    assert await ledger.claim("greet") is None
    assert counter.woken == [True]
    assert state(db) == ("again", BO, "closed")


async def test_a_thread_that_cannot_be_read_is_not_answered(counter: Counter) -> None:
    asked = await counter.drafted()
    counter.reading.trouble = ContextUnavailable("C7")
    await counter.press("reply_send", asked)
    assert counter.told == [Notice.REPLY_UNREAD.text("en")]
    assert not counter.sent


async def test_what_the_gate_doubts_comes_back_as_a_form(counter: Counter, db: str) -> None:
    asked = await counter.drafted()
    await counter.press("reply_edited", asked, said="something doubtful")
    (form,) = counter.slack.forms
    assert Notice.REPLY_HELD.text("en") in str(form)
    assert "something doubtful" in str(form)
    assert not counter.sent
    held = "SELECT count(*) FROM verdict WHERE action = 'hold'"
    assert rows(db, held) == [(1,)]
    assert await counter.replies.pending(asked.id.hex) is not None
    agrees(db)


async def test_what_stands_in_an_internal_article_is_flagged_before(counter: Counter) -> None:
    asked, said = await counter.drafted(), f"Hello. {SECRET.text}"
    await counter.press("reply_edited", asked, said=said)
    (form,) = counter.slack.forms
    assert Notice.REPLY_INTERNAL.text("en") in str(form)
    assert form["private_metadata"] == f"{asked.id.hex} known"
    assert not counter.sent
    await counter.press("reply_edited", asked, said=said, reason="known")
    assert len(counter.sent) == 1


async def test_an_unedited_draft_is_flagged_alike(counter: Counter) -> None:
    said = f"Hello. {SECRET.text}"
    asked = await counter.drafted(f"{said} [1]\n\n— — —\n\nSources:\n[1] Goodwill (i)")
    await counter.press("reply_send", asked)
    (form,) = counter.slack.forms
    assert Notice.REPLY_INTERNAL.text("en") in str(form)
    assert not counter.sent
    assert await counter.replies.pending(asked.id.hex) is not None
    await counter.press("reply_edited", asked, said=said, reason="known")
    assert len(counter.sent) == 1


async def test_what_a_public_article_says_too_is_not_flagged(counter: Counter) -> None:
    counter.articles.found = (SECRET, replace(SECRET, public=True))
    asked = await counter.drafted()
    await counter.press("reply_edited", asked, said=SECRET.text)
    assert len(counter.sent) == 1


async def test_a_channel_that_strangers_read_gets_nothing_unless_the_settings_say(
    counter: Counter,
) -> None:
    asked = await counter.drafted()
    counter.slack.shared["C7"] = ["T1", "T9"]
    await counter.press("reply_send", asked)
    assert counter.told == [Notice.REPLY_SHARED.text("en")]
    open_ = replace(counter.replying.roles, access=Access(strangers=True))
    counter.replying = replace(counter.replying, roles=open_)
    await counter.press("reply_send", asked)
    assert len(counter.sent) == 1


async def test_a_rejection_keeps_its_reason(counter: Counter, db: str) -> None:
    asked = await counter.drafted()
    await counter.press("reply_reject", asked)
    assert "outdated" in str(counter.slack.forms)
    await counter.press("reply_rejected", asked, reason="outdated")
    await counter.press("reply_rejected", asked, reason="other")
    await counter.press("reply_send", asked)
    assert rows(db, "SELECT decision, reason, state FROM reply") == [
        ("reject", "outdated", "closed")
    ]
    assert not counter.sent


async def test_a_post_whose_answer_is_lost_is_found_and_not_repeated(
    counter: Counter, db: str
) -> None:
    asked = await counter.drafted()
    counter.slack.script["post"] = [Lost()]
    await counter.press("reply_send", asked)
    assert len(counter.sent) == 1
    assert state(db)[2] == "sent"


async def test_what_a_bot_that_died_had_decided_is_sent_by_the_next(
    counter: Counter, db: str
) -> None:
    asked = await counter.drafted()
    choice = Choice(decision="send", sent=assessment(SENT), sends=True)
    assert await counter.replies.decide(asked.id.hex, BO, choice)
    await counter.replying.look(now_ms() - 60_000)
    assert not counter.sent  # whoever decided may be sending it
    for _ in range(2):
        await counter.replying.look(now_ms() + 1)
    assert [message.page.blocks[0]["text"]["text"] for message in counter.sent] == [SENT]
    assert state(db)[2] == "sent"
    agrees(db)


async def test_what_todays_rules_would_hold_is_not_sent_later(counter: Counter, db: str) -> None:
    asked = await counter.drafted()
    choice = Choice(decision="send", sent=assessment("something doubtful"), sends=True)
    assert await counter.replies.decide(asked.id.hex, BO, choice)
    await counter.replying.look(now_ms() + 1)
    assert not counter.sent
    assert state(db)[2] == "lost"


async def test_what_slack_does_not_take_is_said_not_to_be_sent(counter: Counter, db: str) -> None:
    asked = await counter.drafted()
    counter.slack.script["post"] = [SlackRefused("is_archived")]
    await counter.press("reply_send", asked)
    assert state(db)[2] == "lost"
    assert counter.slack.messages[0].page.text == Notice.REPLY_LOST.text("en")


async def test_where_there_is_no_draft_a_person_takes_over(counter: Counter, db: str) -> None:
    asked = await counter.drafted(no_draft("customer_request", "转人工"))
    await counter.press("reply_hand_over", asked)
    (message,) = counter.sent
    assert message.page.text == Notice.REPLY_HANDED.text("zh")
    assert state(db) == ("hand_over", BO, "sent")
    agrees(db)


async def test_no_draft_has_no_words_to_send(counter: Counter) -> None:
    asked = await counter.drafted(no_draft("missing_knowledge", "Refund?"))
    await counter.press("reply_send", asked)
    assert not counter.sent
    assert await counter.replies.pending(asked.id.hex) is not None


async def test_a_form_that_comes_too_late_is_said_to_be_lost(counter: Counter) -> None:
    asked = await counter.drafted()
    counter.slack.script["open_form"] = [SlackRefused("expired_trigger_id")]
    await counter.press("reply_edit", asked)
    assert counter.told == [Notice.FORM_LOST.text("en")]


async def test_what_is_unknown_or_was_of_no_thread_is_nothing_to_decide(counter: Counter) -> None:
    await counter.press("reply_send", request())
    assert counter.told == [Notice.REPLY_DECIDED.text("en")]


@pytest.mark.parametrize(
    ("drafted", "sent", "far"),
    [("a", "a", 0), ("", "", 0), ("", "x", 1000), ("退款需要5天。🙂", "退款需要6天。🙂", 125)],
)
def test_how_far_an_edit_is_from_its_draft(drafted: str, sent: str, far: int) -> None:
    assert distance(drafted, sent) == far
