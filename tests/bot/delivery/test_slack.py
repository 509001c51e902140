import logging
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import slack as module
from bot.delivery.codes import OVER
from bot.delivery.pacing import Pace
from bot.delivery.slack import (
    MAX_WAIT_S,
    OutcomeUnknown,
    Recipient,
    Slack,
    SlackRefused,
    TokenRefused,
    with_picture,
)
from bot.views.render import File, Page, context, picture, section
from tests.bot.delivery.test_pacing import Moment
from tests.bot.slack_server import BROKEN, Answer, SlackServer, refused

PAGE = Page("hello", [section("hello"), context("small")])
KEY = {"request_id": "abc", "part": 0}
METADATA = {"event_type": "atelier_message", "event_payload": KEY}
POSTED = {"ts": "7.5", "channel": "C1"}


@pytest.fixture
def slack(client: AsyncWebClient) -> Slack:
    return Slack(client, Pace())


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, slack: Slack) -> list[float]:
    """The waits that were asked for, none of which is waited."""
    asked = list[float]()
    clock = Moment()

    async def wait(delay_s: float) -> None:
        asked.append(delay_s)
        clock.at += delay_s

    monkeypatch.setattr(module, "asyncio", type("Waits", (), {"sleep": staticmethod(wait)}))
    monkeypatch.setattr(slack, "_pace", Pace(clock.now, wait))
    return asked


def told(ts: str, key: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"ts": ts, "metadata": {"event_type": "atelier_message", "event_payload": key or {}}}


async def test_a_post_says_what_it_is_and_unfurls_nothing(
    slack: Slack, server: SlackServer
) -> None:
    server.script["chat.postMessage"] = [POSTED]
    assert await slack.post("C1", PAGE, "9.9", METADATA) == "7.5"
    (call,) = server.calls["chat.postMessage"]
    assert (call["channel"], call["thread_ts"], call["text"]) == ("C1", "9.9", "hello")
    assert (call["blocks"], call["metadata"]) == (PAGE.blocks, METADATA)
    assert not call["unfurl_links"]
    assert not call["unfurl_media"]


async def test_slack_is_waited_for_as_long_as_it_says(
    slack: Slack, server: SlackServer, waits: list[float]
) -> None:
    limited = Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "17"})
    server.script["chat.postMessage"] = [limited, limited, Answer(POSTED)]
    assert await slack.post("C1", PAGE, None, METADATA) == "7.5"
    assert waits == [17.0, 17.0]
    assert len(server.calls["chat.postMessage"]) == 3


async def test_nobody_waits_for_hours(
    slack: Slack, server: SlackServer, waits: list[float]
) -> None:
    limited = Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "86400"})
    server.script["chat.postMessage"] = [limited, Answer(POSTED)]
    await slack.post("C1", PAGE, None, METADATA)
    assert waits == [MAX_WAIT_S]


async def test_a_limit_that_lasts_is_a_passing_trouble(
    slack: Slack, server: SlackServer, waits: list[float]
) -> None:
    server.script["chat.postMessage"] = [refused("ratelimited", 429)]
    with pytest.raises(OutcomeUnknown):
        await slack.post("C1", PAGE, None, METADATA)
    assert waits == [1.0] * (module.TRIES - 1)


@pytest.mark.parametrize(
    "answer",
    [
        BROKEN,
        refused("internal_error"),
        refused("fatal_error"),
        refused("internal_error", 500),
        refused("service_unavailable", 503),
        Answer("<html>upstream</html>", 502, {"Content-Type": "text/html"}),
    ],
)
async def test_a_post_that_may_have_happened_is_not_repeated(
    slack: Slack, server: SlackServer, answer: Answer
) -> None:
    server.script["chat.postMessage"] = [answer]
    with pytest.raises(OutcomeUnknown):
        await slack.post("C1", PAGE, None, METADATA)
    assert len(server.calls["chat.postMessage"]) == 1


@pytest.mark.parametrize("trouble", [BROKEN, refused("internal_error"), Answer("<html>", 502)])
async def test_an_update_that_may_have_happened_is_repeated(
    slack: Slack, server: SlackServer, waits: list[float], trouble: Answer
) -> None:
    server.script["chat.update"] = [trouble, trouble, Answer(POSTED)]
    await slack.update("C1", "7.5", PAGE)
    calls = server.calls["chat.update"]
    assert len(calls) == 3
    assert (calls[2]["channel"], calls[2]["ts"], calls[2]["blocks"]) == ("C1", "7.5", PAGE.blocks)
    assert waits == sorted(waits)


async def test_an_update_is_given_up_in_the_end(
    slack: Slack, server: SlackServer, waits: list[float]
) -> None:
    server.script["chat.update"] = [BROKEN]
    with pytest.raises(OutcomeUnknown):
        await slack.update("C1", "7.5", PAGE)
    assert len(waits) == module.TRIES
    assert max(waits) <= 5


