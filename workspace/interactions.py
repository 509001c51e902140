"""Interactions with elements of messages and views: clicking, choosing, searching.

The person's side of docs.slack.dev/reference/interaction-payloads; forms are in `submissions`.
Confirmation dialogs are the page's: who clicks here has confirmed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workspace import actions, blocks, entries, payloads, submissions, views
from workspace.block_kit.elements import options_of
from workspace.block_kit.objects import OPTION, OPTION_GROUP, OPTIONS
from workspace.block_kit.rules import array
from workspace.people import Channel, User
from workspace.state import Workspace
from workspace.submissions import close_view, submit
from workspace.wire import Json, Refused

__all__ = ["click", "close_view", "submit", "suggest"]
TIMED_OUT = "Operation timed out. Apps need to respond within 3 seconds."
_MIN_QUERY = 3
_ECHOED = ("text", "value", "style", "url", "placeholder", "confirm", "min_query_length")
_INITIAL = ("option", "options", "user", "users", "conversation", "conversations", "channel")
_INITIAL += ("channels", "date", "time", "date_time")
_REPEATED = (*_ECHOED, *(f"initial_{each}" for each in _INITIAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an element is: in a message of a channel, or in a view."""

    shown: Json
    channel: Channel | None = None

    @property
    def view_id(self) -> str:
        """The view's id; '' for a message."""
        return "" if self.channel is not None else str(self.shown["id"])

    @property
    def channel_id(self) -> str:
        """The message's channel; '' for a view."""
        return self.channel.id if self.channel is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The element that a person uses, with its block, and what was sent with it."""

    place: Place
    block: Json
    element: Json
    body: Json

    @property
    def kind(self) -> str:
        """The element's type."""
        return str(self.element["type"])

    @property
    def is_silent(self) -> bool:
        """Whether it only fills a form: an input block tells nothing without `dispatch_action`."""
        return self.block["type"] == "input" and not self.block.get("dispatch_action")


async def click(ws: Workspace, user: User, body: Json) -> Json:
    """Use an element: `block_actions`; what it and `values` hold becomes part of the state."""
    target = _target(ws, user, body)
    if target.kind == "workflow_button":
        return {"acked": True, "workflow": target.element["workflow"]["trigger"]["url"]}
    action = _acted(ws, user, target)
    payload = payloads.interaction("block_actions", user) | _around(ws, user, target, action)
    if target.is_silent:
        return {"acked": True}
    payload["actions"] = [action]
    payload["trigger_id"] = ws.trigger(user.id, target.place.view_id, target.place.channel_id)
    ack = await submissions.sent(ws, payload)
    return {"acked": True} if ack is not None else submissions.warn(ws, user, TIMED_OUT)


async def suggest(ws: Workspace, user: User, body: Json) -> Json:
    """Type into an external select: `block_suggestion`; returns the options of the ack.

    Below the element's `min_query_length` (3 without one) the app is not asked.
    """
    target = _target(ws, user, body)
    value = str(body.get("value", ""))
    if "external" not in target.kind:
        raise Refused("not_an_external_select")
    if len(value) < target.element.get("min_query_length", _MIN_QUERY):
        return {"acked": True, "options": []}
    payload = payloads.interaction("block_suggestion", user) | {
        "container": _container(target.place, target.block),
        "action_id": target.element["action_id"],
        "block_id": target.block["block_id"],
        "value": value,
        **_surroundings(target.place),
    }
    ack = await submissions.sent(ws, payload)
    if ack is None:
        return submissions.warn(ws, user, TIMED_OUT)
    return _offered(ws, user, ack.payload or {})


def _target(ws: Workspace, user: User, body: Json) -> Target:
    """Find the message (`channel`, `ts`) or view (`view_id`), and the element in it."""
    where = _place(ws, user, body)
    for block, element in blocks.interactive(where.shown):
        wanted = body.get("block_id") in {None, "", block.get("block_id")}
        if wanted and element.get("action_id") == body.get("action_id"):
            if user.id not in element.get("visible_to_user_ids", (user.id,)):
                break
            return Target(place=where, block=block, element=element, body=body)
    raise Refused("action_not_found", 404)


