"""Slash commands, buttons, modals and shortcuts, answered by a real Bolt app."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client, ControlError


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


BUTTONS = {
    "type": "actions",
    "block_id": "b",
    "elements": [
        {"type": "button", "action_id": "go", "text": plain("Go"), "value": "42"},
        {
            "type": "static_select",
            "action_id": "pick",
            "options": [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}],
        },
        {"type": "external_select", "action_id": "search"},
    ],
}
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Form"),
    "submit": plain("Send"),
    "private_metadata": "secret",
    "blocks": [
        {
            "type": "input",
            "block_id": "n",
            "label": plain("Name"),
            "element": {"type": "plain_text_input", "action_id": "v", "initial_value": "陈"},
        }
    ],
}
VALUES = {"n": {"v": {"type": "plain_text_input", "value": "Ana"}}}


@pytest.fixture
async def open_form(bot: Any, control: Client) -> Any:
    """Open FORM (with changes) for ana by a command; return its view id."""
    forms: list[dict[str, Any]] = []

    async def show(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=forms[-1])

    bot.app.command("/form")(show)

    async def opened(**changes: object) -> str:
        forms.append(FORM | changes)
        start = (await control.state("ana"))["last_event_id"]
        await control.slash("ana", "general", "/form")
        async for event in control.events("ana", start):
            if event["type"] == "view_opened":
                return str(event["view"]["id"])
        raise AssertionError

    return opened


async def test_an_ack_with_text_is_shown_to_the_person(bot: Any, control: Client) -> None:
    bodies: list[dict[str, Any]] = []

    async def ask(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        await ack(f"you said {body['text']}")

    bot.app.command("/ask")(ask)
    await bot.connect()
    answer = await control.slash("chen", "general", "/ask", "画一只狐狸 <b>")
    assert answer["acked"]
    assert answer["payload"] == {"text": "you said 画一只狐狸 <b>"}
    (message,) = await control.messages("general", user="chen")
    assert message["text"] == "you said 画一只狐狸 &lt;b&gt;"
    assert await control.messages("general", user="ana") == []
    assert (bodies[0]["user_name"], bodies[0]["is_enterprise_install"]) == ("chen", "false")
    assert [each["kind"] for each in await control.visible("chen")] == ["ack"]


async def test_an_ack_that_slack_would_refuse_is_said(bot: Any, control: Client) -> None:
    bot.app.command("/ask")(_answers(text="x", blocks=[{"type": "header"}]))
    await bot.connect()
    await control.slash("ana", "general", "/ask")
    (notice,) = await control.messages("general", user="ana")
    assert "invalid_blocks" in notice["text"]


async def test_an_ack_in_channel_is_for_everybody(bot: Any, control: Client) -> None:
    async def ask(ack: Any) -> None:
        await ack(text="hello", response_type="in_channel")

    bot.app.command("/ask")(ask)
    await bot.connect()
    await control.slash("ana", "general", "ask")
    assert [each["text"] for each in await control.messages("general")] == ["hello"]


async def test_a_command_without_an_ack_fails_after_three_seconds(
    bot: Any, control: Client, ws: Any
) -> None:
    async def ask() -> None:
        ws.clock.advance(3)

    bot.app.command("/ask")(ask)
    await bot.connect()
    answer = await control.slash("ana", "general", "/ask")
    assert (answer["acked"], answer["payload"]) == (False, None)
    (notice,) = await control.messages("general", user="ana")
    assert "operation_timeout" in notice["text"]
    assert [row["retry_attempt"] for row in await control.deliveries()] == [0]


async def test_a_command_that_the_manifest_lacks(control: Client) -> None:
    await control.manifest({"features": {"slash_commands": [{"command": "/ask"}]}})
    with pytest.raises(ControlError, match="unknown_command"):
        await control.slash("ana", "general", "/nope")
    assert (await control.state("ana"))["commands"] == [{"command": "/ask"}]


async def test_a_button_of_a_message(
    bot: Any, slack: AsyncWebClient, control: Client, slack_data: Path
) -> None:
    bot.app.action("go")(_remembers(bot))
    await bot.connect()
    ts = (await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS]))["ts"]
    assert (await control.click("ana", "go", channel="general", ts=ts))["acked"]
    body = await bot.next()
    (action,) = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("go", "b", "42")
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0GENERAL",
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == ts
    assert body["state"] == {"values": {}}
    assert "/hooks/" in body["response_url"]
    recorded = json.loads((slack_data / "app-backend/BlockActionPayload.json").read_text())
    assert set(body) - set(recorded) <= {"state"}


async def test_a_selected_option_is_found_by_its_value(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.app.action("pick")(_remembers(bot))
    await bot.connect()
    ts = (await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS]))["ts"]
    await control.click("ana", "pick", channel="general", ts=ts, selected_option="2")
    action = (await bot.next())["actions"][0]
    assert action["selected_option"] == {"text": plain("Two"), "value": "2"}


async def test_a_button_of_an_ephemeral_message(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.app.action("go")(_remembers(bot))
    await bot.connect()
    answer = await slack.chat_postEphemeral(
        channel="C0GENERAL", user="U0ANA", text="x", blocks=[BUTTONS]
    )
    await control.click("ana", "go", channel="general", ts=answer["message_ts"])
    assert (await bot.next())["container"]["is_ephemeral"] is True
    with pytest.raises(ControlError, match="message_not_found"):
        await control.click("bo", "go", channel="general", ts=answer["message_ts"])


async def test_what_is_not_there_is_not_clicked(slack: AsyncWebClient, control: Client) -> None:
    ts = (await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS]))["ts"]
    with pytest.raises(ControlError, match="action_not_found"):
        await control.click("ana", "stop", channel="general", ts=ts)
    with pytest.raises(ControlError, match="action_not_found"):
        await control.click("ana", "go", channel="general", ts=ts, block_id="other")
    with pytest.raises(ControlError, match="view_not_found"):
        await control.click("ana", "go", view_id="V0NONE")


async def test_a_search_returns_the_apps_options(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    options = [{"text": plain("Fox"), "value": "fox"}]

    async def search(ack: Any, body: dict[str, Any]) -> None:
        await bot.bodies.put(body)
        await ack(options=options)

    bot.app.options("search")(search)
    await bot.connect()
    ts = (await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS]))["ts"]
    answer = await control.suggest("ana", "search", "fo", channel="general", ts=ts)
    assert answer == {"acked": True, "options": options}
    assert (await bot.next())["value"] == "fo"


async def test_a_modal_opens_with_its_initial_values(
    bot: Any, control: Client, open_form: Any
) -> None:
    await bot.connect()
    view_id = await open_form()
    (view,) = (await control.state("ana"))["views"]
    assert (view["id"], view["root_view_id"], view["private_metadata"]) == (
        view_id,
        view_id,
        "secret",
    )
    assert view["state"]["values"]["n"]["v"] == {"type": "plain_text_input", "value": "陈"}
    assert (await control.state("bo"))["views"] == []


async def test_a_submission_closes_the_modal(
    bot: Any, control: Client, open_form: Any, slack_data: Path
) -> None:
    bot.app.view("form")(_remembers(bot))
    await bot.connect()
    view_id = await open_form()
    answer = await control.submit("ana", view_id, VALUES)
    assert answer == {"acked": True, "response_action": None, "errors": None}
    body = await bot.next()
    assert body["view"]["state"]["values"] == VALUES
    assert (await control.state("ana"))["views"] == []
    recorded = json.loads((slack_data / "app-backend/ViewSubmissionPayload.json").read_text())
    assert set(body) - set(recorded) <= {"response_urls"}
    with pytest.raises(ControlError, match="view_not_found"):
        await control.submit("ana", view_id, VALUES)


async def test_errors_keep_the_modal(bot: Any, control: Client, open_form: Any) -> None:
    bot.app.view("form")(_answers(response_action="errors", errors={"n": "too short"}))
    await bot.connect()
    view_id = await open_form()
    answer = await control.submit("ana", view_id, VALUES)
    assert (answer["response_action"], answer["errors"]) == ("errors", {"n": "too short"})
    assert len((await control.state("ana"))["views"]) == 1
    assert (await control.visible("ana"))[-1]["payload"]["errors"] == {"n": "too short"}


async def test_update_and_push_by_the_acknowledgement(
    bot: Any, control: Client, open_form: Any
) -> None:
    answers = [("update", "Second"), ("push", "Third")]

    async def on_submit(ack: Any) -> None:
        kind, title = answers.pop(0)
        await ack(response_action=kind, view=FORM | {"title": plain(title)})

    bot.app.view("form")(on_submit)
    await bot.connect()
    view_id = await open_form()
    assert (await control.submit("ana", view_id, VALUES))["response_action"] == "update"
    (updated,) = (await control.state("ana"))["views"]
    assert (updated["id"], updated["title"]["text"]) == (view_id, "Second")
    assert (await control.submit("ana", view_id, VALUES))["response_action"] == "push"
    below, pushed = (await control.state("ana"))["views"]
    assert (pushed["previous_view_id"], pushed["root_view_id"]) == (below["id"], below["id"])


async def test_an_invalid_answer_is_an_error(bot: Any, control: Client, open_form: Any) -> None:
    bot.app.view("form")(_answers(response_action="update", view={"type": "modal", "blocks": []}))
    await bot.connect()
    answer = await control.submit("ana", await open_form(), VALUES)
    assert "title" in answer["errors"]["view"]


async def test_clear_closes_the_whole_stack(bot: Any, control: Client, open_form: Any) -> None:
    answers = [
        {"response_action": "push", "view": FORM | {"title": plain("2")}},
        {"response_action": "clear"},
    ]

    async def on_submit(ack: Any) -> None:
        await ack(**answers.pop(0))

    bot.app.view("form")(on_submit)
    await bot.connect()
    await control.submit("ana", await open_form(), VALUES)
    top = (await control.state("ana"))["views"][-1]["id"]
    await control.submit("ana", top, VALUES)
    assert (await control.state("ana"))["views"] == []


async def test_closing_is_told_when_asked_for(bot: Any, control: Client, open_form: Any) -> None:
    bot.app.view_closed("form")(_remembers(bot))
    await bot.connect()
    await control.close_view("ana", await open_form())
    await control.close_view("ana", await open_form(notify_on_close=True))
    body = await bot.next()
    assert (body["type"], body["is_cleared"]) == ("view_closed", False)
    assert bot.bodies.empty()


async def test_a_button_in_a_modal_may_push(bot: Any, control: Client, open_form: Any) -> None:
    async def push(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        pushed = FORM | {"blocks": [BUTTONS], "title": plain("Pushed")}
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=pushed)
            await bot.bodies.put(body)
        except SlackApiError as error:
            await bot.bodies.put(error.response.data)

    bot.app.action("go")(push)
    await bot.connect()
    view_id = await open_form(blocks=[BUTTONS])
    for _ in range(2):
        await control.click("ana", "go", view_id=view_id)
        body = await bot.next()
        assert body["container"] == {"type": "view", "view_id": view_id}
        assert "response_url" not in body
        view_id = (await control.state("ana"))["views"][-1]["id"]
    await control.click("ana", "go", view_id=view_id)
    assert (await bot.next())["error"] == "push_limit_reached"


async def test_what_is_chosen_in_a_modal_becomes_its_state(
    bot: Any, control: Client, open_form: Any
) -> None:
    bot.app.action("pick")(_remembers(bot))
    await bot.connect()
    view_id = await open_form(blocks=[BUTTONS])
    await control.click("ana", "pick", view_id=view_id, selected_option="1")
    values = (await bot.next())["view"]["state"]["values"]
    assert values["b"]["pick"]["selected_option"]["value"] == "1"


async def test_shortcuts(bot: Any, control: Client) -> None:
    bot.app.shortcut("create")(_remembers(bot))
    bot.app.shortcut("review")(_remembers(bot))
    bot.app.event("message")(_nothing)
    await bot.connect()
    ts = (await control.say("ana", "general", "code"))["ts"]
    assert (await control.shortcut("ana", "create"))["acked"]
    body = await bot.next()
    assert (body["type"], "channel" in body) == ("shortcut", False)
    await control.shortcut("bo", "review", "general", ts)
    body = await bot.next()
    assert (body["type"], body["message"]["text"], body["message_ts"]) == (
        "message_action",
        "code",
        ts,
    )


def _remembers(bot: Any) -> Any:
    async def remember(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await bot.bodies.put(body)

    return remember


def _answers(**answer: object) -> Any:
    async def on_submit(ack: Any) -> None:
        await ack(**answer)

    return on_submit


async def _nothing() -> None:
    """Acknowledge."""
