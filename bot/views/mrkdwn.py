"""Markdown -> Slack's mrkdwn, escaped once, and cut at Slack's limits. Pure.

Limits: 3,000 characters in a section's text, 50 blocks in a message
(docs.slack.dev/reference/block-kit/blocks/section-block, .../messaging/formatting-message-text).
"""

import re

SECTION_CHARS = 2900
"""Below the 3,000 that a section takes, because a fence may have to be closed and reopened."""
MESSAGE_CHARS = 11_000
"""Below the 13,200 that all blocks of one message may have together (measured by others)."""

_FENCE = re.compile(r"(```[^\n`]*\n(?:(?:.*?\n)??[ \t]*```|.*\Z))", re.DOTALL)
_CODE = re.compile(r"(`[^`\n]+`)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_STRIKE = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~", re.DOTALL)
_BULLET = re.compile(r"^([ \t]*)[*+-][ \t]+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((https?://[^\s()<>|]{1,1000})\)")
_WHOLE = re.compile(r"<[^<>]*>|&[a-z]+;|```")
"""What a cut may not go through: one of our links, an entity, a fence."""


def escape(text: str) -> str:
    """Neutralise Slack's control characters, so that text cannot mention, link or format by them.

    >>> escape("<!channel> a & b")
    '&lt;!channel&gt; a &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(markdown: str) -> str:
    r"""Return Markdown as Slack shows it; code stays as it is.

    >>> mrkdwn("# Title\n**bold** and `**not**` [docs](https://a.example/x) <!here>")
    '*Title*\n*bold* and `**not**` <https://a.example/x|docs> &lt;!here&gt;'
    """
    fences = _FENCE.split(escape(markdown))
    return "".join(
        _fence(part) if number % 2 else _prose(part) for number, part in enumerate(fences)
    )


def sections(text: str, limit: int = SECTION_CHARS) -> list[str]:
    """Cut mrkdwn into parts of at most `limit` characters, at the best place before it.

    Code that is cut is closed in one part and opened again in the next. An entity, a link and a
    fence are never cut.
    """
    parts: list[str] = []
    while len(text) > limit:
        cut = _cut(text, limit)
        head, text = text[:cut].rstrip("\n"), text[cut:].lstrip("\n")
        if head.count("```") % 2:
            head, text = f"{head}\n```", f"```\n{text}"
        parts += [head] if head.strip() else []
    return [*parts, text] if text.strip() else parts


def _fence(code: str) -> str:
    closed = code if code.endswith("```") else code.removesuffix("\n") + "\n```"
    # Slack shows the language of a fence as its first line, so it goes.
    return re.sub(r"\A```[^\n]*\n", "```\n", closed)


def _prose(text: str) -> str:
    pieces = _CODE.split(text)
    return "".join(piece if number % 2 else _marked(piece) for number, piece in enumerate(pieces))


def _marked(text: str) -> str:
    text = _BULLET.sub(r"\1• ", text)
    text = _HEADING.sub(lambda heading: f"*{heading[1].replace('**', '')}*", text)
    text = _STRIKE.sub(r"~\1~", _BOLD.sub(r"*\1*", text))
    return _LINK.sub(lambda link: f"<{link[2]}|{link[1].replace('|', '/')}>", text)


def _cut(text: str, limit: int) -> int:
    at = _break(text[:limit], limit)
    whole = (match.span() for match in _WHOLE.finditer(text[: at + SECTION_CHARS]))
    return next((start for start, end in whole if start < at < end), at) or at


def _break(window: str, limit: int) -> int:
    for mark in ("\n\n", "\n", "。", ". ", " "):
        at = window.rfind(mark)
        if at > limit // 2:
            return at + len(mark)
    return limit
