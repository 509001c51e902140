"""Slack's own spelling of what people typed, and back. Pure."""

import html
import re

_LINK = re.compile(r"<([^<>@#!|][^<>|]*)(?:\|[^<>]*)?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^<>]+)>(?=(\w?))")
"""A channel with its name, and the letter after it, which must not become part of the name."""
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that JSON can hold and no database takes."""


def fit(text: str) -> str:
    """Return a text that every database takes."""
    return _UNFIT.sub("\ufffd", text)


def plain(text: str) -> str:
    """Undo Slack's escaping: entities, and links that Slack wrapped.

    >>> plain("see <https://a.example|a.example> &amp; <#C1|general> &lt;b&gt;")
    'see https://a.example & #general <b>'
    """
    text = _CHANNEL.sub(lambda found: f"#{found[1]}{' ' if found[2] else ''}", fit(text))
    return html.unescape(_LINK.sub(lambda link: link[1].removeprefix("mailto:"), text))
