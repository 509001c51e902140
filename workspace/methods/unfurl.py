"""chat.unfurl: previews of links in a message, or an invitation to sign in first."""

from workspace import checks, links, messages
from workspace.args import Call
from workspace.people import BOT_USER, Channel
from workspace.wire import Json, SlackError

_SOURCES = frozenset({"composer", "conversations_history"})


def unfurl(call: Call) -> Json:
    """Show previews by URL; `user_auth_*` shows the message's author an invitation instead."""
    channel, message = _by_id(call) if call.given.get("unfurl_id") else _by_place(call)
    wants_sign_in = _invites(call)
    previews = _previews(call, required=not wants_sign_in)
    there = links.found(str(message.get("text", "")))
    for url in previews:
        if url not in there:
            raise SlackError("cannot_unfurl_message")
        if not links.domain(call.ws, url):
            raise SlackError("cannot_unfurl_url")
    if wants_sign_in:
        _invite(call, channel, message)
    if previews:
        links.attach(call.ws, channel, message, previews)
    return {}


def _by_id(call: Call) -> tuple[Channel, Json]:
    source = call.given.get("source")
    if not source:
        raise SlackError("missing_source")
    if source not in _SOURCES:
        raise SlackError("invalid_source")
    place = call.ws.unfurls.get(call.text("unfurl_id"))
    if place is None:
        raise SlackError("invalid_unfurl_id")
    channel = call.ws.directory.channels[place[0]]
    return channel, _message(channel, place[1])


def _by_place(call: Call) -> tuple[Channel, Json]:
    for name in ("channel", "ts"):
        if not call.given.get(name):
            is_by_id = call.given.get("source")
            raise SlackError("missing_unfurl_id" if is_by_id else f"missing_{name}")
    channel = call.ws.directory.channel(call.text("channel"))
    if channel is None or (not channel.is_public and call.caller.id not in channel.members):
        raise SlackError("cannot_find_channel")
    return channel, _message(channel, call.text("ts"))


def _message(channel: Channel, ts: str) -> Json:
    if ts not in channel.messages:
        raise SlackError("cannot_find_message")
    return channel.messages[ts]


def _previews(call: Call, *, required: bool) -> dict[str, Json]:
    given = call.given.get("unfurls")
    if not given:
        if required:
            raise SlackError("missing_unfurls")
        return {}
    if not isinstance(given, dict):
        raise SlackError("invalid_unfurls_format")
    return {str(url): _preview(call, preview) for url, preview in given.items()}


def _preview(call: Call, given: object) -> Json:
    if not isinstance(given, dict) or not given:
        raise SlackError("cannot_parse_attachment")
    return given | _blocks(call, given.get("blocks"))


def _blocks(call: Call, given: object) -> Json:
    if not given:
        return {}
    try:
        return {"blocks": checks.message_blocks(call.ws, given)}
    except SlackError as error:
        raise SlackError("cannot_parse_attachment", error.messages) from error


def _invites(call: Call) -> bool:
    names = ("user_auth_message", "user_auth_url", "user_auth_blocks")
    return call.flag("user_auth_required") or any(call.given.get(name) for name in names)


def _invite(call: Call, channel: Channel, message: Json) -> None:
    """Show the message's author, and nobody else, how to sign in with the app."""
    if message["user"] not in channel.members or message["user"] == BOT_USER:
        raise SlackError("cannot_prompt")
    url = str(call.given.get("user_auth_url") or "")
    text = str(call.given.get("user_auth_message") or "Sign in to see a preview of this link.")
    body = messages.signed_by(call.ws, call.caller)
    body |= {"text": f"{text} <{url}|Sign in>" if url else text}
    body |= _blocks(call, call.given.get("user_auth_blocks"))
    messages.whisper(call.ws, channel, message["user"], body)
