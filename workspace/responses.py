"""Response URLs: what an app posts back to an interaction without a token.

Five posts within 30 minutes (docs.slack.dev/interactivity/handling-user-interaction). By default
the answer is ephemeral; `replace_original` and `delete_original` act on the message it came from,
and make a new message where there is none, as after a slash command.
"""

from workspace import messages
from workspace.methods import content
from workspace.people import BOT_USER, Channel
from workspace.state import HOOK_USES, Hook, Workspace
from workspace.wire import Json, SlackError


def respond(ws: Workspace, token: str, body: Json) -> None:
    """Carry out one post; SlackError `expired_url` or `used_url` when it comes too late."""
    hook = ws.hooks.get(token)
    if hook is None or ws.clock.now() > hook.expires:
        raise SlackError("expired_url")
    if hook.uses >= HOOK_USES:
        raise SlackError("used_url")
    hook.uses += 1
    channel = ws.directory.channels[hook.channel]
    if channel.is_archived:
        raise SlackError("is_archived")
    if hook.ts and body.get("delete_original"):
        _delete(ws, hook, channel)
    elif hook.ts and body.get("replace_original"):
        _replace(ws, hook, channel, _content(ws, body))
    else:
        _add(ws, hook, channel, body, _content(ws, body))


def _content(ws: Workspace, body: Json) -> Json:
    return content.made(ws, body) | content.metadata(body)


def _add(ws: Workspace, hook: Hook, channel: Channel, body: Json, given: Json) -> None:
    given |= messages.signed_by(ws, ws.directory.users[BOT_USER])
    thread_ts = body.get("thread_ts") or hook.thread_ts
    if thread_ts:
        given["thread_ts"] = str(thread_ts)
    if body.get("response_type") == "in_channel":
        messages.post(ws, channel, given)
    else:
        messages.whisper(ws, channel, hook.user, given)


def _replace(ws: Workspace, hook: Hook, channel: Channel, given: Json) -> None:
    if hook.is_ephemeral:
        author = messages.signed_by(ws, ws.directory.users[BOT_USER])
        place = {"thread_ts": hook.thread_ts} if hook.thread_ts else {}
        messages.whisper(ws, channel, hook.user, author | given | place | {"ts": hook.ts})
        return
    _check_own(channel, hook)
    edited = {"user": BOT_USER, "ts": ws.ids.ts()}
    changes: Json = {"blocks": None, "attachments": None, **given, "edited": edited}
    messages.change(ws, channel, hook.ts, changes)


def _delete(ws: Workspace, hook: Hook, channel: Channel) -> None:
    if hook.is_ephemeral:
        messages.hush(ws, channel, hook.user, hook.ts)
        return
    _check_own(channel, hook)
    messages.delete(ws, channel, hook.ts)


def _check_own(channel: Channel, hook: Hook) -> None:
    """Refuse a message that is gone, or that the app did not write (a message shortcut's)."""
    message = channel.messages.get(hook.ts, {})
    if message.get("user") != BOT_USER or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