@pytest.mark.parametrize(
    "code", ["not_in_channel", "invalid_blocks", "msg_too_long", "no_such_code"]
)
async def test_a_refusal_keeps_slacks_code_and_is_not_repeated(
    slack: Slack, server: SlackServer, code: str
) -> None:
    server.script["chat.update"] = [refused(code)]
    with pytest.raises(SlackRefused) as error:
        await slack.update("C1", "7.5", PAGE)
    assert error.value.code == code
    assert len(server.calls["chat.update"]) == 1


@pytest.mark.parametrize("answer", [BROKEN, refused("invalid_blocks"), refused("ratelimited", 429)])
async def test_errors_quote_nothing_that_was_said(
    slack: Slack,
    server: SlackServer,
    waits: list[float],
    caplog: pytest.LogCaptureFixture,
    answer: Answer,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    server.script["chat.postEphemeral"] = [answer]
    page = Page("canary", [section("canary")])
    with pytest.raises((OutcomeUnknown, SlackRefused)) as error:
        await slack.post_ephemeral("C1", page, "U1", None)
    assert "canary" not in str(error.value)
    assert "canary" not in caplog.text
    assert len(waits) in {0, module.TRIES - 1}


async def test_a_message_is_found_by_its_metadata(slack: Slack, server: SlackServer) -> None:
    other = {"request_id": "abc", "part": 1}
    server.script["conversations.history"] = [
        {"messages": [told("3.0", other), {"ts": "2.0"}, told("1.0", KEY)]}
    ]
    assert await slack.find("C1", None, 12.5, KEY) == "1.0"
    (call,) = server.calls["conversations.history"]
    assert (call["channel"], call["oldest"]) == ("C1", "12.500000")
    assert call["include_all_metadata"] in {"1", "true"}
    assert int(call["limit"]) >= 900, "a busy channel must not hide it"


async def test_a_message_in_a_thread_is_looked_for_there(slack: Slack, server: SlackServer) -> None:
    server.script["conversations.replies"] = [{"messages": [told("1.0"), told("2.0", KEY)]}]
    assert await slack.find("C1", "1.0", 0, KEY) == "2.0"
    assert server.calls["conversations.replies"][0]["ts"] == "1.0"
    assert not server.calls["conversations.history"]


async def test_a_message_that_is_not_there_is_not_found(slack: Slack, server: SlackServer) -> None:
    server.script["conversations.history"] = [{"messages": [told("1.0")]}]
    assert await slack.find("C1", None, 0, KEY) == ""


HERE = Recipient("C1", "9.9", "U1", "T1")
TASK = {"type": "task_update", "id": "atelier-a-0", "title": "On it…", "status": "in_progress"}


async def test_a_stream_is_for_who_asked_in_a_thread(slack: Slack, server: SlackServer) -> None:
    server.script["chat.startStream"] = [POSTED]
    assert await slack.start_stream(HERE, TASK) == "7.5"
    (call,) = server.calls["chat.startStream"]
    assert (call["channel"], call["thread_ts"], call["chunks"]) == ("C1", "9.9", [TASK])
    assert (call["recipient_user_id"], call["recipient_team_id"]) == ("U1", "T1")


async def test_what_is_appended_to_a_stream_is_a_chunk(slack: Slack, server: SlackServer) -> None:
    chunk = {"type": "markdown_text", "text": "Fünf 退款 🎉 "}
    await slack.append_stream("C1", "7.5", chunk)
    (call,) = server.calls["chat.appendStream"]
    assert (call["channel"], call["ts"], call["chunks"]) == ("C1", "7.5", [chunk])


@pytest.mark.parametrize("method", ["start", "append", "session"])
async def test_what_may_be_left_out_is_tried_once_and_waits_for_nothing(
    slack: Slack, server: SlackServer, waits: list[float], method: str
) -> None:
    names = {"start": "chat.startStream", "append": "chat.appendStream"}
    name = names.get(method, "agents.sessions.setStatus")
    server.script[name] = [Answer({"ok": False}, 429, {"Retry-After": "17"})]
    calls = {
        "start": lambda: slack.start_stream(HERE, TASK),
        "append": lambda: slack.append_stream("C1", "7.5", TASK),
        "session": lambda: slack.set_session(HERE, "processing"),
    }
    with pytest.raises(SlackRefused, match="ratelimited"):
        await calls[method]()
    assert waits == []
    assert not slack.has_room(name)
    assert len(server.calls[name]) == 1


@pytest.mark.parametrize(
    "trouble", [BROKEN, refused("internal_error"), *map(refused, sorted(OVER))]
)
async def test_a_stream_ends_however_often_that_is_said(
    slack: Slack, server: SlackServer, waits: list[float], trouble: Answer
) -> None:
    server.script["chat.stopStream"] = [trouble, Answer({})]
    await slack.stop_stream("C1", "7.5", METADATA)
    assert server.calls["chat.stopStream"][-1]["metadata"] == METADATA
    assert len(waits) == len(server.calls["chat.stopStream"]) - 1


async def test_a_stream_that_slack_does_not_end_is_told(slack: Slack, server: SlackServer) -> None:
    server.script["chat.stopStream"] = [refused("message_not_owned_by_app")]
    with pytest.raises(SlackRefused, match="message_not_owned_by_app"):
        await slack.stop_stream("C1", "7.5", METADATA)


async def test_a_stream_that_was_begun_is_found_by_its_task(
    slack: Slack, server: SlackServer
) -> None:
    key = {"request_id": "0f" * 16, "part": 0}
    card = {"type": "task_card", "task_id": f"atelier-{key['request_id']}-0"}
    begun = {"ts": "8.5", "streaming_state": "in_progress", "blocks": [card]}
    server.script["conversations.replies"] = [{"messages": [told("1.0"), begun]}]
    assert await slack.find("C1", "9.9", 0, key) == "8.5"


async def test_direct_messages_are_opened(slack: Slack, server: SlackServer) -> None:
    server.script["conversations.open"] = [{"channel": {"id": "D7"}}]
    assert await slack.open_dm("U1") == "D7"
    assert server.calls["conversations.open"][0]["users"] == "U1"


@pytest.mark.parametrize("name", ["reviewers", "#reviewers", "C9"])
async def test_a_channel_is_found_on_a_later_page(
    slack: Slack, server: SlackServer, name: str
) -> None:
    more = {
        "channels": [{"id": "C1", "name": "general"}],
        "response_metadata": {"next_cursor": "n"},
    }
    last = {"channels": [{"id": "C9", "name": "reviewers"}]}
    server.script["conversations.list"] = [more, last]
    assert await slack.channel_id(name) == "C9"
    assert server.calls["conversations.list"][1]["cursor"] == "n"


async def test_a_channel_that_the_bot_does_not_see_is_nothing(
    slack: Slack, server: SlackServer
) -> None:
    server.script["conversations.list"] = [{"channels": list[str]()}]
    assert await slack.channel_id("reviewers") == ""


async def test_members_are_listed(slack: Slack, server: SlackServer) -> None:
    server.script["conversations.members"] = [{"members": ["U1", "U2"]}]
    assert await slack.members("C9") == {"U1", "U2"}


async def test_a_file_takes_three_steps(slack: Slack, server: SlackServer) -> None:
    grant = {"upload_url": f"{server.url}/upload/F7", "file_id": "F7"}
    server.script["files.getUploadURLExternal"] = [grant]
    file = File("picture.png", b"\x89PNG\0\xff", alt="a heart")
    assert await slack.upload(file, "C1", "9.9") == "F7"
    assert server.uploaded == {"F7": b"\x89PNG\0\xff"}
    (asked,) = server.calls["files.getUploadURLExternal"]
    assert (asked["filename"], int(asked["length"]), asked["alt_txt"]) == (
        "picture.png",
        6,
        "a heart",
    )
    (shared,) = server.calls["files.completeUploadExternal"]
    assert (shared["channel_id"], shared["thread_ts"]) == ("C1", "9.9")
    assert shared["files"] == [{"id": "F7", "title": "picture.png"}]


async def test_bytes_that_do_not_arrive_share_nothing(slack: Slack, server: SlackServer) -> None:
    grant = {"upload_url": f"{server.url}/nowhere/F7", "file_id": "F7"}
    server.script["files.getUploadURLExternal"] = [grant]
    with pytest.raises(OutcomeUnknown):
        await slack.upload(File("a", b"x"), "C1", None)
    assert not server.calls["files.completeUploadExternal"]


async def test_a_home_is_published(slack: Slack, server: SlackServer) -> None:
    await slack.publish_home("U1", {"type": "home", "blocks": []})
    (call,) = server.calls["views.publish"]
    assert (call["user_id"], call["view"]) == ("U1", {"type": "home", "blocks": []})


def test_a_picture_stands_before_the_small_print() -> None:
    page = with_picture(PAGE, picture("F1", "a heart"))
    assert [block["type"] for block in page.blocks] == ["section", "image", "context"]
    assert len(PAGE.blocks) == 2


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_a_refused_token_gives_no_message_up_and_is_not_tried_again(
    client: AsyncWebClient, server: SlackServer, waits: list[float], code: str
) -> None:
    heard = list[tuple[str, str]]()
    slack = Slack(client, Pace(), lambda method, end: heard.append((method, end)))
    server.script["chat.update"] = [refused(code)]
    with pytest.raises(TokenRefused):
        await slack.update("C1", "7.5", PAGE)
    assert len(server.calls["chat.update"]) == 1
    assert heard == [("chat.update", code)]
    assert waits == []
    assert issubclass(TokenRefused, OutcomeUnknown), "whoever waits for an unknown end waits now"


async def test_each_call_tells_how_it_ended(client: AsyncWebClient, server: SlackServer) -> None:
    heard = list[str]()
    clock = Moment()

    async def wait(delay_s: float) -> None:
        clock.at += delay_s

    slack = Slack(client, Pace(clock.now, wait), lambda _method, end: heard.append(end))
    limited = Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})
    server.script["chat.postMessage"] = [limited, Answer(POSTED), BROKEN, refused("no_text")]
    await slack.post("C1", PAGE, None, METADATA)
    for trouble in (OutcomeUnknown, SlackRefused):
        with pytest.raises(trouble):
            await slack.post("C1", PAGE, None, METADATA)
    assert heard == ["ratelimited", "ok", "unknown", "no_text"]
