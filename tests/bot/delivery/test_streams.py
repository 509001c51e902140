"""Answers that are streamed into their placeholder, over a Slack in memory."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery import marks
from bot.delivery.delivery import Delivery
from bot.delivery.posting import Place, Undeliverable
from bot.delivery.sessions import LONGEST_S, Sessions
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.delivery.streams import LIFE_S, REST_S, Streams
from bot.ledger.ledger import Ledger
from bot.views.live import LONGEST
from bot.views.mrkdwn import mrkdwn
from bot.views.notices import Notice
from generators.draft import Destination, Request
from moderation.gate import Cleared, Gate
from tests.bot.builders import ANA, draft, execute, request, rows
from tests.bot.delivery.showing import LONG, THREAD, accepted, cleared, held, only
from tests.bot.delivery.test_pacing import Moment
from tests.bot.recorder import UNKNOWN, Lost, Message, Recorder, Trouble, refused
from tests.bot.shown import reads


def asking(**given: Any) -> Request:
    usual: dict[str, Any] = {"team": "T1", "reply_to": THREAD}
    return request(**{**usual, **given})


async def placed(delivery: Delivery, ledger: Ledger, **given: Any) -> Place:
    return await delivery.place(await accepted(ledger, asking(**given)))


async def part(seals: Gate, place: Place, text: str) -> Cleared:
    verdict = await seals.review(draft(place.request, text), whole=False)
    assert isinstance(verdict, Cleared)
    return verdict


async def grown(delivery: Delivery, seals: Gate, place: Place, *texts: str) -> None:
    for text in texts:
        await delivery.show(place, await part(seals, place, text), "tiny")


async def ended(delivery: Delivery, seals: Gate, place: Place, text: str = "All of it.") -> None:
    await delivery.show(place, await cleared(seals, place.request, text), "tiny")


def final(slack: Recorder) -> Message:
    """Return the one message, which is an ordinary one that says who it stands for."""
    message = only(slack)
    assert not message.streaming
    assert marks.key_of({"metadata": message.metadata}) is not None
    return message


async def test_a_placeholder_in_a_thread_is_a_stream_with_one_task(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    assert slack.calls == {"start_stream": 1}
    (task,) = only(slack).chunks
    assert (task["type"], task["title"]) == ("task_update", Notice.WORKING.text("en"))
    assert task["id"] == marks.task_id((place.request.id.hex, 0))
    assert (place.channel, place.ts) == ("C1", only(slack).ts)
    assert await delivery.place(place.request) == place
    assert slack.calls == {"start_stream": 1}


async def test_an_answer_is_streamed_as_it_grows_and_ends_as_any_other(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    await delivery.progress(place, Notice.WRITING)
    await grown(delivery, seals, place, "Fünf ", "Fünf Tage 退款 ", "Fünf Tage 退款 🎉 ")
    assert only(slack).streamed == "Fünf Tage 退款 🎉 "
    assert slack.calls["update"] == 0
    await ended(delivery, seals, place, "Fünf Tage 退款 🎉 مرحبا.")
    assert slack.calls["stop_stream"] == slack.calls["update"] == 1
    assert reads(final(slack).page).startswith("Fünf Tage 退款 🎉 مرحبا.\nAI-generated · tiny")


async def test_progress_is_told_by_the_task_and_once(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger, prompt="退款需要多久？")
    for item in (Notice.WRITING, Notice.WRITING, Notice.WAITING):
        await delivery.progress(place, item)
    titles = [chunk["title"] for chunk in only(slack).chunks]
    told = (Notice.WORKING, Notice.WRITING, Notice.WAITING)
    assert titles == [item.text("zh") for item in told]


@pytest.mark.parametrize(
    "given",
    [
        {"team": ""},
        {"reply_to": Destination(channel="C1")},
        {"reply_to": Destination(channel="D1")},
        {"reply_to": Destination(channel=ANA)},
    ],
)
async def test_outside_of_threads_nothing_is_streamed(
    delivery: Delivery, slack: Recorder, ledger: Ledger, given: dict[str, object]
) -> None:
    await placed(delivery, ledger, **given)
    assert slack.calls["start_stream"] == 0
    assert slack.calls["post"] == 1


async def test_what_waits_in_line_is_not_streamed(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    await delivery.place(await accepted(ledger, asking()), Notice.QUEUED, n=3)
    assert slack.calls["start_stream"] == 0
    assert slack.sessions == [("C1", "9.9", "processing")]


async def test_what_is_refused_at_once_is_not_streamed(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await delivery.place(await accepted(ledger, asking()), Notice.CHECKING)
    await delivery.show(place, Notice.BUSY, "", n=5)
    assert slack.calls == {"post": 1, "update": 1}


async def test_a_session_rests_once_all_of_the_thread_is_done(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    slack.script["start_stream"] = [refused("unknown_method")]
    places = [await placed(delivery, ledger) for _ in range(2)]
    for place in places:
        await delivery.progress(place, Notice.WRITING)
    for place in places:
        await ended(delivery, seals, place)
    statuses = [status for *_, status in slack.sessions]
    assert statuses == ["processing", "processing", "active"]


async def test_work_that_ended_elsewhere_keeps_no_session_busy(slack: Recorder) -> None:
    moment = Moment()
    sessions, lost, mine = Sessions(slack, moment.now), asking(), asking()
    await sessions.busy(lost)
    moment.at += LONGEST_S
    await sessions.busy(mine)
    await sessions.rest(mine)
    assert [status for *_, status in slack.sessions] == ["processing", "processing", "active"]


async def test_without_room_the_placeholder_is_posted(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    slack.crowded = True
    await placed(delivery, ledger)
    assert slack.calls == {"post": 1}


@pytest.mark.parametrize("code", ["channel_type_not_supported", "ratelimited", "is_archived"])
async def test_what_slack_does_not_stream_is_posted(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, code: str
) -> None:
    slack.script["start_stream"] = [refused(code)]
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, "One part. ")
    await ended(delivery, seals, place)
    assert reads(final(slack).page).startswith("All of it.")
    await placed(delivery, ledger)
    assert slack.calls["start_stream"] == 2, "the next one may be streamed"


async def test_a_workspace_without_streams_is_asked_once_an_hour(slack: Recorder) -> None:
    moment = Moment()
    streams = Streams(slack, moment.now)
    slack.script["start_stream"] = [refused("unknown_method")]
    for _ in range(3):
        assert await streams.start(asking(), ("a", 0), "On it…") == ""
    assert slack.calls["start_stream"] == 1
    moment.at += REST_S + 1
    assert await streams.start(asking(), ("a", 0), "On it…")


async def test_a_start_whose_answer_was_lost_is_found_and_ended(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    slack.script["start_stream"] = [Lost()]
    place = await placed(delivery, ledger)
    assert place.ts == only(slack).ts
    await grown(delivery, seals, place, "One part. ")
    assert only(slack).streamed == "", "nobody knows that it is open"
    await ended(delivery, seals, place)
    assert reads(final(slack).page).startswith("All of it.")


async def test_a_start_that_did_not_happen_becomes_a_post(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    slack.script["start_stream"] = [UNKNOWN]
    await placed(delivery, ledger)
    assert slack.calls["post"] == 1
    assert not only(slack).streaming


@pytest.mark.parametrize("trouble", [UNKNOWN, Lost(), refused("internal_error")])
async def test_after_an_append_with_an_unknown_end_nothing_more_is_streamed(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, trouble: Trouble
) -> None:
    place = await placed(delivery, ledger)
    slack.script["append_stream"] = [trouble]
    await grown(delivery, seals, place, "One. ", "One. Two. ", "One. Two. Three. ")
    assert slack.calls["append_stream"] == 1
    assert reads(only(slack).page).startswith("One. Two. Three.")
    await ended(delivery, seals, place)
    assert reads(final(slack).page).startswith("All of it.")


@pytest.mark.parametrize(
    "texts",
    [
        ("One. ", "Another beginning. "),
        ("My name is x ", "My name is [redacted] "),
        ("One. ", "One. See https://a.example/x "),
        ("One. ", "One. <!channel> "),
        ("One. ", "One. [here](mailto:a) "),
        ("One. ", "One. R&amp;D "),
        ("One. ", "One. " + "word " * (LONGEST // 5)),
    ],
)
async def test_what_a_stream_cannot_show_ends_it_and_goes_on_by_changes(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, texts: tuple[str, str]
) -> None:
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, *texts)
    message = only(slack)
    assert (message.streamed, message.streaming) == (texts[0], False)
    assert Notice.WRITING.text("en") in reads(message.page)
    await ended(delivery, seals, place)
    assert reads(final(slack).page).startswith("All of it.")


async def test_an_old_stream_is_ended_before_slack_does_it(slack: Recorder) -> None:
    moment = Moment()
    streams = Streams(slack, moment.now)
    ts = await streams.start(asking(), ("a", 0), "On it…")
    assert await streams.extend("C1", ts, "One. ")
    moment.at += LIFE_S
    assert not await streams.extend("C1", ts, "One. Two. ")
    assert not await streams.tell("C1", ts, "Writing…")
    assert await streams.finish("C1", ts) == ("a", 0)
    assert only(slack).streamed == "One. "


async def test_two_parts_at_once_are_appended_in_order(slack: Recorder) -> None:
    streams = Streams(slack)
    ts = await streams.start(asking(), ("a", 0), "On it…")
    texts = ["One. ", "One. Two. ", "One. Two. Three. "]
    done = await asyncio.gather(*(streams.extend("C1", ts, text) for text in texts))
    assert done == [True] * 3
    assert only(slack).streamed == texts[-1]


async def test_nothing_is_appended_after_the_end(slack: Recorder) -> None:
    streams = Streams(slack)
    ts = await streams.start(asking(), ("a", 0), "On it…")
    ending, more = streams.finish("C1", ts), streams.extend("C1", ts, "One. ")
    assert await asyncio.gather(ending, more) == [("a", 0), False]
    assert only(slack).streamed == ""


async def test_a_crowded_slack_gets_the_later_part_only(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    slack.crowded = True
    await grown(delivery, seals, place, "One. ")
    slack.crowded = False
    await grown(delivery, seals, place, "One. Two. ")
    assert [chunk.get("text") for chunk in only(slack).chunks[1:]] == ["One. Two. "]


@pytest.mark.parametrize("item", [Notice.BLOCKED, Notice.HELD, Notice.FAILED])
async def test_what_was_streamed_is_replaced_when_the_rest_does_not_pass(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, item: Notice
) -> None:
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, "A good sentence. ")
    await delivery.show(place, item, "")
    assert reads(final(slack).page).startswith(item.text("en"))
    waits = [("C1", "9.9", "suspended")] if item is Notice.HELD else []
    assert slack.sessions == waits, "the end of a stream sets it otherwise"


@pytest.mark.parametrize("decision", [Notice.REJECTED, Notice.REVIEW_EXPIRED])
async def test_a_thread_waits_no_more_once_a_reviewer_has_decided(
    delivery: Delivery, slack: Recorder, ledger: Ledger, decision: Notice
) -> None:
    place = await placed(delivery, ledger)
    await delivery.show(place, Notice.HELD, "")
    await delivery.show(place, decision, "")
    await delivery.show(place, decision, "")
    assert slack.sessions == [("C1", "9.9", "suspended"), ("C1", "9.9", "active")]


@pytest.mark.parametrize("trouble", [None, Lost(), UNKNOWN])
async def test_a_stream_that_a_killed_process_left_open_is_ended_by_the_next(
    slack: Recorder, seals: Gate, ledger: Ledger, db: str, trouble: Trouble
) -> None:
    killed, other = (Delivery(slack, seals, ledger, settle_s=0.0) for _ in range(2))
    place = await placed(killed, ledger)
    await grown(killed, seals, place, "Half an answ")
    if trouble is not None:  # it did not even hear that the stream had begun
        execute(db, "UPDATE send SET ts = NULL, sent_ms = 0")
    slack.script["stop_stream"] = [trouble]
    again = await other.place(place.request)
    assert again.ts == place.ts
    for _ in range(2):
        try:
            await ended(other, seals, again, "Another answer.")
        except OutcomeUnknown:
            continue
    assert reads(final(slack).page).startswith("Another answer.")
    assert slack.calls["post"] == 0


async def test_a_stream_that_slack_ended_by_itself_still_says_whom_it_stands_for(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    only(slack).stopped = True  # its process was killed, and its five minutes are over
    later = Delivery(slack, seals, ledger, settle_s=0)
    await ended(later, seals, await later.place(place.request))
    assert marks.key_of({"metadata": final(slack).metadata}) == (place.request.id.hex, 0)


async def test_a_stream_that_cannot_be_ended_is_no_end_of_the_request(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    slack.script["stop_stream"] = [refused("message_limit_exceeded")] * 2
    with pytest.raises(OutcomeUnknown):
        await ended(delivery, seals, place)
    await ended(delivery, seals, place)
    assert reads(final(slack).page).startswith("All of it.")


async def test_the_person_pressed_stop_and_the_end_is_still_one_message(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, "One. ")
    only(slack).stopped = True
    await grown(delivery, seals, place, "One. Two. ")
    await delivery.show(place, Notice.STOPPED, "")
    assert reads(final(slack).page).startswith(Notice.STOPPED.text("en"))
    assert slack.sessions == [("C1", "9.9", "active")]


async def test_a_long_answer_that_was_streamed_follows_in_the_thread(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, LONG[:500], LONG[:20_000])
    await ended(delivery, seals, place, LONG)
    shown = "".join(reads(message.page) for message in slack.messages)
    assert all(shown.count(f"Paragraph {n}.") == 1 for n in range(60))
    assert {message.thread_ts for message in slack.messages} == {"9.9"}


async def test_an_answer_that_moves_leaves_nothing_of_the_stream(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    await grown(delivery, seals, place, "One. ")
    aside = await delivery.move(place)
    there = slack.at("C1", thread_ts="9.9")[0]
    assert reads(there.page).startswith(Notice.MOVED.text("en"))
    await delivery.show(aside, await cleared(seals, aside.request), "tiny")
    assert "Five days." in reads(slack.at(f"D{ANA}")[0].page)


async def test_what_a_reviewer_must_see_first_is_not_streamed(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    place = await placed(delivery, ledger)
    await delivery.ask_reviewers(await held(seals, place.request), "C9", "<@U1>")
    assert slack.calls["start_stream"] == 1


async def test_the_row_is_written_before_the_stream_begins(
    delivery: Delivery, slack: Recorder, ledger: Ledger, db: str
) -> None:
    slack.script["start_stream"] = [refused("no")]
    slack.script["post"] = [RuntimeError("the process dies")]
    with pytest.raises(RuntimeError):
        await placed(delivery, ledger)
    assert rows(db, "SELECT part, ts FROM send") == [(0, None)]


async def test_a_look_that_fails_is_not_a_message_that_is_not_there(
    slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    slack.script["start_stream"] = [Lost()]
    slack.script["find"] = [refused("internal_error"), refused("not_in_channel")]
    asked = await accepted(ledger, asking())
    delivery = Delivery(slack, seals, ledger, settle_s=0.0)
    with pytest.raises(SlackRefused, match="internal_error"):
        await delivery.place(asked)
    assert len(slack.messages) == 1
    again = Delivery(slack, seals, ledger, settle_s=0.0)
    await again.place(asked)
    assert len(slack.messages) == 2, "in a channel that we are not in it cannot be"


TEXTS = st.lists(
    st.sampled_from(["One. ", "退款 ", "🎉 ", "<!x> ", "https://a ", "مرحبا "]), min_size=1
)
TROUBLES = st.lists(
    st.sampled_from([None, None, None, Lost(), UNKNOWN, refused("internal_error")]), max_size=4
)
CALLS = ("start_stream", "append_stream", "stop_stream", "update", "post", "find")


@pytest.mark.thorough
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=TEXTS,
    troubles=st.fixed_dictionaries(dict.fromkeys(CALLS, TROUBLES)),
    handovers=st.sets(st.integers(0, 5)),
)
async def test_whatever_goes_wrong_the_end_is_one_whole_message(
    ledger: Ledger, seals: Gate, texts: list[str], troubles: dict[str, Any], handovers: set[int]
) -> None:
    """Calls fail or get lost, processes die, answers begin anew: people read it all once."""
    slack = Recorder(script={name: list(script) for name, script in troubles.items()})
    asked = await accepted(ledger, asking())
    whole, appended = "".join(texts), set[str]()
    delivery = Delivery(slack, seals, ledger, settle_s=0.0)
    for attempt in range(40):
        if attempt in handovers:
            delivery = Delivery(slack, seals, ledger, settle_s=0.0)
        with suppress(OutcomeUnknown, SlackRefused, Undeliverable):
            place = await delivery.place(asked)
            for count in range(1, len(texts)):
                await grown(delivery, seals, place, "".join(texts[:count]))
                appended |= {message.streamed for message in slack.messages}
            await ended(delivery, seals, place, whole)
            break
    assert marks.key_of(final(slack).raw) == (asked.id.hex, 0)
    assert "".join(reads(final(slack).page).split()).startswith("".join(mrkdwn(whole).split()))
    assert all(whole.startswith(text) for text in appended)
    assert not any("<" in text or ":" in text for text in appended)
