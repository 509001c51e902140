from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake.events import Reader
from bot.intake.reading import Reading
from generators.draft import (
    ContextUnavailable,
    Destination,
    EngineUnavailable,
    GenerationError,
    Line,
    Request,
)
from tests.bot.builders import VERBS, request
from tests.bot.payloads import BOT, TEAM, mention
from tests.bot.slack_server import BROKEN, Answer, SlackServer, refused

THREAD = Destination(channel="C1", thread_ts="1.0")


def told(ts: str, text: str, **given: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "team": TEAM, "ts": ts, "text": text, **given}


def ours(ts: str, request_id: str = "", **given: Any) -> dict[str, Any]:
    sent = {"event_type": "atelier_message", "event_payload": {"request_id": request_id}}
    return told(ts, "On it…", user=BOT, bot_id="B1", metadata=sent, **given)


@pytest.fixture
def reading(server: SlackServer, client: AsyncWebClient) -> Reading:
    server.script["users.info"] = [{"user": {"profile": {"display_name": "ana"}}}]
    return Reading(client=client, verbs=VERBS, team_url="https://w.slack.com/")


async def texts(reading: Reading, asked: Request) -> list[str]:
    return [line.text for line in (await reading.gather(asked)).context]


async def test_a_thread_is_read_as_lines(server: SlackServer, reading: Reading) -> None:
    server.script["conversations.replies"] = [
        {"messages": [told("1.0", "Ship &lt;it&gt; <https://a.example|now>"), told("1.5", "好的")]}
    ]
    asked = await reading.gather(request("why?", reply_to=THREAD))
    assert asked.context == (
        Line("ana", "Ship <it> https://a.example", "1.0", "https://w.slack.com/archives/C1/p10"),
        Line("ana", "好的", "1.5", "https://w.slack.com/archives/C1/p15"),
    )
    call = server.calls["conversations.replies"][0]
    assert (call["channel"], call["ts"]) == ("C1", "1.0")


async def test_a_reply_links_to_its_thread(server: SlackServer, reading: Reading) -> None:
    server.script["conversations.replies"] = [{"messages": [told("1.5", "yes", thread_ts="1.0")]}]
    (line,) = (await reading.gather(request(reply_to=THREAD))).context
    assert line.link == "https://w.slack.com/archives/C1/p15?thread_ts=1.0&cid=C1"


async def test_a_person_is_looked_up_once(server: SlackServer, reading: Reading) -> None:
    server.script["conversations.replies"] = [
        {"messages": [told("1.0", "a"), told("1.5", "b"), told("1.6", "c", user="")]}
    ]
    lines = (await reading.gather(request(reply_to=THREAD))).context
    assert [line.author for line in lines] == ["ana", "ana", "somebody"]
    assert len(server.calls["users.info"]) == 1


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"real_name": "Ana Lim", "profile": {"display_name": ""}}, "Ana Lim"),
        ({"real_name": "Ana Lim", "profile": {"display_name": "陈"}}, "陈"),
        ({}, "somebody"),
    ],
)
async def test_a_person_is_called_as_they_like(
    server: SlackServer, reading: Reading, person: dict[str, Any], name: str
) -> None:
    server.script["users.info"] = [{"user": person}]
    server.script["conversations.replies"] = [{"messages": [told("1.0", "a")]}]
    (line,) = (await reading.gather(request(reply_to=THREAD))).context
    assert line.author == name


async def test_outside_a_thread_nothing_is_read(server: SlackServer, reading: Reading) -> None:
    asked = request("why?")
    assert await reading.gather(asked) is asked
    translated = request("你好", verb="translate", reply_to=THREAD)
    assert await reading.gather(translated) is translated
    assert not server.calls


async def test_what_belongs_to_the_machinery_is_left_out(
    server: SlackServer, reading: Reading
) -> None:
    asked = request("why?", reply_to=THREAD)
    server.script["conversations.replies"] = [
        {
            "messages": [
                told("1.0", "We ship on Friday."),
                told("1.1", "bo has joined", subtype="channel_join"),
                told("1.2", "Also to the channel.", subtype="thread_broadcast"),
                ours("1.3", "another request"),
                ours("1.5", asked.id.hex),
            ]
        }
    ]
    assert await texts(reading, asked) == [
        "We ship on Friday.",
        "Also to the channel.",
        "On it…",
    ]


@pytest.mark.parametrize("text", ["summarise", "ask: why?", "imagine a cat --seed 7"])
async def test_the_message_that_asks_is_not_material(
    server: SlackServer, reading: Reading, text: str
) -> None:
    asks = mention(text, thread_ts="1.0", ts="1.4")
    asked = Reader(VERBS, BOT).meaning(asks)
    assert isinstance(asked, Request)
    asked = request(asked.prompt, id=asked.id, reply_to=THREAD)
    server.script["conversations.replies"] = [
        {"messages": [told("1.0", "We ship on Friday."), told("1.4", asks["event"]["text"])]}
    ]
    assert await texts(reading, asked) == ["We ship on Friday."]


