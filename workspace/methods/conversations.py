"""conversations.list, info, history, replies, members, open, join."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from workspace import messages
from workspace.args import Call
from workspace.methods import chat
from workspace.people import BOT_USER, CREATED, TEAM_ID, Channel
from workspace.wire import Json, SlackError

_TYPES = frozenset({"public_channel", "private_channel", "im", "mpim"})
_T = TypeVar("_T")


def list_channels(call: Call) -> Json:
    """List channels of the wanted types: public ones, and closed ones the caller is in."""
    wanted = set(call.text("types", "public_channel").replace(" ", "").split(","))
    if not wanted <= _TYPES:
        raise SlackError("invalid_types")
    found = [
        described(call, each)
        for each in call.ws.directory.channels.values()
        if _kind(each) in wanted and (_kind(each) == "public_channel" or _is_in(call, each))
    ]
    page, metadata = paged(call, found)
    return {"channels": page} | metadata


def info(call: Call) -> Json:
    """Describe one channel."""
    channel = call.channel()
    answer = described(call, channel)
    if call.flag("include_num_members"):
        answer["num_members"] = len(channel.members)
    return {"channel": answer}


def history(call: Call) -> Json:
    """Return top-level messages, newest first."""
    channel = call.own_channel()
    found = [each for each in messages.listed(channel) if _is_within(call, each["ts"])]
    page, metadata = paged(call, found[::-1])
    return {
        "messages": [_without_metadata(call, each) for each in page],
        "has_more": bool(metadata["response_metadata"]["next_cursor"]),
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    } | (metadata if metadata["response_metadata"]["next_cursor"] else {})


def replies(call: Call) -> Json:
    """Return a thread: its parent and then its replies, oldest first."""
    channel = call.own_channel()
    root = chat.thread_root(channel, call.text("ts"))
    if root not in channel.messages and root not in channel.replies:
        raise SlackError("thread_not_found")
    thread = list(messages.listed(channel, root))
    found = [each for each in thread if each["ts"] == root or _is_within(call, each["ts"])]
    page, metadata = paged(call, found)
    more = bool(metadata["response_metadata"]["next_cursor"])
    answer: Json = {"messages": [_without_metadata(call, each) for each in page], "has_more": more}
    return answer | (metadata if more else {})


def members(call: Call) -> Json:
    """Return the ids of a channel's members."""
    page, metadata = paged(call, call.channel().members)
    return {"members": page} | metadata


def open_direct(call: Call) -> Json:
    """Open the DM with one person, by `users`, or by the DM's own id."""
    if call.given.get("channel"):
        return {"channel": _opened(call, call.channel())}
    names = [each for each in str(call.given.get("users") or "").split(",") if each]
    if len(names) != 1:
        raise SlackError("too_many_users" if names else "users_list_not_supplied")
    if names[0] not in call.ws.directory.users:
        raise SlackError("user_not_found")
    pair = {call.caller.id, names[0]} - {BOT_USER}
    channel = call.ws.directory.channel(next(iter(pair), ""))
    if channel is None or len(pair) != 1:
        raise SlackError("user_not_visible")
    return {"channel": _opened(call, channel), "no_op": True, "already_open": True}


def join(call: Call) -> Json:
    """Join a public channel."""
    channel = call.channel()
    if channel.is_im or channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    already = call.caller.id in channel.members
    if not already:
        channel.members.append(call.caller.id)
        _announce_joined(call, channel)
    answer: Json = {"channel": described(call, channel)}
    if already:
        answer |= {"warning": "already_in_channel"}
        answer["response_metadata"] = {"warnings": ["already_in_channel"]}
    return answer


def described(call: Call, channel: Channel) -> Json:
    """Return the conversation object that the caller sees."""
    common: Json = {"id": channel.id, "created": CREATED, "is_im": channel.is_im}
    common |= {"is_org_shared": False, "context_team_id": TEAM_ID, "updated": CREATED * 1000}
    if channel.is_im:
        other = BOT_USER if call.caller.id == channel.user else channel.user
        direct = {"user": other, "is_user_deleted": False, "priority": 0, "is_open": True}
        return common | direct | {"is_archived": False}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": False,
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": _is_in(call, channel),
        "creator": "U0CHEN",
        "unlinked": 0,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
        "previous_names": [],
    }


def paged(call: Call, items: Sequence[_T]) -> tuple[list[_T], Json]:
    """Return the page that `cursor` and `limit` (1 to 1000) ask for, and `response_metadata`."""
    start = _start(str(call.given.get("cursor") or ""))
    limit = call.number("limit", 100, 1000)
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        start = int(number)
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
    if word != "next" or start < 0:
        raise SlackError("invalid_cursor")
    return start


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _is_in(call: Call, channel: Channel) -> bool:
    return call.caller.id in channel.members


def _is_within(call: Call, ts: str) -> bool:
    """Tell whether `oldest` and `latest` let a timestamp pass; `inclusive` keeps the ends."""
    here = float(ts)
    oldest = _moment(call, "oldest", "0")
    latest = _moment(call, "latest", "inf")
    return (oldest < here < latest) or (call.flag("inclusive") and here in {oldest, latest})


def _moment(call: Call, name: str, default: str) -> float:
    try:
        return float(call.given.get(name) or default)
    except (TypeError, ValueError) as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _without_metadata(call: Call, message: Json) -> Json:
    if "metadata" not in message or call.flag("include_all_metadata"):
        return message
    return {key: value for key, value in message.items() if key != "metadata"}


def _opened(call: Call, channel: Channel) -> Json:
    return described(call, channel) if call.flag("return_im") else {"id": channel.id}


def _announce_joined(call: Call, channel: Channel) -> None:
    call.ws.announce(
        {
            "type": "member_joined_channel",
            "user": call.caller.id,
            "channel": channel.id,
            "channel_type": "C",
            "team": TEAM_ID,
            "event_ts": call.ws.ids.ts(),
        }
    )
    event = {"type": "channel", "channel": channel.card()}
    call.ws.journal.publish(event, frozenset(channel.members))
