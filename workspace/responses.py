"""Response URLs: what an app posts back to an interaction without a token.

Five posts within 30 minutes (docs.slack.dev/interactivity/handling-user-interaction). By default
the answer is ephemeral; `replace_original` and `delete_original` act on the message it came from.
"""

from workspace import checks, messages
from workspace.people import BOT_USER, Channel
from workspace.state import HOOK_USES, Hook, Workspace
from workspace.text import sent
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
    if hook.ts and body.get("delete_original"):
        _delete(ws, hook, channel)
    elif hook.ts and body.get("replace_original"):
        _replace(ws, hook, channel, _content(ws, body))
    else:
        _add(ws, hook, channel, body, _content(ws, body))


def _content(ws: Workspace, body: Json) -> Json:
    content: Json = {"text": sent(str(body.get("text") or ""))}
    if body.get("blocks"):
        content["blocks"] = checks.message_blocks(ws, body["blocks"])
    if body.get("metadata"):
        content["metadata"] = body["metadata"]
    if not content["text"] and "blocks" not in content and not body.get("attachments"):
        raise SlackError("no_text")
    return content


def _add(ws: Workspace, hook: Hook, channel: Channel, body: Json, content: Json) -> None:
    content |= messages.signed_by(ws, ws.directory.users[BOT_USER])
    thread_ts = body.get("thread_ts") or hook.thread_ts
    if thread_ts:
        content["thread_ts"] = thread_ts
    if body.get("response_type") == "in_channel":
        messages.post(ws, channel, content)
    else:
        messages.whisper(ws, channel, hook.user, content)


def _replace(ws: Workspace, hook: Hook, channel: Channel, content: Json) -> None:
    if hook.is_ephemeral:
        author = messages.signed_by(ws, ws.directory.users[BOT_USER])
        place = {"thread_ts": hook.thread_ts} if hook.thread_ts else {}
        messages.whisper(ws, channel, hook.user, author | content | place | {"ts": hook.ts})
    elif hook.ts in channel.messages:
        edited = {"user": BOT_USER, "ts": ws.ids.ts()}
        changes: Json = {"blocks": None, "attachments": None, **content, "edited": edited}
        messages.change(ws, channel, hook.ts, changes)
    else:
        raise SlackError("message_not_found")


def _delete(ws: Workspace, hook: Hook, channel: Channel) -> None:
    if hook.is_ephemeral:
        messages.hush(ws, channel, hook.user, hook.ts)
    elif hook.ts in channel.messages:
        messages.delete(ws, channel, hook.ts)