def _place(ws: Workspace, user: User, body: Json) -> Place:
    if body.get("view_id"):
        return Place(shown=views.owned(ws, user, str(body["view_id"])))
    channel = ws.directory.place(str(body.get("channel", "")), user)
    message = actions.visible_message(ws, user, channel, str(body.get("ts", "")))
    return Place(shown=message, channel=channel)


def _acted(ws: Workspace, user: User, target: Target) -> Json:
    """Return the entry of `actions`: the element, with what the person chose."""
    element = target.element
    repeated = {name: element[name] for name in _REPEATED if name in element}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": target.block["block_id"],
        **repeated,
        **_chosen(ws, user, target),
        "action_ts": ws.ids.ts(),
    }


def _chosen(ws: Workspace, user: User, target: Target) -> Json:
    """Return what the person chose or typed; Refused when the element does not offer it."""
    if target.kind in entries.FORMS:
        return entries.entered(ws, user, target.element, target.body)
    if target.kind == "overflow":
        given = target.body.get("selected_option")
        value = given.get("value") if isinstance(given, dict) else given
        found = [each for each in options_of(target.element) if each["value"] == value]
        if not found:
            raise Refused("option_not_found", 404)
        return {"selected_option": found[0]}
    if target.kind == "feedback_buttons":
        return _vote(target)
    return {}


def _vote(target: Target) -> Json:
    for name in ("positive_button", "negative_button"):
        button = target.element[name]
        if button["value"] == target.body.get("value"):
            return {"text": button["text"], "value": button["value"]}
    raise Refused("option_not_found", 404)


def _around(ws: Workspace, user: User, target: Target, action: Json) -> Json:
    """Return what an action stands in, with the state that it makes."""
    place, given = target.place, dict(target.body.get("values") or {})
    if target.kind in entries.FORMS:
        mine = {action["action_id"]: action}
        given[action["block_id"]] = {**given.get(action["block_id"], {}), **mine}
    container = {"container": _container(place, target.block)}
    if place.channel is None:
        return container | {"view": views.with_values(ws, user, place.view_id, given)}
    before = entries.initial(place.shown, place.channel_id)
    values = entries.merged(ws, user, place.shown, before, given)
    return {
        **container,
        **_surroundings(place),
        "state": {"values": values},
        "response_url": _response_url(ws, user, place.channel, place.shown),
    }


def _surroundings(place: Place) -> Json:
    """Return the view, or the channel and message; an ephemeral message is not repeated."""
    if place.channel is None:
        return {"view": place.shown}
    around: Json = {"channel": payloads.in_channel(place.channel)}
    return around if place.shown.get("is_ephemeral") else around | {"message": place.shown}


def _container(place: Place, block: Json) -> Json:
    if place.channel is None:
        return {"type": "view", "view_id": place.view_id}
    container = payloads.in_message(place.channel, place.shown)
    number = next(_attachment(place.shown, str(block["block_id"])), 0)
    if not number:
        return container
    return container | {
        "type": "message_attachment",
        "attachment_id": number,
        "is_app_unfurl": False,
    }


def _attachment(message: Json, block_id: str) -> Iterator[int]:
    """Yield the number of the attachment that holds a block."""
    for number, each in enumerate(message.get("attachments") or (), start=1):
        if any(block["block_id"] == block_id for block in each.get("blocks") or ()):
            yield number


def _response_url(ws: Workspace, user: User, channel: Channel, message: Json) -> str:
    return ws.hook(
        user.id,
        channel.id,
        ts=message["ts"],
        thread_ts=message.get("thread_ts", ""),
        is_ephemeral=bool(message.get("is_ephemeral")),
    )


def _offered(ws: Workspace, user: User, answer: Json) -> Json:
    """Show the options that the app offers, or none when Slack would not take them."""
    key, each = ("options", OPTION)
    if answer.get("option_groups") is not None:
        key, each = ("option_groups", OPTION_GROUP)
    problems = list(array(each, 0, OPTIONS)(answer.get(key), f"/{key}"))
    if problems:
        return {"acked": True, "options": [], "error": problems[0].line}
    event = {"type": "ack", "options": {key: answer[key]}}
    ws.journal.publish(event, frozenset({user.id}), "ack")
    return {"acked": True, key: answer[key]}
