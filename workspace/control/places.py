"""What a person does with channels, DMs and messages that are there; and who is on the team."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace import functions, membership, messages, payloads, places, reacting, text
from workspace.control import asking
from workspace.control.asking import Handler
from workspace.people import TEAM_ID, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused, SlackError


async def channel(ws: Workspace, request: Request) -> Response:
    """Make a channel."""
    body = await asking.body(request)
    user, name = asking.actor(ws, body), str(body.get("name", "")).removeprefix("#")
    with _as_refusal():
        made = places.create(ws, user, name, is_private=body.get("is_private") is True)
    return JSONResponse({"channel": made.card()})


async def rename(ws: Workspace, request: Request) -> Response:
    """Give a channel another name."""
    body = await asking.body(request)
    user, place = asking.open_where(ws, body)
    with _as_refusal():
        places.rename(ws, place, user, str(body.get("name", "")).removeprefix("#"))
    return JSONResponse({"channel": place.card()})


async def join(ws: Workspace, request: Request) -> Response:
    """Join a public channel; nothing happens when one is in it already."""
    body = await asking.body(request)
    user = asking.actor(ws, body)
    place = ws.directory.channel(str(body.get("channel", "")))
    if place is None or not (place.is_public or user.id in place.members):
        raise Refused("channel_not_found", 404)
    if user.id not in place.members:
        with _as_refusal():
            membership.check_join(place)
        membership.join(ws, place, user)
    return JSONResponse({"channel": place.card()})


async def leave(ws: Workspace, request: Request) -> Response:
    """Leave a channel."""
    user, place = asking.where(ws, await asking.body(request))
    with _as_refusal():
        membership.check_leave(place, user)
    membership.leave(ws, place, user)
    return JSONResponse({"ok": True})


async def archive(ws: Workspace, request: Request) -> Response:
    """Archive a channel."""
    user, place = asking.where(ws, await asking.body(request))
    with _as_refusal():
        places.archive(ws, place, user)
    return JSONResponse({"channel": place.card()})


async def invite(ws: Workspace, request: Request) -> Response:
    """Bring somebody, or the bot, into a channel."""
    body = await asking.body(request)
    user, place = asking.where(ws, body)
    invited = _member(ws, body.get("invited"))
    with _as_refusal():
        membership.check_invite(place, user, invited)
    membership.join(ws, place, invited, user.id)
    return JSONResponse({"channel": place.card()})


async def kick(ws: Workspace, request: Request) -> Response:
    """Remove somebody, or the bot, from a channel."""
    body = await asking.body(request)
    user, place = asking.where(ws, body)
    removed = _member(ws, body.get("removed"))
    with _as_refusal():
        membership.check_kick(place, user, removed)
    membership.leave(ws, place, removed, user.id)
    return JSONResponse({"channel": place.card()})


async def dm(ws: Workspace, request: Request) -> Response:
    """Open the DM with one person, or the group DM with several."""
    body = await asking.body(request)
    names = body.get("users")
    if not isinstance(names, list):
        raise Refused("users_list_not_supplied")
    user, others = asking.actor(ws, body), [_member(ws, name) for name in names]
    with _as_refusal():
        place = places.direct(ws, user, others)
    return JSONResponse({"channel": place.card()})


async def read(ws: Workspace, request: Request) -> Response:
    """Set a person's read mark; only their pages hear of it."""
    body = await asking.body(request)
    user, place = asking.where(ws, body)
    ts = str(body.get("ts", ""))
    asking.number(ts)
    place.reads[user.id] = ts
    event = {"type": "read", "channel": place.id, "ts": ts}
    ws.journal.publish(event, frozenset({user.id}))
    return JSONResponse({"ok": True})


async def edit(ws: Workspace, request: Request) -> Response:
    """Change the text of one's own message."""
    body = await asking.body(request)
    user, place = asking.open_where(ws, body)
    message = _message(place, body)
    if message.get("user") != user.id or message.get("subtype") not in {None, "file_share"}:
        raise Refused("cant_update_message", 403)
    said = text.typed_body(str(body.get("text", "")), ws.directory, ws.ids.short())
    if not said["text"] and not message.get("files"):
        raise Refused("no_text")
    edited = {"user": user.id, "ts": ws.ids.ts()}
    changes: Json = {"blocks": None, **said, "edited": edited}
    messages.change(ws, place, message["ts"], changes)
    return JSONResponse({"ok": True, "ts": message["ts"]})


