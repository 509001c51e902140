"""views.open, push, update, publish."""

from workspace import checks, views
from workspace.args import Call
from workspace.state import Trigger
from workspace.wire import Json, SlackError


def open_modal(call: Call) -> Json:
    """Open a modal for the person whose interaction gave the trigger, within 3 s, once."""
    given = _view(call, "modal")
    _check_external(call, given)
    trigger = _trigger(call)
    return {"view": views.open_modal(call.ws, trigger.user, given)}


def push(call: Call) -> Json:
    """Put a modal on top of the one the trigger came from; three levels at most."""
    given = _view(call, "modal")
    _check_external(call, given)
    trigger = _trigger(call)
    if trigger.view_id not in call.ws.views:
        raise SlackError("not_found")
    view = views.push(call.ws, trigger.user, given, trigger.view_id)
    if view is None:
        raise SlackError("push_limit_reached")
    return {"view": view}


def update(call: Call) -> Json:
    """Replace a view, by id or external id; `hash` guards against a newer state."""
    identity = _target(call)
    old = call.ws.views[identity]
    given = _view(call, old["type"])
    _check_external(call, given, but=identity)
    _check_hash(call, old)
    return {"view": views.update(call.ws, identity, given)}


def publish(call: Call) -> Json:
    """Replace a person's Home."""
    if not call.given.get("user_id"):
        raise SlackError("missing_profile_id")
    user = call.user("user_id", "invalid_arguments")
    given = _view(call, "home")
    if user.id in call.ws.homes:
        _check_hash(call, call.ws.homes[user.id])
    return {"view": views.publish(call.ws, user.id, given)}


def _view(call: Call, kind: str) -> Json:
    return checks.view(call.ws, call.mapping("view"), kind)


def _trigger(call: Call) -> Trigger:
    trigger = call.ws.triggers.get(str(call.given.get("trigger_id") or ""))
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if call.ws.clock.now() > trigger.expires:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def _target(call: Call) -> str:
    external = str(call.given.get("external_id") or "")
    identity = str(call.given.get("view_id") or "") or _by_external(call, external)
    if identity not in call.ws.views:
        raise SlackError("not_found")
    return identity


def _by_external(call: Call, external: str) -> str:
    views_open = call.ws.views.items()
    named = (name for name, view in views_open if external and view["external_id"] == external)
    return next(named, "")


def _check_external(call: Call, given: Json, but: str = "") -> None:
    other = _by_external(call, str(given.get("external_id") or ""))
    if other and other != but:
        raise SlackError("duplicate_external_id")


def _check_hash(call: Call, old: Json) -> None:
    if call.given.get("hash") and call.given["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
