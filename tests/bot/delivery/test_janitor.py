import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.janitor import DAY_MS, EVERY_S, LATELY_MS, Janitor
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import CARD
from bot.ledger.writer import Writer
from bot.views.notices import Notice
from generators.draft import Destination, Request
from tests.bot.builders import execute, request
from tests.bot.slack_server import SlackServer, refused

OPENING = Notice.WORKING.text("en")
THREAD = Destination(channel="C1", thread_ts="9.9")


async def _no_wait(_: float) -> None:
    return None


@pytest.fixture
def janitor(client: AsyncWebClient, writer: Writer) -> Janitor:
    return Janitor(reader=client, client=client, writer=writer, sleep=_no_wait)


@pytest.fixture
def say(server: SlackServer) -> Callable[..., None]:
    """Let Slack have these messages, in a thread and at the top level alike."""

    def have(*messages: dict[str, Any]) -> None:
        for method in ("conversations.replies", "conversations.history"):
            server.script[method] = [{"messages": list(messages)}]

    return have


def message(asked: Request, ts: str, text: str = OPENING, part: int = 0) -> dict[str, Any]:
    payload = {"request_id": asked.id.hex, "part": part}
    metadata = {"event_type": "atelier_message", "event_payload": payload}
    return {"ts": ts, "text": text, "metadata": metadata}


async def placed(ledger: Ledger, to: Destination = THREAD, ts: str = "1.5") -> Request:
    asked = request(reply_to=to)
    await ledger.accept(asked)
    await ledger.sending(asked, 0, to.channel)
    await ledger.sent(asked, 0, to.channel, ts)
    return asked


def deleted(server: SlackServer) -> list[str]:
    return [call["ts"] for call in server.calls["chat.delete"]]


@pytest.mark.parametrize(
    "text", [OPENING, "正在处理…", Notice.QUEUED.text("en", n=1200), "排队中，第 3 位…"]
)
async def test_a_second_placeholder_is_removed_and_the_first_stays(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any, text: str
) -> None:
    asked = await placed(ledger)
    say(message(asked, "1.5", "Five days."), message(asked, "2.5", text))
    assert await janitor.tidy(DAY_MS) == 1
    assert deleted(server) == ["2.5"]
    (call,) = server.calls["conversations.replies"]
    assert (call["channel"], call["ts"]) == ("C1", "9.9")


def streamed(asked: Request, ts: str, *texts: str) -> dict[str, Any]:
    """Return a message that was begun as a stream, and has no metadata yet."""
    task = {"type": "task_card", "task_id": f"atelier-{asked.id.hex}-0", "title": OPENING}
    said = [{"type": "markdown", "text": text} for text in texts]
    return {"ts": ts, "text": "".join(texts), "blocks": [task, *said]}


async def test_a_second_stream_is_removed_if_nothing_was_streamed_into_it(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any
) -> None:
    asked = await placed(ledger)
    say(message(asked, "1.5", "Five days."), streamed(asked, "2.5"), streamed(asked, "3.5", "Fi"))
    assert await janitor.tidy(DAY_MS) == 1
    assert deleted(server) == ["2.5"]


@pytest.mark.parametrize("text", ["Five days.", f"He said: {OPENING}", "", f"{OPENING} done"])
async def test_what_says_anything_else_is_never_removed(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any, text: str
) -> None:
    asked = await placed(ledger)
    say(message(asked, "1.5", OPENING), message(asked, "2.5", text))
    assert await janitor.tidy(DAY_MS) == 0
    assert deleted(server) == []


async def test_the_copy_goes_only_if_the_one_that_is_known_is_there(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any
) -> None:
    asked = await placed(ledger)
    say(message(asked, "2.5"), message(asked, "3.5"))
    assert await janitor.tidy(DAY_MS) == 0
    assert deleted(server) == []


