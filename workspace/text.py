"""Message text as Slack stores it: `&`, `<` and `>` escaped, references as `<@U…>` and `<#C…>`.

Two writers, two rules: what a person types is literal, but `@name` and `#name` become references;
what an app sends is already marked up, so its control sequences stay and only the rest is escaped.
Typed web addresses stay bare here; Slack wraps them in `<…>`.
"""

import re

from workspace.people import Directory

TEXT_LIMIT = 40_000
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_CONTROL = re.compile(r"(<(?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>\n]*>)")
_REFERENCE = re.compile(r"(?<![0-9A-Za-z_&;])([@#])([0-9A-Za-z][0-9A-Za-z_-]*)")
_TYPED_ID = re.compile(r"&lt;@(U[0-9A-Z]+)&gt;")
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def escape(text: str) -> str:
    """Escape Slack's three characters.

    >>> escape("a < b & c")
    'a &lt; b &amp; c'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str, directory: Directory) -> str:
    """Return what a person typed as Slack stores it; unknown names stay text."""

    def reference(found: re.Match[str]) -> str:
        return _reference(found[1], found[2], directory) or found[0]

    def mention(found: re.Match[str]) -> str:
        return f"<@{found[1]}>" if found[1] in directory.users else found[0]

    return _TYPED_ID.sub(mention, _REFERENCE.sub(reference, escape(text)))


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


def _reference(sigil: str, name: str, directory: Directory) -> str:
    if sigil == "#":
        channel = directory.channel(f"#{name}")
        return f"<#{channel.id}>" if channel is not None and not channel.is_im else ""
    if name in _BROADCASTS:
        return f"<!{name}>"
    user = directory.user(f"@{name}")
    return f"<@{user.id}>" if user is not None else ""
