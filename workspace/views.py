"""Modals and the Home: each person has a stack of open modals for each one that was opened.

A view is replaced, never changed; every new content has a new `hash`. What was entered stays when
the new content has the same input, by block id and action id.
"""

from dataclasses import dataclass, field

from workspace import entries, messages
from workspace.people import APP_ID, BOT_ID, TEAM_ID, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

_KEPT = frozenset(
    {"type", "title", "submit", "close", "blocks", "private_metadata", "callback_id"}
    | {"external_id", "clear_on_close", "notify_on_close", "submit_disabled"}
)
MOST_PUSHED = 3
_MOST_STACKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a view stands: its id, the stack around it, and what was entered there before.

    `channel` is the conversation it was opened from, if any.
    """

    identity: str
    root: str = ""
    previous: str | None = None
    channel: str = ""
    values: Json = field(default_factory=dict)


def build(ws: Workspace, given: Json, place: Place) -> Json:
    """Return the view object that the platform makes of what the app gave."""
    view: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None}
    view |= {"submit": None, "clear_on_close": False, "notify_on_close": False}
    view |= {key: value for key, value in given.items() if key in _KEPT}
    return view | {
        "id": place.identity,
        "team_id": TEAM_ID,
        "state": {"values": _kept(place.values, entries.initial(given, place.channel))},
        "hash": f"{int(ws.clock.now())}.{ws.ids.short()}",
        "root_view_id": place.root or place.identity,
        "previous_view_id": place.previous,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }


def open_modal(ws: Workspace, user: str, given: Json, channel: str = "") -> Json:
    """Open a modal of its own; of many that stay open, the oldest is closed."""
    view = build(ws, given, Place(identity=ws.ids.next("V"), channel=channel))
    stacks = ws.stacks.setdefault(user, [])
    if len(stacks) >= _MOST_STACKS:
        close(ws, user, stacks[0][0], whole_stack=True)
    ws.stacks[user].append([view["id"]])
    _store(ws, user, view)
    _show(ws, user, "view_opened", view)
    return view


def push(ws: Workspace, user: str, given: Json, below: str) -> Json | None:
    """Put a modal on top of the one named `below`; None when the stack is full or it is closed."""
    stack = stack_of(ws, user, below)
    if not stack or len(stack) >= MOST_PUSHED:
        return None
    place = Place(identity=ws.ids.next("V"), root=stack[0], previous=stack[-1])
    view = build(ws, given, place)
    stack.append(view["id"])
    _store(ws, user, view)
    _show(ws, user, "view_pushed", view)
    return view


def update(ws: Workspace, identity: str, given: Json) -> Json:
    """Replace an open modal, or a Home, in its place."""
    old, user = ws.views[identity], ws.view_users[identity]
    view = build(ws, given, _same_place(old))
    if view["type"] == "home":
        return _store_home(ws, user, view)
    _store(ws, user, view)
    _show(ws, user, "view_updated", view)
    return view


def publish(ws: Workspace, user: str, given: Json) -> Json:
    """Replace a person's Home."""
    old = ws.homes.get(user)
    place = Place(identity=ws.ids.next("V")) if old is None else _same_place(ws.views[old["id"]])
    return _store_home(ws, user, build(ws, given, place))


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


def owned(ws: Workspace, user: User, identity: str) -> Json:
    """Return an open view of this person; Refused when there is none."""
    if ws.view_users.get(identity) != user.id:
        raise Refused("view_not_found", 404)
    return ws.views[identity]


def with_values(ws: Workspace, user: User, identity: str, values: Json) -> Json:
    """Remember what the person entered so far; return the view with it.

    Raises Refused for a value that its input cannot hold.
    """
    view = ws.views[identity]
    merged = entries.merged(ws, user, view, view["state"]["values"], values)
    ws.views[identity] = view | {"state": {"values": merged}}
    return ws.views[identity]


def _same_place(old: Json) -> Place:
    return Place(
        identity=old["id"],
        root=old["root_view_id"],
        previous=old["previous_view_id"],
        values=old["state"]["values"],
    )


def _kept(before: Json, fresh: Json) -> Json:
    """Return the fresh values, but what was entered before where the input is the same."""
    return {
        block_id: {action_id: _same(before, block_id, action_id, entry) for action_id, entry in of}
        for block_id, of in ((name, values.items()) for name, values in fresh.items())
    }


def _same(before: Json, block_id: str, action_id: str, entry: Json) -> Json:
    earlier = before.get(block_id, {}).get(action_id, entry)
    return earlier if earlier["type"] == entry["type"] else entry


def keep_home(ws: Workspace, user: str, view: Json) -> None:
    """Give a person the Home that they had; nothing is shown or told."""
    _store(ws, user, view)
    ws.homes[user] = view


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
