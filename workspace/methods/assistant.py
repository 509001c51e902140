"""assistant.threads.*: status, title and suggested prompts of a conversation with the app."""

from workspace import threads
from workspace.agents import Prompts
from workspace.args import Call
from workspace.methods import content
from workspace.methods.streams import check_bot
from workspace.people import Channel
from workspace.wire import Json, SlackError

_MOST_LOADING = 10
_LOADING_LIMIT = 50
_RESERVED = frozenset({"slackbot", "slack"})


def set_status(call: Call) -> Json:
    """Show what the app is doing in a thread; an empty status clears it."""
    channel, thread_ts = _thread(call)
    author = content.custom_author(call)
    if str(author.get("username", "")).lower() in _RESERVED:
        raise SlackError("reserved_username")
    if call.given.get("status") is None:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: status"])
    status, loading = call.text("status", ""), _loading(call)
    threads.set_status(call.ws, channel, thread_ts, status, loading)
    return {}


def set_title(call: Call) -> Json:
    """Name a thread."""
    channel, thread_ts = _thread(call)
    threads.name_session(call.ws, channel, thread_ts, call.text("title"))
    return {}


def set_suggested_prompts(call: Call) -> Json:
    """Offer up to four prompts in the DM, or in a thread of it."""
    check_bot(call)
    channel = _channel(call)
    if not threads.is_agent(call.ws):
        raise SlackError("not_agent_app")
    thread_ts = str(call.given.get("thread_ts") or "")
    if thread_ts and thread_ts not in channel.messages:
        raise SlackError("invalid_thread_ts")
    title = str(call.given.get("title") or "")
    offered = Prompts(channel=channel.id, thread_ts=thread_ts, title=title, prompts=_prompts(call))
    threads.offer(call.ws, channel, offered)
    return {}


def _channel(call: Call) -> Channel:
    channel = call.channel("channel_id")
    if call.caller.id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def _thread(call: Call) -> tuple[Channel, str]:
    check_bot(call)
    channel = _channel(call)
    thread_ts = call.text("thread_ts")
    if thread_ts not in channel.messages:
        raise SlackError("invalid_thread_ts")
    return channel, str(channel.messages[thread_ts].get("thread_ts", thread_ts))


def _loading(call: Call) -> list[str]:
    """Return the loading messages: at most 10 of 1 to 50 characters."""
    given = call.given.get("loading_messages") or []
    fit = isinstance(given, list) and len(given) <= _MOST_LOADING and all(map(_is_line, given))
    if not fit:
        raise SlackError(
            "invalid_arguments", ["[ERROR] loading_messages: 1 to 10 items of 1 to 50 characters"]
        )
    return given


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LOADING_LIMIT


def _prompts(call: Call) -> tuple[tuple[str, str], ...]:
    given = call.given.get("prompts")
    if not isinstance(given, list) or not 1 <= len(given) <= threads.MOST_PROMPTS:
        raise SlackError("invalid_arguments", ["[ERROR] prompts: 1 to 4 items"])
    return tuple(_pair(each) for each in given)


def _pair(prompt: object) -> tuple[str, str]:
    given = prompt if isinstance(prompt, dict) else {}
    title, said = given.get("title"), given.get("message")
    if not isinstance(title, str) or not isinstance(said, str) or not (title and said):
        raise SlackError("invalid_arguments", ["[ERROR] prompts: title and message needed"])
    return title, said
