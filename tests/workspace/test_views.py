"""views.open, push, update, publish: triggers, hashes, limits."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.parts import BLOCK
from workspace.client import Client
from workspace.state import Workspace

TITLE = {"type": "plain_text", "text": "Form"}
TEXT = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
MODAL: dict[str, Any] = {"type": "modal", "title": TITLE, "blocks": [TEXT]}
HOME: dict[str, Any] = {"type": "home", "blocks": [TEXT]}
INPUT = {"type": "input", "label": TITLE, "element": {"type": "plain_text_input"}}


async def test_a_trigger_opens_one_modal(slack: AsyncWebClient, ws: Workspace) -> None:
    trigger = ws.trigger("U0ANA")
    view = (await slack.views_open(trigger_id=trigger, view=MODAL))["view"]
    assert view["id"].startswith("V")
    assert (view["app_id"], view["state"]) == ("A0ATELIER", {"values": {}})
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await slack.views_open(trigger_id=trigger, view=MODAL)


async def test_a_trigger_lives_three_seconds(
    slack: AsyncWebClient, ws: Workspace, control: Client
) -> None:
    trigger = ws.trigger("U0ANA")
    await control.advance(3.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await slack.views_open(trigger_id=trigger, view=MODAL)
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await slack.views_open(trigger_id="guess", view=MODAL)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"type": "home"}, "invalid_arguments"),
        ({"title": None}, "invalid_arguments"),
        ({"title": TITLE | {"text": "x" * 25}}, "invalid_arguments"),
        ({"title": {"type": "mrkdwn", "text": "x"}}, "invalid_arguments"),
        ({"submit": TITLE | {"text": ""}}, "invalid_arguments"),
        ({"blocks": [INPUT]}, "invalid_arguments"),
        ({"blocks": [TEXT] * 101}, "invalid_arguments"),
        ({"blocks": None}, "invalid_arguments"),
        ({"blocks": [BLOCK["markdown"]]}, "invalid_arguments"),
        ({"colour": "red"}, "invalid_arguments"),
        ({"external_id": "x" * 256}, "invalid_arguments"),
        ({"private_metadata": "x" * 3001}, "invalid_arguments"),
        ({"callback_id": "x" * 250_000}, "view_too_large"),
    ],
)
async def test_a_malformed_view_is_refused_and_its_trigger_kept(
    slack: AsyncWebClient, ws: Workspace, changes: dict[str, Any], error: str
) -> None:
    trigger = ws.trigger("U0ANA")
    with pytest.raises(SlackApiError, match=error):
        await slack.views_open(trigger_id=trigger, view=MODAL | changes)
    await slack.views_open(trigger_id=trigger, view=MODAL | {"blocks": [TEXT] * 100})


async def test_update_by_id_external_id_and_hash(slack: AsyncWebClient, ws: Workspace) -> None:
    form = MODAL | {"external_id": "mine"}
    first = (await slack.views_open(trigger_id=ws.trigger("U0ANA"), view=form))["view"]
    second = (await slack.views_update(external_id="mine", view=form, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    assert second["hash"] != first["hash"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await slack.views_update(view_id=first["id"], view=form, hash=first["hash"])
    with pytest.raises(SlackApiError, match="not_found"):
        await slack.views_update(view_id="V0NONE", view=form)
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await slack.views_open(trigger_id=ws.trigger("U0BO"), view=form)


async def test_push_needs_a_modal_below(slack: AsyncWebClient, ws: Workspace) -> None:
    with pytest.raises(SlackApiError, match="not_found"):
        await slack.views_push(trigger_id=ws.trigger("U0ANA"), view=MODAL)


async def test_an_input_needs_a_submit_button(slack: AsyncWebClient, ws: Workspace) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.views_open(trigger_id=ws.trigger("U0ANA"), view=MODAL | {"blocks": [INPUT]})
    (line,) = refused.value.response["response_metadata"]["messages"]
    assert line.startswith("[ERROR] must define `submit` to use an `input` block in modals")
    assert line.endswith("[json-pointer:/view/blocks/0/input]")


async def test_a_modal_is_not_pushed_on_the_home(slack: AsyncWebClient, ws: Workspace) -> None:
    home = (await slack.views_publish(user_id="U0ANA", view=HOME))["view"]
    with pytest.raises(SlackApiError, match="must match the `type` of the root view"):
        await slack.views_push(trigger_id=ws.trigger("U0ANA", home["id"]), view=MODAL)
    await slack.views_open(trigger_id=ws.trigger("U0ANA", home["id"]), view=MODAL)


async def test_a_missing_trigger_is_named(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="missing required field: trigger_id"):
        await slack.api_call("views.open", json={"view": MODAL})


async def test_a_form_may_begin_with_the_conversation_it_came_from(
    slack: AsyncWebClient, ws: Workspace
) -> None:
    menu = {"type": "conversations_select", "action_id": "a"}
    element = menu | {"default_to_current_conversation": True}
    blocks = [INPUT | {"block_id": "b", "element": element}]
    trigger = ws.trigger("U0ANA", channel="C0RANDOM")
    view = MODAL | {"blocks": blocks, "submit": TITLE}
    opened = await slack.views_open(trigger_id=trigger, view=view)
    entry = opened["view"]["state"]["values"]["b"]["a"]
    assert entry["selected_conversation"] == "C0RANDOM"


async def test_a_forgotten_modal_does_not_stay_for_ever(
    slack: AsyncWebClient, ws: Workspace, control: Client
) -> None:
    for _ in range(12):
        await slack.views_open(trigger_id=ws.trigger("U0ANA"), view=MODAL)
    assert len((await control.state("ana"))["views"]) == len(ws.views) == 10


async def test_old_triggers_are_forgotten(ws: Workspace, control: Client) -> None:
    for _ in range(5):
        ws.trigger("U0ANA")
    await control.advance(3700)
    fresh = ws.trigger("U0ANA")
    assert list(ws.triggers) == [fresh]


@pytest.mark.parametrize(
    ("given", "error", "pointer"),
    [
        ({"blocks": [TEXT]}, "", ""),
        ({"message": {"blocks": [TEXT], "text": "x"}}, "", ""),
        ({"view": MODAL}, "", ""),
        ({"view": HOME}, "", ""),
        (
            {"blocks": [TEXT | {"text": {"type": "invalid", "text": "x"}}]},
            "invalid_blocks",
            "/0/text/type",
        ),
        ({"message": {"blocks": [{"type": "header"}]}}, "invalid_message", "/blocks/0"),
        ({"view": MODAL | {"title": None}}, "invalid_view", ""),
    ],
    ids=lambda each: str(each)[:40],
)
async def test_validate(ws: Workspace, given: dict[str, Any], error: str, pointer: str) -> None:
    stranger = AsyncWebClient(base_url=f"{ws.base_url}/api/")
    if not error:
        assert (await stranger.blocks_validate(**given)).data == {"ok": True}
        return
    with pytest.raises(SlackApiError) as refused:
        await stranger.blocks_validate(**given)
    (told,) = refused.value.response["errors"]
    assert (refused.value.response["error"], told["pointer"]) == (error, pointer)
    assert told["code"] == "failed_constraint"
    assert told["constraint"]["type"]


@pytest.mark.parametrize(
    "given", [{}, {"blocks": [TEXT], "view": MODAL}, {"blocks": "[{"}, {"view": [1]}]
)
async def test_validate_takes_exactly_one(ws: Workspace, given: dict[str, Any]) -> None:
    stranger = AsyncWebClient(base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await stranger.api_call("blocks.validate", json=given)


async def test_the_home_tab_may_be_off(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    ana = AsyncWebClient("xoxp-ana", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await ana.views_publish(user_id="U0ANA", view=HOME)
    await control.manifest({"features": {"app_home": {"home_tab_enabled": False}}})
    with pytest.raises(SlackApiError, match="not_enabled"):
        await slack.views_publish(user_id="U0ANA", view=HOME)


async def test_the_home_is_replaced_in_place(slack: AsyncWebClient, control: Client) -> None:
    first = (await slack.views_publish(user_id="U0ANA", view=HOME))["view"]
    assert (await control.state("ana"))["home"]["id"] == first["id"]
    second = (await slack.views_publish(user_id="U0ANA", view=HOME, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await slack.views_publish(user_id="U0ANA", view=HOME, hash=first["hash"])
    updated = await slack.views_update(view_id=first["id"], view=HOME)
    assert (await control.state("ana"))["home"]["hash"] == updated["view"]["hash"]
    assert (await control.state("bo"))["home"] is None
    assert [each["kind"] for each in await control.visible("ana")] == ["home"] * 3


async def test_a_home_needs_a_person(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="missing_profile_id"):
        await slack.api_call("views.publish", json={"view": HOME})
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await slack.views_publish(user_id="U0ANA", view=MODAL)