async def test_a_channel_is_read_with_its_threads_in_order(
    server: SlackServer, reading: Reading
) -> None:
    server.script["conversations.history"] = [
        {
            "messages": [
                told("3.0", "last"),
                told("2.0", "bot", bot_id="B2"),
                told("1.0", "first", thread_ts="1.0", reply_count=1),
            ]
        }
    ]
    server.script["conversations.replies"] = [
        {"messages": [told("1.0", "first", thread_ts="1.0"), told("9.0", "re", thread_ts="1.0")]}
    ]
    assert await texts(reading, request("", verb="digest")) == ["first", "re", "last"]


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("48", 48),
        ("48h", 48),
        ("", 24),
        ("0", 24),
        ("-3", 24),
        ("soon", 24),
        ("٣", 3),
        ("99999", 720),
        ("9" * 5000, 720),
    ],
)
async def test_how_far_back_a_channel_is_read(
    server: SlackServer,
    reading: Reading,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    hours: int,
) -> None:
    monkeypatch.setattr("bot.intake.reading.time.time", lambda: 10_000_000.0)
    server.script["conversations.history"] = [{"messages": list[str]()}]
    await reading.gather(request("", verb="digest", flags={"hours": said}))
    oldest = float(server.calls["conversations.history"][0]["oldest"])
    assert (10_000_000.0 - oldest) / 3600 == hours


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("not_in_channel"), ContextUnavailable),
        (refused("channel_not_found"), ContextUnavailable),
        (refused("missing_scope"), ContextUnavailable),
        (refused("internal_error", 500), EngineUnavailable),
        (refused("service_unavailable", 503), EngineUnavailable),
        (Answer("<html>", 502), EngineUnavailable),
        (refused("ratelimited", 429), EngineUnavailable),
        (BROKEN, EngineUnavailable),
    ],
)
async def test_what_cannot_be_read_is_told_honestly(
    server: SlackServer, reading: Reading, answer: Answer, error: type[GenerationError]
) -> None:
    server.script["conversations.replies"] = [answer]
    with pytest.raises(error):
        await reading.gather(request(reply_to=THREAD))


async def test_a_customers_thread_is_read_to_its_end_and_without_who_asks(
    server: SlackServer, reading: Reading
) -> None:
    long = [told(f"{number}.0", f"说{number}", user="U9") for number in range(1, 130)]
    mine = told("130.0", "I look at it", user="U1")
    server.script["conversations.replies"] = [
        {"messages": long[:90], "response_metadata": {"next_cursor": "more"}},
        {"messages": [*long[90:], mine, ours("131.0")], "response_metadata": {"next_cursor": ""}},
    ]
    wanted = request("", verb="summarise", reply_to=Destination(channel="U1"), about=THREAD)
    asked = await reading.gather(wanted)
    assert asked.context[-1].ts == "129.0"
    assert len(asked.context) < 101
    assert [call.get("cursor") for call in server.calls["conversations.replies"]] == [None, "more"]
    assert server.calls["conversations.replies"][0]["channel"] == "C1"


async def test_where_nobody_else_wrote_what_the_person_wrote_is_it(
    server: SlackServer, reading: Reading
) -> None:
    server.script["conversations.replies"] = [{"messages": [told("1.0", "Refund? 退款？")]}]
    wanted = request("", verb="summarise", reply_to=Destination(channel="U1"), about=THREAD)
    assert await texts(reading, wanted) == ["Refund? 退款？"]


async def test_a_digest_goes_on_from_the_last_one(server: SlackServer, reading: Reading) -> None:
    """New replies to an old message are read, and neither what was told nor what is too new."""
    day = 1_700_000_000
    server.script["conversations.history"] = [
        {
            "messages": [
                told(f"{day + 9000}.0", "too new"),
                told(f"{day + 50}.0", "新的", reactions=[{"name": "eyes", "count": 2}]),
            ],
            "response_metadata": {"next_cursor": "more"},
        },
        {
            "messages": [
                told(f"{day}.0", "told already", reply_count=1, latest_reply=f"{day - 5}.0"),
                told(f"{day - 900}.0", "old", reply_count=2, latest_reply=f"{day + 60}.0"),
            ]
        },
    ]
    old = f"{day - 900}.0"
    server.script["conversations.replies"] = [
        {
            "messages": [
                told(old, "old", thread_ts=old),
                told(f"{day - 800}.0", "told", thread_ts=old),
                told(f"{day + 60}.0", "a new reply", thread_ts=old),
            ]
        }
    ]
    flags = {"since": f"{day}.000", "until": f"{day + 3600}.000"}
    context = (await reading.gather(request("", verb="digest", flags=flags))).context
    assert [line.text for line in context] == ["a new reply", "新的"]
    assert [line.thread for line in context] == [old, ""]
    assert [line.reactions for line in context] == [0, 2]
    first, second = server.calls["conversations.history"]
    assert float(first["oldest"]) < day - 900
    assert second["cursor"] == "more"
    assert len(server.calls["conversations.replies"]) == 1