async def delete(ws: Workspace, request: Request) -> Response:
    """Delete one's own message; an admin may delete anybody's."""
    body = await asking.body(request)
    user, place = asking.open_where(ws, body)
    message = _message(place, body)
    is_mine = message.get("user") == user.id and message.get("subtype") != "tombstone"
    if not is_mine and not user.is_admin:
        raise Refused("cant_delete_message", 403)
    messages.delete(ws, place, message["ts"])
    return JSONResponse({"ok": True, "ts": message["ts"]})


async def react(ws: Workspace, request: Request) -> Response:
    """Put an emoji on a message, or take it back."""
    body = await asking.body(request)
    user, place = asking.open_where(ws, body)
    message = _message(place, body)
    with _as_refusal():
        name = reacting.plain_name(str(body.get("name", "")))
        added = reacting.toggle(ws, place, message, user, name)
    return JSONResponse({"ok": True, "added": added})


async def bookmark(ws: Workspace, request: Request) -> Response:
    """Add a bookmark to a channel."""
    body = await asking.body(request)
    user, place = asking.open_where(ws, body)
    title, link = str(body.get("title", "")), str(body.get("link", ""))
    if not title or not link.startswith(("https://", "http://")):
        raise Refused("invalid_link")
    made = _bookmark(ws, place, user) | {"title": title, "link": link}
    place.bookmarks.append(made | {"emoji": str(body.get("emoji") or "")})
    return JSONResponse({"bookmark": place.bookmarks[-1]})


async def person(ws: Workspace, request: Request) -> Response:
    """Add somebody to the team, or change who is there (also deactivate: `deleted`)."""
    body = await asking.body(request)
    name = str(body.get("name", ""))
    if not name.isidentifier() or name != name.lower():
        raise Refused("invalid_name")
    known = ws.directory.user(name)
    if known is not None and known.is_bot:
        raise Refused("invalid_name")
    made = User(
        id=known.id if known else ws.ids.next("U"),
        name=name,
        real_name=str(body.get("real_name") or (known.real_name if known else name)),
        locale=str(body.get("locale") or "en-US"),
        is_admin=body.get("is_admin") is True,
        deleted=body.get("deleted") is True,
    )
    if known is None:
        places.add_person(ws, made)
    else:
        ws.directory.add_user(made)
        ws.announce(payloads.user_change(made, ws.ids.ts()))
    return JSONResponse({"user": made.card()})


async def function(ws: Workspace, request: Request) -> Response:
    """Run one of the app's functions, as a workflow would."""
    body = await asking.body(request)
    inputs = body.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise Refused("invalid_inputs")
    return JSONResponse(functions.card(functions.run(ws, str(body.get("callback_id")), inputs)))


async def executions(ws: Workspace, request: Request) -> Response:
    """Return the runs of functions, oldest first."""
    del request
    return JSONResponse({"executions": [functions.card(each) for each in ws.executions.values()]})


def cards(ws: Workspace, me: User) -> Json:
    """Return what `state` says of channels one could join, and of what one has read."""
    channels = ws.directory.channels.values()
    joinable = [
        each.card()
        for each in channels
        if each.is_public and not each.is_archived and me.id not in each.members
    ]
    reads = {each.id: each.reads[me.id] for each in ws.directory.of(me) if me.id in each.reads}
    return {"joinable": joinable, "reads": reads}


@contextmanager
def _as_refusal() -> Iterator[None]:
    """Answer Slack's refusal as one of the control API."""
    try:
        yield
    except SlackError as error:
        raise Refused(error.code) from error


def _member(ws: Workspace, name: object) -> User:
    """Find a person or the bot."""
    found = ws.directory.user(str(name))
    if found is None:
        raise Refused("user_not_found", 404)
    return found


def _message(place: Channel, body: Json) -> Json:
    ts = str(body.get("ts", ""))
    if ts not in place.messages:
        raise Refused("message_not_found", 404)
    return place.messages[ts]


def _bookmark(ws: Workspace, place: Channel, user: User) -> Json:
    return {
        "id": ws.ids.next("Bk"),
        "channel_id": place.id,
        "icon_url": "",
        "type": "link",
        "entity_id": None,
        "date_created": int(ws.clock.now()),
        "date_updated": 0,
        "rank": "g",
        "last_updated_by_user_id": user.id,
        "last_updated_by_team_id": TEAM_ID,
        "shortcut_id": None,
        "app_id": None,
    }


READS: Mapping[str, Handler] = MappingProxyType({"executions": executions})
WRITES: Mapping[str, Handler] = MappingProxyType(
    {
        "archive": archive,
        "bookmark": bookmark,
        "channel": channel,
        "delete": delete,
        "dm": dm,
        "edit": edit,
        "function": function,
        "invite": invite,
        "join": join,
        "kick": kick,
        "leave": leave,
        "person": person,
        "react": react,
        "read": read,
        "rename": rename,
    }
)
