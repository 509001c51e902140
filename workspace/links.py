"""Links in messages: which the app may unfurl, telling it of them, and showing its previews.

An app's domains are its manifest's `unfurl_domains`; without a manifest every link is the app's,
but it is told of none.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from workspace import messages
from workspace.people import APP_ID, BOT_ID, BOT_USER, Channel
from workspace.state import Workspace
from workspace.text import unescape
from workspace.wire import Json

_LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>|(?<![<|0-9A-Za-z])(https?://[^\s<>|]+)")


def found(text: str) -> list[str]:
    """Return the web addresses in stored text, each once, in order.

    >>> found("see <https://a.example/x|x> and https://b.example/?a=1&amp;b=2")
    ['https://a.example/x', 'https://b.example/?a=1&b=2']
    """
    return list(dict.fromkeys(unescape(hit[1] or hit[2]) for hit in _LINK.finditer(text)))


def domain(ws: Workspace, url: str) -> str:
    """Return the registered domain that a link is under; '' when it is not the app's."""
    host = urlsplit(url).hostname or ""
    names = ((ws.manifest.get("features") or {}).get("unfurl_domains")) or []
    hits = (str(name) for name in names if host == name or host.endswith(f".{name}"))
    return next(hits, "" if ws.manifest else host)


def announce(ws: Workspace, channel: Channel, message: Json) -> None:
    """Tell the app of its links in a person's new message: `link_shared`."""
    if not ws.manifest or "bot_id" in message or "links:read" not in ws.scopes:
        return
    links = [
        {"domain": domain(ws, url), "url": url}
        for url in found(str(message.get("text", "")))
        if domain(ws, url)
    ]
    if not links:
        return
    unfurl_id = f"{channel.id}.{message['ts']}.{ws.ids.secret()}"
    ws.unfurls[unfurl_id] = (channel.id, message["ts"])
    event: Json = {
        "type": "link_shared",
        "user": message["user"],
        "channel": channel.id,
        "message_ts": message["ts"],
        "is_bot_user_member": BOT_USER in channel.members,
        "links": links,
        "unfurl_id": unfurl_id,
        "source": "conversations_history",
        "event_ts": ws.ids.ts(),
    }
    ws.announce(event | ({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}))


def attach(ws: Workspace, channel: Channel, message: Json, previews: Mapping[str, Json]) -> None:
    """Show previews by URL under a message; a later preview of a URL replaces the earlier."""
    earlier = message.get("attachments", ())
    kept = [each for each in earlier if each.get("app_unfurl_url") not in previews]
    made = [_marked(preview, url) for url, preview in previews.items()]
    numbered = [each | {"id": number} for number, each in enumerate([*kept, *made], start=1)]
    messages.change(ws, channel, message["ts"], {"attachments": numbered})


def _marked(preview: Json, url: str) -> Json:
    mark = {"from_url": url, "app_unfurl_url": url, "is_app_unfurl": True}
    return preview | mark | {"app_id": APP_ID, "bot_id": BOT_ID}
