"""Interactions with elements of messages and views: click, search, submit, close.

The person's side of docs.slack.dev/reference/interaction-payloads; what the app answers to a
submitted view (`response_action`) is carried out here.
"""

from dataclasses import dataclass

from workspace import actions, blocks, checks, payloads, views
from workspace.people import Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused, SlackError

_GIVEN = frozenset(
    {"value", "selected_option", "selected_options", "selected_date", "selected_time"}
    | {"selected_date_time", "selected_user", "selected_users", "selected_channel"}
    | {"selected_channels", "selected_conversation", "selected_conversations", "rich_text_value"}
    | {"files"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an element is: in a message of a channel, or in a view."""

    shown: Json
    channel: Channel | None = None

    @property
    def view_id(self) -> str:
        """The view's id; '' for a message."""
        return "" if self.channel is not None else str(self.shown["id"])


def place(ws: Workspace, user: User, body: Json) -> Place:
    """Find the message (`channel`, `ts`) or view (`view_id`) that a body names."""
    if body.get("view_id"):
        return Place(shown=own_view(ws, user, str(body["view_id"])))
    channel = ws.directory.place(str(body.get("channel", "")), user)
    message = actions.visible_message(ws, user, channel, str(body.get("ts", "")))
    return Place(shown=message, channel=channel)


def own_view(ws: Workspace, user: User, identity: str) -> Json:
    """Return an open view of this person; Refused when there is none."""
    if ws.view_users.get(identity) != user.id:
        raise Refused("view_not_found", 404)
    return ws.views[identity]


async def click(ws: Workspace, user: User, body: Json) -> Json:
    """Use an element: `block_actions`. In a view, what it holds becomes part of the state."""
    where = place(ws, user, body)
    block_id, element = _find(where.shown, body)
    action = _acted(ws, block_id, element, body)
    payload = payloads.interaction("block_actions", user) | {"actions": [action]}
    if where.channel is not None:
        payload |= _in_message(ws, user, where.channel, where.shown)
    else:
        payload |= _in_view(ws, where.view_id, block_id, action, body)
    return {"acked": await actions.interact(ws, user, payload, where.view_id) is not None}


async def suggest(ws: Workspace, user: User, body: Json) -> Json:
    """Type into an external select: `block_suggestion`; returns the options of the ack."""
    where = place(ws, user, body)
    block_id, element = _find(where.shown, body)
    payload = payloads.interaction("block_suggestion", user) | {
        "action_id": element["action_id"],
        "block_id": block_id,
        "value": str(body.get("value", "")),
    }
    if where.channel is not None:
        payload |= {"channel": payloads.in_channel(where.channel), "message": where.shown}
        payload["container"] = payloads.in_message(where.channel, where.shown)
    else:
        payload |= {"view": where.shown, "container": _view_container(where.view_id)}
    ack = await actions.interact(ws, user, payload, where.view_id)
    answer = (ack.payload if ack is not None else None) or {}
    if answer:
        event = {"type": "ack", "options": answer}
        ws.journal.publish(event, frozenset({user.id}), "ack")
    return {"acked": ack is not None, **answer}


async def submit(ws: Workspace, user: User, body: Json) -> Json:
    """Submit a modal: `view_submission`; carry out the app's `response_action`."""
    identity = str(body.get("view_id", ""))
    own_view(ws, user, identity)
    view = views.with_values(ws, identity, body.get("values") or {})
    payload = payloads.interaction("view_submission", user) | {"view": view, "response_urls": []}
    ack = await actions.interact(ws, user, payload, identity)
    if ack is None:
        return {"acked": False, "response_action": None, "errors": None}
    answer = ack.payload or {}
    answered = _carry_out(ws, user, identity, answer)
    return {"acked": True, "response_action": answer.get("response_action"), **answered}


async def close_view(ws: Workspace, user: User, body: Json) -> Json:
    """Close a modal: `view_closed` goes out when the modal asked for it."""
    identity = str(body.get("view_id", ""))
    view = own_view(ws, user, identity)
    views.close(ws, user.id, identity, whole_stack=bool(view["clear_on_close"]))
    if not view["notify_on_close"]:
        return {"acked": True}
    payload = payloads.interaction("view_closed", user)
    payload |= {"view": view, "is_cleared": bool(view["clear_on_close"])}
    return {"acked": await actions.interact(ws, user, payload) is not None}


def _carry_out(ws: Workspace, user: User, identity: str, answer: Json) -> Json:
    """Do what the ack of a submission asks for; return the errors to show, if any."""
    match answer.get("response_action"):
        case "errors":
            errors = answer.get("errors") or {}
            event = {"type": "ack", "view_id": identity, "errors": errors}
            ws.journal.publish(event, frozenset({user.id}), "ack")
            return {"errors": errors}
        case "update" | "push" as kind:
            return _next_view(ws, user, identity, kind, answer.get("view"))
        case "clear":
            views.close(ws, user.id, identity, whole_stack=True)
        case _:
            if identity in ws.views:
                views.close(ws, user.id, identity)
    return {"errors": None}


def _next_view(ws: Workspace, user: User, identity: str, kind: str, given: object) -> Json:
    try:
        view = checks.view(ws, given if isinstance(given, dict) else {}, "modal")
    except SlackError as error:
        return {"errors": {"view": "; ".join(error.messages) or error.code}}
    if kind == "update":
        views.update(ws, identity, view)
    else:
        views.push(ws, user.id, view, identity)
    return {"errors": None}


def _find(shown: Json, body: Json) -> tuple[str, Json]:
    """Return the block id and the element that a body names; Refused when there is none."""
    for block in shown.get("blocks") or ():
        for element in blocks.elements(block):
            wanted = body.get("block_id") in {None, "", block.get("block_id")}
            if wanted and element.get("action_id") == body.get("action_id"):
                return str(block.get("block_id", "")), element
    raise Refused("action_not_found", 404)


def _acted(ws: Workspace, block_id: str, element: Json, body: Json) -> Json:
    """Return the entry of `actions`: the element, with what the person chose."""
    given = {key: body[key] for key in _GIVEN if key in body}
    if isinstance(given.get("selected_option"), str):
        given["selected_option"] = _option(element, given["selected_option"])
    kept = {
        key: element[key] for key in ("text", "value", "style", "placeholder") if key in element
    }
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        **kept,
        **given,
        "action_ts": ws.ids.ts(),
    }


def _option(element: Json, value: str) -> Json:
    groups = [group.get("options") or [] for group in element.get("option_groups") or ()]
    options = [*(element.get("options") or ()), *(each for group in groups for each in group)]
    found = next((option for option in options if option.get("value") == value), None)
    return found or {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}


def _in_message(ws: Workspace, user: User, channel: Channel, message: Json) -> Json:
    whispered = bool(message.get("is_ephemeral"))
    url = ws.hook(
        user.id,
        channel.id,
        ts=message["ts"],
        thread_ts=message.get("thread_ts", ""),
        is_ephemeral=whispered,
    )
    return {
        "container": payloads.in_message(channel, message),
        "channel": payloads.in_channel(channel),
        "message": {key: value for key, value in message.items() if key != "is_ephemeral"},
        "state": {"values": {}},
        "response_url": url,
    }


def _in_view(ws: Workspace, identity: str, block_id: str, action: Json, body: Json) -> Json:
    chosen = {key: action[key] for key in _GIVEN if key in action}
    values: Json = body.get("values") or {}
    if chosen and action["type"] != "button":
        entry = {"type": action["type"], **chosen}
        values = values | {block_id: values.get(block_id, {}) | {action["action_id"]: entry}}
    return {
        "container": _view_container(identity),
        "view": views.with_values(ws, identity, values),
    }


def _view_container(identity: str) -> Json:
    return {"type": "view", "view_id": identity}
