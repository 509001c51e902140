"""`rich_text` elements: one leaf, and what rich text says in Slack's own markup.

Shapes are those of docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from collections.abc import Iterable

from workspace.text import escape
from workspace.wire import Json

_MARKS = (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*"))


def leaf(kind: str, style: Iterable[str], **fields: str) -> Json:
    """Return one element, with its style when it has any."""
    styles = dict.fromkeys(style, True)
    return {"type": kind, **fields} | ({"style": styles} if styles else {})


def plain(text: str) -> Json:
    """Return a `rich_text` object that says `text` and nothing else."""
    section = {"type": "rich_text_section", "elements": [leaf("text", (), text=text)]}
    return {"type": "rich_text", "elements": [section]}


def said(rich: Json) -> str:
    """Return the bare text of what `plain` made; '' for other rich text's references."""
    sections = (part.get("elements") or () for part in rich.get("elements") or ())
    return "".join(str(each.get("text", "")) for section in sections for each in section)


def written(block: Json) -> str:
    """Return a block's words in Slack's markup, escaped: rich text, header, table, cards.

    >>> written({"type": "header", "text": {"type": "plain_text", "text": "a < b"}})
    'a &lt; b'
    """
    match block:
        case {"type": "rich_text", "elements": list(parts)}:
            return _joined(parts)
        case {"type": "header", "text": {"text": str(text)}}:
            return escape(text)
        case {"type": "table", "rows": list(rows)}:
            return "\n".join(" | ".join(map(written, row)) for row in rows)
        case {"type": "task_card", "title": str(title)}:
            return escape(title)
        case {"type": "plan", "title": str(title)}:
            return " ".join([escape(title), *map(written, block.get("tasks") or ())]).strip()
        case _:
            return ""


def _joined(parts: list[Json]) -> str:
    text = ""
    for index, part in enumerate(parts):
        after_list = index and parts[index - 1]["type"] == "rich_text_list"
        text += ("\n" if after_list else "\n\n" if index else "") + _part(part)
    return text


def _part(part: Json) -> str:
    elements = part.get("elements") or []
    match part["type"]:
        case "rich_text_list":
            return "\n".join(_item(part, number, each) for number, each in enumerate(elements, 1))
        case "rich_text_preformatted":
            return "```" + "".join(map(_leaf, elements)) + "```"
        case "rich_text_quote":
            return "&gt; " + "".join(map(_leaf, elements)).replace("\n", "\n&gt; ")
        case _:
            return "".join(map(_leaf, elements))


def _item(part: Json, number: int, item: Json) -> str:
    mark = f"{number + part.get('offset', 0)}." if part.get("style") == "ordered" else "•"
    return "    " * part.get("indent", 0) + f"{mark} {_part(item)}"


def _leaf(element: Json) -> str:
    text = _reference(element)
    if not text.strip():
        return text
    for style, mark in _MARKS:
        if (element.get("style") or {}).get(style):
            text = f"{mark}{text}{mark}"
    return text


def _reference(element: Json) -> str:
    match element:
        case {"type": "link", "url": url}:
            label = element.get("text")
            return f"<{url}|{escape(label)}>" if label and label != url else f"<{url}>"
        case {"type": "user", "user_id": user}:
            return f"<@{user}>"
        case {"type": "channel", "channel_id": channel}:
            return f"<#{channel}>"
        case {"type": "broadcast", "range": name}:
            return f"<!{name}>"
        case {"type": "emoji", "name": name}:
            return f":{name}:"
        case _:
            return escape(str(element.get("text", "")))
