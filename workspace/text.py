"""Message text as Slack stores it: `&`, `<` and `>` escaped, references as `<@U…>` and `<#C…>`.

Two writers, two rules: what a person types is literal, but `@name` and `#name` become references;
what an app sends is already marked up, so its control sequences stay and only the rest is escaped.
Typed web and mail addresses are wrapped in `<…>`, as in Slack.
"""

import re

from workspace import richtext
from workspace.inline import escape
from workspace.people import Directory
from workspace.wire import Json

__all__ = ["TEXT_LIMIT", "escape", "mentions", "sent", "typed", "typed_body", "unescape"]

TEXT_LIMIT = 40_000
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_CONTROL = re.compile(r"(<(?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>\n]*>)")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str, directory: Directory) -> str:
    """Return what a person typed as Slack stores it; unknown names stay text."""
    return richtext.stored(richtext.block(text, directory, ""))


def typed_body(text: str, directory: Directory, block_id: str) -> Json:
    """Return the `text` and the `blocks` of what a person typed; no blocks where that is nothing.

    >>> typed_body("", Directory(), "b1")
    {'text': ''}
    """
    if not text:
        return {"text": ""}
    block = richtext.block(text, directory, block_id)
    return {"text": richtext.stored(block), "blocks": [block]}


def sent(text: str) -> str:
    """Return what an app sent as Slack stores it, cut at 40,000 characters.

    >>> sent("<@U0ANA> 1 < 2 &amp; <https://example.com|x>")
    '<@U0ANA> 1 &lt; 2 &amp; <https://example.com|x>'
    """
    pieces = _CONTROL.split(_BARE_AMPERSAND.sub("&amp;", text[:TEXT_LIMIT]))
    return "".join(
        piece if index % 2 else piece.replace("<", "&lt;").replace(">", "&gt;")
        for index, piece in enumerate(pieces)
    )


def mentions(text: str, user_id: str) -> bool:
    """Tell whether stored text mentions this user."""
    return f"<@{user_id}>" in text or f"<@{user_id}|" in text
