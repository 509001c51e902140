"""What methods return of a conversation or a message (docs.slack.dev/reference/objects)."""

from workspace.args import Call
from workspace.people import BOT_USER, TEAM_ID, Channel
from workspace.wire import Json

NEVER = "0000000000.000000"


def conversation(call: Call, channel: Channel) -> Json:
    """Return the conversation object that the caller sees."""
    common: Json = {"id": channel.id, "created": channel.created, "is_im": channel.is_im}
    common |= {"is_org_shared": False, "context_team_id": TEAM_ID}
    common |= {"updated": channel.created * 1000, "is_archived": channel.is_archived}
    return common | (_direct(call, channel) if channel.is_im else _named(call, channel))


def listed(call: Call, channel: Channel) -> Json:
    """Return the shorter object of users.conversations."""
    shown = conversation(call, channel)
    return {key: value for key, value in shown.items() if key not in {"num_members", "is_member"}}


def with_marks(call: Call, channel: Channel) -> Json:
    """Return the object with the caller's read mark, as conversations.info does."""
    return conversation(call, channel) | {"last_read": channel.reads.get(call.caller.id, NEVER)}


def permalink(call: Call, channel: Channel, message: Json) -> str:
    """Return the address of a message on the workspace's page; a reply's names its thread."""
    path = f"/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        path += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return call.ws.base_url + path


def _direct(call: Call, channel: Channel) -> Json:
    other = next((each for each in channel.members if each != call.caller.id), BOT_USER)
    user = call.ws.directory.users[other]
    return {"user": other, "is_user_deleted": user.deleted, "priority": 0, "is_open": True}


def _named(call: Call, channel: Channel) -> Json:
    shown: Json = {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.is_public,
        "is_group": not channel.is_public,
        "is_mpim": channel.is_mpim,
        "is_private": not channel.is_public,
        "is_general": channel.is_general,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "is_member": call.caller.id in channel.members,
        "creator": channel.creator,
        "unlinked": 0,
        "topic": _said(channel.topic, channel),
        "purpose": _said(_purpose(call, channel), channel),
        "num_members": len(channel.members),
        "previous_names": list(channel.previous_names),
    }
    return shown | ({"is_open": True, "priority": 0} if channel.is_mpim else {})


def _purpose(call: Call, channel: Channel) -> str:
    if not channel.is_mpim:
        return ""
    users = call.ws.directory.users
    return "Group messaging with: " + " ".join(f"@{users[each].name}" for each in channel.members)


def _said(value: str, channel: Channel) -> Json:
    by, at = (channel.creator, channel.created) if value else ("", 0)
    return {"value": value, "creator": by, "last_set": at}
