"""Rich text: sections, lists, quotes and code, and the pieces they are made of.

docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from collections.abc import Mapping
from types import MappingProxyType

from workspace.block_kit.rules import Rule, Shape, array, enum, flag, kinds, number, string, thing

_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight")
_STYLE = thing(Shape({name: flag() for name in (*_STYLES, "unlink")}))
_BORDER = number(0, 1, whole=True)


def _piece(required: str, **fields: Rule) -> Shape:
    return Shape({"type": string(), "style": _STYLE, **fields}, tuple(required.split()))


_PIECES: Mapping[str, Shape] = MappingProxyType(
    {
        "text": _piece("text", text=string()),
        "link": _piece("url", url=string(), text=string(least=0), unsafe=flag()),
        "user": _piece("user_id", user_id=string()),
        "usergroup": _piece("usergroup_id", usergroup_id=string()),
        "channel": _piece("channel_id", channel_id=string()),
        "team": _piece("team_id", team_id=string()),
        "emoji": _piece(
            "name",
            name=string(),
            unicode=string(),
            skin_tone=number(1, 6, whole=True),
            display_url=string(),
            display_team_id=string(),
        ),
        "broadcast": _piece("range", range=enum("here", "channel", "everyone")),
        "color": _piece("value", value=string()),
        "date": _piece(
            "timestamp format",
            timestamp=number(whole=True),
            format=string(),
            url=string(),
            fallback=string(least=0),
        ),
    }
)
_INLINE = array(kinds(lambda: _PIECES))
_CODE = array(kinds(lambda: _PIECES, "text", "link"))


def _part(elements: Rule, *required: str, **fields: Rule) -> Shape:
    fields = {"type": string(), "elements": elements, **fields}
    return Shape(fields, ("elements", *required))


PARTS: Mapping[str, Shape] = MappingProxyType(
    {
        "rich_text_section": _part(_INLINE),
        "rich_text_list": _part(
            array(kinds(lambda: PARTS, "rich_text_section")),
            "style",
            style=enum("bullet", "ordered"),
            indent=number(0, 8, whole=True),
            offset=number(0, whole=True),
            border=_BORDER,
        ),
        "rich_text_preformatted": _part(_CODE, border=_BORDER, language=string()),
        "rich_text_quote": _part(_INLINE, border=_BORDER),
    }
)
RICH_TEXT = Shape(
    {
        "type": string(),
        "block_id": string(255, least=0),
        "elements": array(kinds(lambda: PARTS)),
    },
    ("elements",),
)
"""A whole rich text block."""
