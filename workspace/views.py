"""Modals and the Home: each person has a stack of open modals for each one that was opened.

A view is replaced, never changed; every state of it has a new `hash`.
"""

from workspace import messages
from workspace.people import APP_ID, BOT_ID, TEAM_ID
from workspace.state import Workspace
from workspace.wire import Json

_KEPT = frozenset(
    {"type", "title", "submit", "close", "blocks", "private_metadata", "callback_id"}
    | {"external_id", "clear_on_close", "notify_on_close", "submit_disabled"}
)
MOST_PUSHED = 3


def build(ws: Workspace, given: Json, identity: str, root: str = "", previous: str = "") -> Json:
    """Return the view object that the platform makes of what the app gave."""
    view: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None}
    view |= {"submit": None, "clear_on_close": False, "notify_on_close": False}
    view |= {key: value for key, value in given.items() if key in _KEPT}
    return view | {
        "id": identity,
        "team_id": TEAM_ID,
        "state": {"values": _initial(given.get("blocks") or [])},
        "hash": f"{int(ws.clock.now())}.{ws.ids.short()}",
        "root_view_id": root or identity,
        "previous_view_id": previous or None,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }


def open_modal(ws: Workspace, user: str, given: Json) -> Json:
    """Open a modal of its own."""
    view = build(ws, given, ws.ids.next("V"))
    ws.stacks.setdefault(user, []).append([view["id"]])
    _store(ws, user, view)
    _show(ws, user, "view_opened", view)
    return view


def push(ws: Workspace, user: str, given: Json, below: str) -> Json | None:
    """Put a modal on top of the one named `below`; None when the stack is full or it is closed."""
    stack = stack_of(ws, user, below)
    if not stack or len(stack) >= MOST_PUSHED:
        return None
    view = build(ws, given, ws.ids.next("V"), root=stack[0], previous=stack[-1])
    stack.append(view["id"])
    _store(ws, user, view)
    _show(ws, user, "view_pushed", view)
    return view


def update(ws: Workspace, identity: str, given: Json) -> Json:
    """Replace an open modal, or a Home, in its place."""
    old, user = ws.views[identity], ws.view_users[identity]
    root, previous = old["root_view_id"], old["previous_view_id"] or ""
    view = build(ws, given, identity, root, previous)
    if view["type"] == "home":
        return _store_home(ws, user, view)
    _store(ws, user, view)
    _show(ws, user, "view_updated", view)
    return view


def publish(ws: Workspace, user: str, given: Json) -> Json:
    """Replace a person's Home."""
    identity = ws.homes[user]["id"] if user in ws.homes else ws.ids.next("V")
    return _store_home(ws, user, build(ws, given, identity))


def close(ws: Workspace, user: str, identity: str, *, whole_stack: bool = False) -> list[Json]:
    """Close a modal and what is above it, or its whole stack; return the closed ones."""
    stack = stack_of(ws, user, identity)
    kept = 0 if whole_stack or identity not in stack else stack.index(identity)
    closed = [_forget(ws, user, each) for each in reversed(stack[kept:])]
    del stack[kept:]
    ws.stacks[user] = [each for each in ws.stacks.get(user, ()) if each]
    return closed


def stack_of(ws: Workspace, user: str, identity: str) -> list[str]:
    """Return the stack that holds a modal; empty when it is not open."""
    return next((stack for stack in ws.stacks.get(user, ()) if identity in stack), [])


def with_values(ws: Workspace, identity: str, values: Json) -> Json:
    """Remember what the person entered so far; return the view with it."""
    view = ws.views[identity]
    merged = {**view["state"]["values"]}
    for block_id, given in values.items():
        merged[block_id] = merged.get(block_id, {}) | given
    ws.views[identity] = view | {"state": {"values": merged}}
    return ws.views[identity]


def _store(ws: Workspace, user: str, view: Json) -> None:
    ws.views[view["id"]] = view
    ws.view_users[view["id"]] = user


def _store_home(ws: Workspace, user: str, view: Json) -> Json:
    _store(ws, user, view)
    ws.homes[user] = view
    _show(ws, user, "home", view)
    return view


def _forget(ws: Workspace, user: str, identity: str) -> Json:
    view = ws.views.pop(identity)
    del ws.view_users[identity]
    ws.journal.publish({"type": "view_closed", "view_id": identity}, frozenset({user}))
    return view


def _show(ws: Workspace, user: str, kind: str, view: Json) -> None:
    shown = "home" if kind == "home" else "view"
    event = {"type": kind, "view": messages.with_sources(ws, view)}
    ws.journal.publish(event, frozenset({user}), shown)
    messages.show_files(ws, "", view, frozenset({user}))


def _initial(blocks: list[Json]) -> Json:
    """Return the values that inputs have before the person touches them."""
    values: Json = {}
    for block in blocks:
        element = block.get("element")
        if block.get("type") == "input" and isinstance(element, dict):
            entry = {"type": element["type"]} | _initial_value(element)
            values[block["block_id"]] = {element["action_id"]: entry}
    return values


def _initial_value(element: Json) -> Json:
    initial = {
        name.replace("initial_", "selected_" if name != "initial_value" else "", 1): value
        for name, value in element.items()
        if name.startswith("initial_")
    }
    if element["type"] in {"plain_text_input", "email_text_input", "url_text_input"}:
        initial.setdefault("value", None)
    return initial
