"""Agents: sessions, statuses, prompts, the stop button, and who may have them."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.sessions import now, refused, seen
from workspace.client import Client, ControlError

AGENT: dict[str, Any] = {
    "features": {
        "agent_view": {
            "agent_description": "Draws",
            "suggested_prompts": [{"title": "Draw", "message": "画一只狐狸"}],
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["agent_session_stopped", "app_context_changed"]}
    },
}
PLAIN: dict[str, Any] = {"features": {"bot_user": {"display_name": "atelier"}}}
WARNING = "missing_agent_session_stopped_event_subscription"


async def _session(control: Client) -> dict[str, Any]:
    (session,) = (await control.state("ana"))["sessions"]
    return dict(session)


async def test_a_session_begins_and_keeps_its_title(
    slack: AsyncWebClient, control: Client, place: dict[str, Any]
) -> None:
    await control.manifest(AGENT)
    answer = await slack.agents_sessions_setStatus(
        **place, status="processing", title="狐狸 fox", initiator_user_id="U0ANA"
    )
    assert answer.data == {
        "ok": True,
        "status": "processing",
        "agent_status": "processing",
        "title": "狐狸 fox",
    }
    await slack.agents_sessions_setStatus(**place, status="suspended", title="ignored")
    session = await _session(control)
    assert (session["session_status"], session["title"]) == ("suspended", "狐狸 fox")
    assert session["is_stoppable"]
    assert (await control.state("bo"))["sessions"] == []


async def test_what_a_session_refuses(
    slack: AsyncWebClient, control: Client, place: dict[str, Any]
) -> None:
    method, ask = "agents.sessions.setStatus", place | {"status": "active"}
    for wrong, error in (
        ({"status": "dancing"}, "invalid_status"),
        ({"thread_ts": ""}, "thread_ts_required"),
        ({"thread_ts": "1.000001"}, "invalid_arguments"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"title": "字" * 201}, "invalid_arguments"),
        ({"initiator_user_id": "U0NOBODY"}, "user_not_found"),
        ({"initiator_user_id": "U0BO"}, "user_not_found"),
    ):
        assert await refused(slack, method, **ask | wrong) == error
    assert (await control.state("ana"))["sessions"] == []
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    assert await refused(ana, method, **ask) == "not_allowed_token_type"


async def test_only_an_agent_has_sessions(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    await control.manifest(PLAIN)
    error = await refused(slack, "agents.sessions.setStatus", **place, status="active")
    assert error == "not_authorized"
    assert await refused(slack, "agents.sessions.rename", **place, title="x") == "not_authorized"
    prompts = [{"title": "a", "message": "b"}]
    given = {"channel_id": "D0ANA", "prompts": prompts}
    assert await refused(slack, "assistant.threads.setSuggestedPrompts", **given) == "not_agent_app"
    await slack.chat_startStream(channel="D0ANA", thread_ts=asked)
    assert (await control.state("ana"))["sessions"] == []
    with pytest.raises(ControlError, match="not_stoppable"):
        await control.stop("ana", "dm", asked)
    assert await control.context("ana", "general") == {"acked": False}
    assert {"agent_session_stopped", "app_context_changed"}.isdisjoint(
        row["kind"] for row in await control.deliveries()
    )


async def test_an_agent_without_the_stop_event_is_warned(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    events = {"event_subscriptions": {"bot_events": ["message.im"]}}
    await control.manifest(AGENT | {"settings": events})
    answer = await slack.agents_sessions_setStatus(**place, status="processing")
    assert (answer["warning"], answer["response_metadata"]) == (WARNING, {"warnings": [WARNING]})
    assert not (await _session(control))["is_stoppable"]
    with pytest.raises(ControlError, match="not_stoppable"):
        await control.stop("ana", "dm", asked)


async def test_processing_ends_by_itself(
    slack: AsyncWebClient, control: Client, place: dict[str, Any]
) -> None:
    await slack.agents_sessions_setStatus(**place, status="processing")
    await control.advance(1800)
    await slack.agents_sessions_setStatus(**place, status="processing")  # another hour
    await control.advance(1801)
    assert (await _session(control))["session_status"] == "processing"
    start = await now(control)
    await control.advance(1800)
    await seen(control, start, "session", session_status="active")
    assert (await _session(control))["session_status"] == "active"


@pytest.mark.parametrize("status", ["active", "suspended", "closed"])
async def test_other_states_stay(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], status: str
) -> None:
    await slack.agents_sessions_setStatus(**place, status="processing")
    await slack.agents_sessions_setStatus(**place, status=status)
    await control.advance(7200)
    assert (await _session(control))["session_status"] == status


@pytest.mark.parametrize("last", [None, "suspended", "closed", "processing"])
async def test_a_stream_makes_a_session(
    slack: AsyncWebClient, control: Client, asked: str, last: str | None
) -> None:
    started = await slack.chat_startStream(channel="D0ANA", thread_ts=asked)
    assert (await _session(control))["session_status"] == "processing"
    await slack.chat_stopStream(channel="D0ANA", ts=str(started["ts"]), session_status=last)
    assert (await _session(control))["session_status"] == (last or "active")


async def test_renaming(
    bot: Any, slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    bot.record("agent_session_title_changed")
    bot.app.event("message")(_nothing)
    await bot.connect()
    error = await refused(slack, "agents.sessions.rename", **place, title="x")
    assert error == "session_not_found"
    await slack.agents_sessions_setStatus(**place, status="active")
    answer = await slack.agents_sessions_rename(**place, title=" 狐狸 ")
    assert answer["title"] == "狐狸"
    error = await refused(slack, "agents.sessions.rename", **place, title="x" * 201)
    assert error == "invalid_arguments"
    body = {"user": "ana", "channel": "dm", "thread_ts": asked}
    assert await control.post("session_title", **body, title="Fox") == {"acked": True}
    event = (await bot.next())["event"]  # not of the app's own renaming
    assert (event["previous_title"], event["title"], event["user"]) == ("狐狸", "Fox", "U0ANA")
    assert (await _session(control))["title"] == "Fox"
    with pytest.raises(ControlError, match="invalid_title"):
        await control.post("session_title", **body, title=" ")
    with pytest.raises(ControlError, match="session_not_found"):
        await control.post("session_title", **body | {"thread_ts": "1.0"}, title="x")


async def test_stopping_what_is_only_queued(
    bot: Any, slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    bot.record("agent_session_stopped")
    bot.app.event("message")(_nothing)
    await bot.connect()
    with pytest.raises(ControlError, match="nothing_to_stop"):
        await control.stop("ana", "dm", asked)
    await slack.agents_sessions_setStatus(**place, status="processing")
    assert (await control.stop("ana", "dm", asked))["acked"]
    event = (await bot.next())["event"]
    assert (event["streaming_message_ts"], event["thread_ts"]) == ([], asked)
    assert (event["user"], event["channel"]) == ("U0ANA", "D0ANA")
    assert (await _session(control))["session_status"] == "processing"  # the app's to change
    await slack.agents_sessions_setStatus(**place, status="active")
    with pytest.raises(ControlError, match="nothing_to_stop"):
        await control.stop("ana", "dm", asked)


async def test_what_a_person_looks_at(bot: Any, control: Client) -> None:
    bot.record("app_context_changed", "app_home_opened")
    await bot.connect()
    await control.home("ana")
    assert "context" not in (await bot.next())["event"]
    assert await control.context("ana", "support") == {"acked": True}
    changed = (await bot.next())["event"]
    looked = {"type": "slack#/types/channel_id", "value": "C0SUPPORT", "team_id": "T0LOCAL00"}
    assert changed["context"] == {"entities": [looked]}
    assert (changed["user"], changed["channel"]) == ("U0ANA", "D0ANA")
    assert await control.context("ana", "support") == {"acked": False}  # nothing has changed
    await control.home("ana")
    assert (await bot.next())["event"]["context"] == {"entities": [looked]}
    with pytest.raises(ControlError, match="not_in_channel"):
        await control.context("ana", "reviewers")


async def test_the_older_view_hears_no_context(control: Client) -> None:
    await control.manifest({"features": {"assistant_view": {"assistant_description": "x"}}})
    assert await control.context("ana", "support") == {"acked": False}
    assert await control.deliveries() == []


async def _nothing() -> None:
    return
