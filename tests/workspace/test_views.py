"""views.open, push, update, publish: triggers, hashes, limits."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

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
