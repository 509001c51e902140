"""A person's modal: submitting it, closing it, and carrying out what the app answers.

docs.slack.dev/surfaces/modals and /reference/interaction-payloads/view-interactions-payload. Before
a form goes out, it is checked as Slack's own client checks it; then the app is not asked at all.
"""

from collections.abc import Iterator

from workspace import blocks, checks, entries, payloads, views
from workspace.delivery import Ack, Envelope
from workspace.people import User
from workspace.state import StoredFile, Workspace
from workspace.wire import Json, SlackError

TROUBLE = "We had some trouble connecting. Try again?"
_ANSWERED = frozenset({"view_submission", "block_suggestion"})


async def sent(ws: Workspace, payload: Json) -> Ack | None:
    """Send an interaction and wait for its acknowledgement."""
    for stored in _files(ws, payload):
        stored.is_submitted = True
    kind = str(payload["type"])
    accepts = kind in _ANSWERED
    envelope = Envelope(type="interactive", kind=kind, payload=payload, accepts_response=accepts)
    return await ws.dispatcher.deliver(envelope)


def _files(ws: Workspace, payload: Json) -> Iterator[StoredFile]:
    """Yield the files that a form holds: from now on the app may read them."""
    state = payload.get("state") or payload.get("view", {}).get("state") or {}
    for elements in state.get("values", {}).values():
        for entry in elements.values():
            named = (each["id"] for each in entry.get("files") or ())
            yield from (ws.files[name] for name in named if name in ws.files)


def warn(ws: Workspace, user: User, warning: str) -> Json:
    """Show the person Slack's warning that the app did not answer; return it."""
    event = {"type": "ack", "warning": warning}
    ws.journal.publish(event, frozenset({user.id}), "ack")
    return {"acked": False, "warning": warning}


async def submit(ws: Workspace, user: User, body: Json) -> Json:
    """Submit a modal: `view_submission`; carry out the app's `response_action`.

    `sent: false` in the answer means that the client refused the form (`errors` by block) and the
    app was not asked; `acked` is true there, because nothing is left to wait for.
    """
    identity, values = str(body.get("view_id", "")), body.get("values") or {}
    entries.check_known(views.owned(ws, user, identity), values)
    view = views.with_values(ws, user, identity, values)
    errors = entries.problems(view)
    if errors:
        return {"acked": True, "response_action": "errors", "errors": errors, "sent": False}
    payload = payloads.interaction("view_submission", user) | {
        "trigger_id": ws.trigger(user.id, identity),
        "view": view,
        "response_urls": _response_urls(ws, user, view),
    }
    ack = await sent(ws, payload)
    if ack is None:
        return {**warn(ws, user, TROUBLE), "response_action": None, "errors": None}
    answer = ack.payload or {}
    errors = _carry_out(ws, user, identity, answer)
    return {
        "acked": True,
        "response_action": answer.get("response_action"),
        "errors": errors or None,
    }


async def close_view(ws: Workspace, user: User, body: Json) -> Json:
    """Close a modal: `view_closed` goes out for each that asked for it."""
    identity = str(body.get("view_id", ""))
    cleared = bool(views.owned(ws, user, identity)["clear_on_close"])
    closed = views.close(ws, user.id, identity, whole_stack=cleared)
    acks = [await _tell_closed(ws, user, view, cleared=cleared) for view in closed]
    return {"acked": all(acks)}


async def _tell_closed(ws: Workspace, user: User, view: Json, *, cleared: bool) -> bool:
    if not view["notify_on_close"]:
        return True
    told = {"view": view, "is_cleared": cleared}
    return await sent(ws, payloads.interaction("view_closed", user) | told) is not None


def _response_urls(ws: Workspace, user: User, view: Json) -> list[Json]:
    """Return a response URL for each conversation chosen where the app asked for one."""
    found: list[Json] = []
    for block, element in blocks.interactive(view):
        names = {"block_id": block["block_id"], "action_id": element["action_id"]}
        entry = view["state"]["values"].get(names["block_id"], {}).get(names["action_id"], {})
        chosen = entry.get("selected_conversation") or entry.get("selected_channel")
        if element.get("response_url_enabled") and chosen:
            url = ws.hook(user.id, chosen)
            found.append({**names, "channel_id": chosen, "response_url": url})
    return found


def _carry_out(ws: Workspace, user: User, identity: str, answer: Json) -> Json:
    """Do what the ack of a submission asks for; return the errors to show, if any."""
    match answer.get("response_action"):
        case "errors":
            return _show_errors(ws, user, identity, answer.get("errors"))
        case "update" | "push" as kind:
            return _next_view(ws, user, identity, kind, answer.get("view"))
        case "clear":
            views.close(ws, user.id, identity, whole_stack=True)
        case _ if identity in ws.views:
            views.close(ws, user.id, identity)
    return {}


def _show_errors(ws: Workspace, user: User, identity: str, errors: object) -> Json:
    """Show the app's errors at their input blocks; those of no block are trouble."""
    shown = ws.views.get(identity, {}).get("blocks", ())
    inputs = {block["block_id"] for block in shown if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        return {"view": f"{TROUBLE} (`errors` must name input blocks of the view)"}
    event = {"type": "ack", "view_id": identity, "errors": errors}
    ws.journal.publish(event, frozenset({user.id}), "ack")
    return errors


def _next_view(ws: Workspace, user: User, identity: str, kind: str, given: object) -> Json:
    try:
        view = checks.view(ws, given if isinstance(given, dict) else {}, "modal")
    except SlackError as error:
        return {"view": f"{TROUBLE} ({'; '.join(error.messages) or error.code})"}
    if identity not in ws.views:
        return {}
    if kind == "update":
        views.update(ws, identity, view)
    elif views.push(ws, user.id, view, identity) is None:
        return {"view": f"{TROUBLE} (no more than {views.MOST_PUSHED} views in a stack)"}
    return {}
