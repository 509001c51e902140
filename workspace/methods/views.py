"""views.open, push, update, publish."""

from workspace import checks, views
from workspace.args import Call
from workspace.block_kit.surfaces import Surface
from workspace.state import Trigger
from workspace.wire import Json, SlackError


def open_modal(call: Call) -> Json:
    """Open a modal for the person whose interaction gave the trigger, within 3 s, once."""
    given = _view(call, "modal")
    _check_external(call, given)
    trigger = _trigger(call)
    return {"view": views.open_modal(call.ws, trigger.user, given, trigger.channel)}


def push(call: Call) -> Json:
    """Put a modal on top of the one the trigger came from; three levels at most."""
    given = _view(call, "modal")
    _check_external(call, given)
    trigger = _trigger(call)
    below = call.ws.views.get(trigger.view_id)
    if below is None:
        raise SlackError("not_found")
    if below["type"] != "modal":
        words = "must match the `type` of the root view whose stack we're pushing onto"
        raise SlackError("invalid_arguments", [f"[ERROR] {words} [json-pointer:/view/type]"])
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
    _check_tab(call)
    user = call.user("user_id", "invalid_arguments")
    given = _view(call, "home")
    old = call.ws.homes.get(user.id)
    _check_external(call, given, but=old["id"] if old is not None else "")
    if old is not None:
        _check_hash(call, old)
    return {"view": views.publish(call.ws, user.id, given)}


def _check_tab(call: Call) -> None:
    """Refuse when the manifest turns the Home tab off; refuse people's tokens."""
    if not call.caller.is_bot:
        raise SlackError("not_allowed_token_type")
    features = call.ws.manifest.get("features") or {}
    if (features.get("app_home") or {}).get("home_tab_enabled") is False:
        raise SlackError("not_enabled")


def _view(call: Call, kind: Surface) -> Json:
    return checks.view(call.ws, call.mapping("view"), kind)


def _trigger(call: Call) -> Trigger:
    trigger = call.ws.triggers.get(call.text("trigger_id"))
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
