"""conversations.*: what there is, who is in it, what was said; making, joining and inviting."""

from collections.abc import Mapping
from types import MappingProxyType

from workspace import membership, messages, places
from workspace.args import Call
from workspace.methods import chat, objects, scopes
from workspace.methods.objects import conversation
from workspace.methods.paging import paged
from workspace.people import Channel, User
from workspace.wire import Json, SlackError

_KINDS: Mapping[str, str] = MappingProxyType(
    {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
)
_PAGE_LIMIT = 999
_MOST_INVITED = 100


def list_channels(call: Call) -> Json:
    """List channels of the wanted types: public ones, and closed ones the caller is in."""
    kinds = wanted(call)
    found = [
        each
        for each in call.ws.directory.channels.values()
        if _is_wanted(call, each, kinds) and (each.is_public or call.caller.id in each.members)
    ]
    page, metadata = paged(call, found, most=_PAGE_LIMIT)
    return {"channels": [conversation(call, each) for each in page]} | metadata


def users_conversations(call: Call) -> Json:
    """List the channels that a person is in; of closed ones only those the caller shares."""
    kinds = wanted(call)
    user = call.user(code="invalid_arguments") if call.given.get("user") else call.caller
    found = [
        each
        for each in call.ws.directory.of(user)
        if _is_wanted(call, each, kinds) and (each.is_public or call.caller.id in each.members)
    ]
    page, metadata = paged(call, found, most=_PAGE_LIMIT)
    return {"channels": [objects.listed(call, each) for each in page]} | metadata


def info(call: Call) -> Json:
    """Describe one channel."""
    channel = scopes.require_for(call, call.channel(), "read")
    answer = objects.with_marks(call, channel)
    answer.pop("num_members", None)
    if call.flag("include_num_members"):
        answer["num_members"] = len(channel.members)
    if call.flag("include_locale"):
        answer["locale"] = call.caller.locale
    return {"channel": answer}


def history(call: Call) -> Json:
    """Return top-level messages, newest first."""
    channel = _own(call, "not_in_channel")
    found = [each for each in messages.listed(channel) if _is_within(call, each["ts"])]
    page, metadata = paged(call, found[::-1], most=_PAGE_LIMIT)
    has_more = bool(metadata["response_metadata"]["next_cursor"])
    answer: Json = {
        "messages": [_without_metadata(call, each) for each in page],
        "has_more": has_more,
        "pin_count": len(channel.pins),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    return answer | _ends(call) | (metadata if has_more else {})


def replies(call: Call) -> Json:
    """Return a thread: its parent and then its replies, oldest first."""
    channel = _own(call, "channel_not_found")
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
    channel = scopes.require_for(call, call.channel(), "read")
    page, metadata = paged(call, channel.members)
    return {"members": page} | metadata


def create(call: Call) -> Json:
    """Make a channel; the caller is its first member."""
    is_private = call.flag("is_private")
    scopes.require(call, scopes.CREATE["group" if is_private else "channel"])
    name = str(call.given.get("name") or "")
    channel = places.create(call.ws, call.caller, name, is_private=is_private)
    return {"channel": objects.with_marks(call, channel)}


def join(call: Call) -> Json:
    """Join a public channel."""
    channel = call.channel()
    membership.check_join(channel)
    if call.caller.id not in channel.members:
        membership.join(call.ws, channel, call.caller)
        return {"channel": conversation(call, channel)}
    warned = {"response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": conversation(call, channel), "warning": "already_in_channel"} | warned


def invite(call: Call) -> Json:
    """Bring people in; with `force` those who can come, in spite of the others."""
    channel = call.channel()
    scopes.require(call, *scopes.INVITE.get(channel.type, "groups:write").split())
    names = _names(call)
    refused = [each for each in (_refused(call, channel, name) for name in names) if each]
    if refused and (len(refused) == len(names) or not call.flag("force")):
        raise SlackError(refused[0]["error"], more={"errors": refused})
    unwelcome = {each["user"] for each in refused}
    for name in dict.fromkeys(names):
        if name not in unwelcome:
            user = call.ws.directory.users[name]
            membership.join(call.ws, channel, user, call.caller.id)
    return {"channel": conversation(call, channel)} | ({"errors": refused} if refused else {})


def open_direct(call: Call) -> Json:
    """Open the DM with one person, the group DM with several, or one by its own id."""
    if call.given.get("channel"):
        channel = call.channel()
        if not (channel.is_im or channel.is_mpim):
            raise SlackError("method_not_supported_for_channel_type")
        return _opened(call, channel, already=True)
    everyone = places.check_party(call.caller, _party(call))
    scopes.require(call, "im:write" if len(everyone) == 2 else "mpim:write")  # noqa: PLR2004  # a DM
    there = call.ws.directory.between(frozenset(each.id for each in everyone))
    if there is None and call.flag("prevent_creation"):
        raise SlackError("channel_not_found")
    channel = places.direct(call.ws, call.caller, everyone)
    return _opened(call, channel, already=there is not None)


def wanted(call: Call) -> frozenset[str]:
    """Return the kinds of conversation that `types` asks for; the app needs a scope for each."""
    names = call.text("types", "public_channel").replace(" ", "").split(",")
    if not set(names) <= set(_KINDS):
        raise SlackError("invalid_types")
    kinds = frozenset(_KINDS[name] for name in names)
    for kind in sorted(kinds):
        scopes.require(call, f"{scopes.FAMILIES[kind]}:read")
    return kinds


def _is_wanted(call: Call, channel: Channel, kinds: frozenset[str]) -> bool:
    return channel.type in kinds and not (channel.is_archived and call.flag("exclude_archived"))


def _own(call: Call, outside: str) -> Channel:
    """Return a channel whose messages the caller may read."""
    channel = call.channel()
    if call.caller.id not in channel.members:
        raise SlackError(outside)
    return scopes.require_for(call, channel, "history")


def _names(call: Call) -> list[str]:
    names = [each.strip() for each in str(call.given.get("users") or "").split(",") if each.strip()]
    if not names:
        raise SlackError("no_user")
    if len(names) > _MOST_INVITED:
        raise SlackError("cant_invite")
    return names


def _refused(call: Call, channel: Channel, name: str) -> Json | None:
    """Return why a person cannot be invited; None when they can."""
    user = call.ws.directory.users.get(name)
    if user is None:
        return {"user": name, "ok": False, "error": "user_not_found"}
    try:
        membership.check_invite(channel, call.caller, user)
    except SlackError as error:
        return {"user": name, "ok": False, "error": error.code}
    return None


def _party(call: Call) -> list[User]:
    names = [each.strip() for each in str(call.given.get("users") or "").split(",") if each.strip()]
    if not names:
        raise SlackError("users_list_not_supplied")
    users = call.ws.directory.users
    if not set(names) <= set(users):
        raise SlackError("user_not_found")
    return [users[name] for name in names]


def _opened(call: Call, channel: Channel, *, already: bool) -> Json:
    full = call.flag("return_im")
    shown = objects.with_marks(call, channel) if full else {"id": channel.id}
    return {"channel": shown} | ({"no_op": True, "already_open": True} if already else {})


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


def _ends(call: Call) -> Json:
    """Return the ends of the range that was asked for, as Slack repeats them."""
    return {name: str(call.given[name]) for name in ("oldest", "latest") if call.given.get(name)}


def _without_metadata(call: Call, message: Json) -> Json:
    if "metadata" not in message or call.flag("include_all_metadata"):
        return message
    return {key: value for key, value in message.items() if key != "metadata"}
