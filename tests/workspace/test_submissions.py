"""Modals: opening, checking, submitting, closing, and what the app answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.parts import ELEMENT, entry, modal, plain
from workspace.client import Client, ControlError
from workspace.entries import REQUIRED
from workspace.state import Workspace

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
TYPED = {"type": "plain_text_input", "action_id": "v"}
NAME = {
    "type": "input",
    "block_id": "n",
    "label": plain("Name"),
    "element": TYPED | {"initial_value": "陈"},
}
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Form"),
    "submit": plain("Send"),
    "private_metadata": "secret",
    "blocks": [NAME],
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


async def test_the_client_asks_for_what_is_required(
    bot: Any, control: Client, open_form: Any, ws: Workspace
) -> None:
    await bot.connect()
    view_id = await open_form(blocks=[NAME | {"element": TYPED}])
    answer = await control.submit("ana", view_id, {})
    assert answer == {
        "acked": True,
        "response_action": "errors",
        "errors": {"n": REQUIRED},
        "sent": False,
    }
    assert [row["kind"] for row in ws.dispatcher.log] == ["/form"]
    assert len((await control.state("ana"))["views"]) == 1


async def test_a_value_for_no_input_is_refused(bot: Any, control: Client, open_form: Any) -> None:
    await bot.connect()
    view_id = await open_form()
    with pytest.raises(ControlError, match="no_such_input"):
        await control.submit("ana", view_id, {"m": {"v": {"value": "x"}}})
    with pytest.raises(ControlError, match="view_not_found"):
        await control.submit("bo", view_id, VALUES)


async def test_errors_of_no_input_are_trouble(bot: Any, control: Client, open_form: Any) -> None:
    errors = {"n": "too short", "elsewhere": "no"}
    bot.app.view("form")(_answers(response_action="errors", errors=errors))
    await bot.connect()
    answer = await control.submit("ana", await open_form(), VALUES)
    assert "trouble connecting" in answer["errors"]["view"]


async def test_a_submission_without_an_ack_is_said(
    bot: Any, control: Client, open_form: Any, ws: Workspace
) -> None:
    async def on_submit() -> None:
        ws.clock.advance(3)

    bot.app.view("form")(on_submit)
    await bot.connect()
    answer = await control.submit("ana", await open_form(), VALUES)
    assert (answer["acked"], answer["errors"]) == (False, None)
    assert "trouble connecting" in answer["warning"]
    assert len((await control.state("ana"))["views"]) == 1


async def test_a_chosen_conversation_gives_a_response_url(
    bot: Any, control: Client, open_form: Any
) -> None:
    bot.app.view("form")(_remembers(bot))
    await bot.connect()
    where = ELEMENT["conversations_select"] | {"action_id": "w", "response_url_enabled": True}
    view_id = await open_form(blocks=[entry(where, block_id="c")])
    chosen = {"c": {"w": {"selected_conversation": "C0GENERAL"}}}
    await control.submit("ana", view_id, chosen)
    (url,) = (await bot.next())["response_urls"]
    assert (url["block_id"], url["action_id"], url["channel_id"]) == ("c", "w", "C0GENERAL")
    assert "/hooks/" in url["response_url"]


async def test_what_was_entered_stays_through_an_update(
    bot: Any, control: Client, open_form: Any, slack: AsyncWebClient
) -> None:
    bot.app.action("go")(_remembers(bot))
    bot.app.view("form")(_remembers(bot))
    await bot.connect()
    view_id = await open_form(blocks=[NAME, BUTTONS])
    await control.click("ana", "go", view_id=view_id, values=VALUES)
    assert (await bot.next())["view"]["state"]["values"]["n"]["v"]["value"] == "Ana"
    updated = await slack.views_update(view_id=view_id, view=modal(NAME, callback_id="form"))
    assert updated["view"]["state"]["values"]["n"]["v"]["value"] == "Ana"
    assert "b" not in updated["view"]["state"]["values"]
    other = NAME | {"element": {"type": "url_text_input", "action_id": "v"}}
    updated = await slack.views_update(view_id=view_id, view=modal(other))
    assert updated["view"]["state"]["values"]["n"]["v"] == {"type": "url_text_input", "value": None}


async def test_closing_the_whole_stack_tells_of_each(
    bot: Any, control: Client, open_form: Any
) -> None:
    pushed = FORM | {"notify_on_close": True, "clear_on_close": True}
    bot.app.view("form")(_answers(response_action="push", view=pushed))
    bot.app.view_closed("form")(_remembers(bot))
    await bot.connect()
    await control.submit("ana", await open_form(notify_on_close=True), VALUES)
    top = (await control.state("ana"))["views"][-1]["id"]
    await control.close_view("ana", top)
    bodies = [await bot.next(), await bot.next()]
    assert [body["is_cleared"] for body in bodies] == [True, True]
    assert [body["view"]["id"] == top for body in bodies] == [True, False]
    assert all("trigger_id" not in body for body in bodies)
    assert (await control.state("ana"))["views"] == []


async def test_an_update_after_the_close_is_not_found(
    bot: Any, control: Client, open_form: Any, slack: AsyncWebClient
) -> None:
    await bot.connect()
    view_id = await open_form()
    await control.close_view("ana", view_id)
    with pytest.raises(SlackApiError, match="not_found"):
        await slack.views_update(view_id=view_id, view=FORM)


def _remembers(bot: Any) -> Any:
    async def remember(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await bot.bodies.put(body)

    return remember


def _answers(**answer: object) -> Any:
    async def on_submit(ack: Any) -> None:
        await ack(**answer)

    return on_submit