async def test_a_message_under_way_is_left_alone(
    janitor: Janitor, ledger: Ledger, say: Any
) -> None:
    await placed(ledger)
    asked = request(reply_to=THREAD)
    await ledger.accept(asked)
    await ledger.sending(asked, 0, "C1")  # nobody knows yet which of the two will be it
    say(message(asked, "2.5"), message(asked, "3.5"))
    assert await janitor.tidy(DAY_MS) == 0


async def test_what_another_ledger_knows_is_not_ours_to_judge(
    janitor: Janitor, ledger: Ledger, say: Any
) -> None:
    await placed(ledger)
    stranger = request(id=UUID(int=7))
    say(message(stranger, "2.5"), message(stranger, "3.5"))
    assert await janitor.tidy(DAY_MS) == 0


@pytest.mark.parametrize("metadata", [None, {}, {"event_type": "theirs", "event_payload": {}}])
async def test_other_messages_are_not_looked_at(
    janitor: Janitor, ledger: Ledger, say: Any, metadata: object
) -> None:
    asked = await placed(ledger)
    say(message(asked, "1.5"), {"ts": "2.5", "text": OPENING, "metadata": metadata})
    assert await janitor.tidy(DAY_MS) == 0


async def test_later_parts_and_cards_are_found_where_they_are(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any
) -> None:
    top = await placed(ledger, Destination(channel="C1"))
    for part, ts in ((1, "1.6"), (CARD, "1.7")):
        await ledger.sending(top, part, "C1")
        await ledger.sent(top, part, "C1", ts)
    say(
        message(top, "1.6", "the rest", part=1),
        message(top, "2.6", "the rest", part=1),
        message(top, "1.7", "a card", part=CARD),
    )
    await janitor.tidy(DAY_MS)
    assert set(deleted(server)) == {"2.6"}
    assert [call["ts"] for call in server.calls["conversations.replies"]] == ["1.5"]
    assert len(server.calls["conversations.history"]) == 1


async def test_places_in_direct_messages_are_read_at_their_top_level(
    janitor: Janitor, ledger: Ledger, server: SlackServer, say: Any
) -> None:
    asked = request(reply_to=THREAD)
    await ledger.accept(asked)
    await ledger.sending(asked, 0, "C1")
    await ledger.sent(asked, 0, "D1", "1.5")
    say(message(asked, "1.5"))
    await janitor.tidy(DAY_MS)
    assert [call["channel"] for call in server.calls["conversations.history"]] == ["D1"]


async def test_what_is_older_is_not_read(
    janitor: Janitor, ledger: Ledger, server: SlackServer, db: str
) -> None:
    await placed(ledger)
    execute(db, "UPDATE send SET sent_ms = sent_ms - ?", DAY_MS)
    assert await janitor.tidy(DAY_MS) == 0
    assert not server.calls


async def test_a_place_that_is_closed_to_us_does_not_keep_the_others_untidy(
    janitor: Janitor, ledger: Ledger, server: SlackServer
) -> None:
    await placed(ledger, Destination(channel="C2", thread_ts="8.8"))
    asked = await placed(ledger)
    both = {"messages": [message(asked, "1.5"), message(asked, "2.5")]}
    server.script["conversations.replies"] = [refused("channel_not_found"), both]
    assert await janitor.tidy(DAY_MS) == 1


async def test_it_looks_at_a_day_first_and_then_every_hour(
    janitor: Janitor, ledger: Ledger, db: str, server: SlackServer, say: Any
) -> None:
    asked = await placed(ledger)
    execute(db, "UPDATE send SET sent_ms = sent_ms - ?", LATELY_MS + 60_000)
    say(message(asked, "1.5"))
    waits: list[float] = []
    twice = asyncio.Event()

    async def wait(wait_s: float) -> None:
        waits.append(wait_s)
        if waits.count(EVERY_S) == 2:
            twice.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(replace(janitor, pause_s=0.5, sleep=wait).run())
    await twice.wait()
    running.cancel()
    assert waits == [0.5, EVERY_S, EVERY_S]
    assert len(server.calls["conversations.replies"]) == 1
