"""Elements of messages, used by people and answered by a real Bolt app."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.parts import ELEMENT, actions, entry, option, plain, section
from workspace.client import Client, ControlError
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
    assert body["state"]["values"] == {
        "b": {
            "pick": {"type": "static_select", "selected_option": None},
            "search": {"type": "external_select", "selected_option": None},
        }
    }
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
    body = await bot.next()
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
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
    answer = await control.suggest("ana", "search", "fox", channel="general", ts=ts)
    assert answer == {"acked": True, "options": options}
    assert (await bot.next())["value"] == "fox"


CHOSEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("static_select", {"selected_option": "v"}, {"selected_option": option()}),
    ("static_select", {"selected_option": None}, {"selected_option": None}),
    ("multi_static_select", {"selected_options": ["v"]}, {"selected_options": [option()]}),
    ("checkboxes", {"selected_options": [option()]}, {"selected_options": [option()]}),
    ("radio_buttons", {"selected_option": "v"}, {"selected_option": option()}),
    ("overflow", {"selected_option": "v"}, {"selected_option": option()}),
    ("external_select", {"selected_option": option("9")}, {"selected_option": option("9")}),
    ("users_select", {"selected_user": "U0BO"}, {"selected_user": "U0BO"}),
    ("multi_users_select", {"selected_users": ["U0BO"]}, {"selected_users": ["U0BO"]}),
    (
        "conversations_select",
        {"selected_conversation": "D0ANA"},
        {"selected_conversation": "D0ANA"},
    ),
    (
        "multi_channels_select",
        {"selected_channels": ["C0RANDOM"]},
        {"selected_channels": ["C0RANDOM"]},
    ),
    ("datepicker", {"selected_date": "2026-11-22"}, {"selected_date": "2026-11-22"}),
    ("timepicker", {"selected_time": "09:30"}, {"selected_time": "09:30"}),
    ("datetimepicker", {"selected_date_time": 1.7e9}, {"selected_date_time": 1_700_000_000}),
    ("plain_text_input", {"value": "你好"}, {"value": "你好"}),
    ("plain_text_input", {"value": ""}, {"value": None}),
    ("button", {"value": "forged"}, {"value": "42"}),
    ("feedback_buttons", {"value": "v"}, {"value": "v", "text": plain()}),
    ("icon_button", {}, {"value": "gone"}),
]


def _block_with(kind: str) -> dict[str, Any]:
    element = ELEMENT[kind] | {"action_id": "it"}
    if kind in {"feedback_buttons", "icon_button"}:
        element |= {"value": "gone"} if kind == "icon_button" else dict[str, str]()
        return {"type": "context_actions", "block_id": "b", "elements": [element]}
    if kind == "plain_text_input":
        return entry(element, block_id="b", dispatch_action=True)
    return actions(element | ({"value": "42"} if kind == "button" else {})) | {"block_id": "b"}


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda each: str(each)[:60])
async def test_every_element_tells_its_choice(
    bot: Any, slack: AsyncWebClient, control: Client, chosen: tuple[str, Any, dict[str, Any]]
) -> None:
    kind, given, told = chosen
    bot.app.action("it")(_remembers(bot))
    await bot.connect()
    posted = await slack.chat_postMessage(channel="D0ANA", text="x", blocks=[_block_with(kind)])
    answer = await control.click("ana", "it", channel="dm", ts=posted["ts"], **given)
    assert answer == {"acked": True}
    body = await bot.next()
    (action,) = body["actions"]
    assert {name: action[name] for name in told} == told
    assert (action["type"], action["block_id"]) == (kind, "b")
    held = body["state"]["values"].get("b", {}).get("it")
    pressed = {"button", "overflow", "feedback_buttons", "icon_button"}
    assert held == (None if kind in pressed else {"type": kind, **told})


@pytest.mark.parametrize(
    ("kind", "given", "error"),
    [
        ("static_select", {"selected_option": "w"}, "option_not_found"),
        ("overflow", {"selected_option": "w"}, "option_not_found"),
        ("feedback_buttons", {"value": "w"}, "option_not_found"),
        ("users_select", {"selected_user": "U0NOBODY"}, "user_not_found"),
        ("channels_select", {"selected_channel": "D0ANA"}, "channel_filtered_out"),
        ("conversations_select", {"selected_conversation": "D0BO"}, "channel_not_found"),
        ("multi_users_select", {"selected_users": "U0BO"}, "invalid_value"),
        ("datetimepicker", {"selected_date_time": "soon"}, "invalid_value"),
    ],
)
async def test_what_an_element_does_not_offer_is_refused(
    slack: AsyncWebClient, control: Client, kind: str, given: dict[str, Any], error: str
) -> None:
    posted = await slack.chat_postMessage(channel="D0ANA", text="x", blocks=[_block_with(kind)])
    with pytest.raises(ControlError, match=error):
        await control.click("ana", "it", channel="dm", ts=posted["ts"], **given)


async def test_what_else_was_entered_comes_along(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.app.action("go")(_remembers(bot))
    await bot.connect()
    note = entry({"type": "plain_text_input", "action_id": "v"}, block_id="n")
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS, note])
    values = {"n": {"v": {"value": "why"}}, "gone": {"x": {"value": "1"}}}
    where = {"channel": "general", "ts": posted["ts"], "values": values}
    await control.click("ana", "go", **where)
    state = (await bot.next())["state"]["values"]
    assert state["n"]["v"] == {"type": "plain_text_input", "value": "why"}
    assert "gone" not in state
    assert await control.click("ana", "v", **where, value="y") == {"acked": True}
    assert bot.bodies.empty()


async def test_a_button_for_some_is_not_there_for_others(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.app.action("go")(_remembers(bot))
    await bot.connect()
    mine = ELEMENT["button"] | {"action_id": "go", "visible_to_user_ids": ["U0BO"]}
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[actions(mine)])
    where = {"channel": "general", "ts": posted["ts"]}
    with pytest.raises(ControlError, match="action_not_found"):
        await control.click("ana", "go", **where)
    assert (await control.click("bo", "go", **where))["acked"]


async def test_a_button_of_an_attachment(bot: Any, slack: AsyncWebClient, control: Client) -> None:
    bot.app.action("go")(_remembers(bot))
    await bot.connect()
    second = {"blocks": [BUTTONS]}
    posted = await slack.chat_postMessage(
        channel="C0GENERAL", text="x", attachments=[{"text": "first"}, second]
    )
    await control.click("ana", "go", channel="general", ts=posted["ts"])
    container = (await bot.next())["container"]
    assert (container["type"], container["attachment_id"]) == ("message_attachment", 2)


async def test_a_click_without_an_ack_is_said(
    bot: Any, slack: AsyncWebClient, control: Client, ws: Workspace
) -> None:
    async def late() -> None:
        ws.clock.advance(3)

    bot.app.action("go")(late)
    await bot.connect()
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS])
    answer = await control.click("ana", "go", channel="general", ts=posted["ts"])
    assert answer["acked"] is False
    assert "within 3 seconds" in answer["warning"]
    assert "warning" in (await control.visible("ana"))[-1]["payload"]


async def test_a_workflow_button_tells_the_app_nothing(
    slack: AsyncWebClient, control: Client
) -> None:
    button = ELEMENT["workflow_button"] | {"action_id": "flow"}
    posted = await slack.chat_postMessage(
        channel="C0GENERAL", text="x", blocks=[section(accessory=button)]
    )
    answer = await control.click("ana", "flow", channel="general", ts=posted["ts"])
    assert answer == {"acked": True, "workflow": "https://example.com"}


async def test_option_groups_and_short_queries(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    groups = [{"label": plain("G"), "options": [option()]}]
    answers = [{"option_groups": groups}, {"options": [option(text="x" * 76)]}]

    async def search(ack: Any, body: dict[str, Any]) -> None:
        await bot.bodies.put(body)
        await ack(**answers.pop(0))

    bot.app.options("search")(search)
    await bot.connect()
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS])
    where = {"channel": "general", "ts": posted["ts"]}
    assert await control.suggest("ana", "search", "fo", **where) == {"acked": True, "options": []}
    answer = await control.suggest("ana", "search", "狐狸犬", **where)
    assert answer == {"acked": True, "option_groups": groups}
    body = await bot.next()
    assert "trigger_id" not in body
    assert body["container"]["message_ts"] == posted["ts"]
    refused = await control.suggest("ana", "search", "fox", **where)
    assert "must be less than 76 characters" in refused["error"]
    with pytest.raises(ControlError, match="not_an_external_select"):
        await control.suggest("ana", "pick", "fox", **where)


def _remembers(bot: Any) -> Any:
    async def remember(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await bot.bodies.put(body)

    return remember
