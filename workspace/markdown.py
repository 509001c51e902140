"""Standard Markdown as Slack keeps it: `rich_text`, header, divider and table blocks, and a text.

Streamed text stays Markdown while it streams; the finished message holds these blocks, and as its
`text` the same in Slack's own markup. It covers what models write (emphasis, code, links, lists,
quotes, headings, tables), not all of CommonMark: no reference links, no HTML, no setext headings.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from workspace.rich import leaf
from workspace.wire import Json

_HEADER_LIMIT = 150
_TABLE_ROWS = 100
_TABLE_CELLS = 20
_DEEPEST = 8
_LONGEST = "{1,2000}?"
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>[^`]|[^`].{0,1998}?[^`])(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]\n]*)\]\((?P<url>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|<(?P<control>[@#!][^<>\s]+)>"
    r"|<?(?P<address>https?://[^\s<>]+)>?"
    rf"|\*\*\*(?=\S)(?P<both>.{_LONGEST})(?<=\S)\*\*\*"
    rf"|\*\*(?=\S)(?P<bold>.{_LONGEST})(?<=\S)\*\*(?!\*)"
    rf"|(?<![0-9A-Za-z_])__(?=\S)(?P<strong>.{_LONGEST})(?<=\S)__(?![0-9A-Za-z_])"
    rf"|~~(?=\S)(?P<strike>.{_LONGEST})(?<=\S)~~"
    rf"|(?<![0-9A-Za-z*])\*(?=[^\s*])(?P<italic>.{_LONGEST})(?<=[^\s*\\])\*(?!\*)"
    rf"|(?<![0-9A-Za-z_])_(?=[^\s_])(?P<slanted>.{_LONGEST})(?<=[^\s_])_(?![0-9A-Za-z_])"
    r"|(?<![0-9A-Za-z:]):(?P<emoji>[a-z][a-z0-9_+-]*):(?![0-9A-Za-z:])"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])",
    re.DOTALL,
)
_STYLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "both": ("bold", "italic"),
        "bold": ("bold",),
        "strong": ("bold",),
        "strike": ("strike",),
        "italic": ("italic",),
        "slanted": ("italic",),
    }
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t#]*$")
_DIVIDER = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_QUOTE = re.compile(r" {0,3}>[ \t]?(.*)$")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(.*)$")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_BAR = re.compile(r"(?<!\\)\|")


def blocks(markdown: str, name: Callable[[], str]) -> list[Json]:
    """Return the blocks of a text; `name` gives each its `block_id`."""
    made: list[Json] = []
    for part in _parts(markdown.replace("\r\n", "\n").split("\n")):
        _put(made, part)
    return [block | {"block_id": name()} for block in made]


def inline(text: str, style: tuple[str, ...] = ()) -> list[Json]:
    """Return the elements of a line of text.

    >>> inline("a **b**")
    [{'type': 'text', 'text': 'a '}, {'type': 'text', 'text': 'b', 'style': {'bold': True}}]
    """
    found: list[Json] = []
    start = 0
    for match in _INLINE.finditer(text):
        found += _plain(text[start : match.start()], style)
        found += _marked(match, style)
        start = match.end()
    return found + _plain(text[start:], style)


def _marked(match: re.Match[str], style: tuple[str, ...]) -> list[Json]:
    return _MARKED.get(str(match.lastgroup), _styled)(match, style)


def _styled(match: re.Match[str], style: tuple[str, ...]) -> list[Json]:
    """Return styled text; a style within itself is text, so that nesting ends."""
    kind = str(match.lastgroup)
    both = tuple(dict.fromkeys((*style, *_STYLES[kind])))
    return inline(match[kind], both) if both != style else _plain(match[0], style)


def _link(match: re.Match[str], style: tuple[str, ...]) -> list[Json]:
    return [leaf("link", style, url=match["url"], text=match["label"] or match["url"])]


def _address(match: re.Match[str], style: tuple[str, ...]) -> list[Json]:
    """Return a link; what ends a sentence after a bare address is text."""
    if match[0].startswith("<"):
        return [leaf("link", style, url=match["address"])]
    url = match[0].rstrip(".,;:!?)*_~'\"。，；：！？）」』>")
    return [leaf("link", style, url=url), *_plain(match[0][len(url) :], style)]


def _control(match: re.Match[str], style: tuple[str, ...]) -> list[Json]:
    """Return a mention of a person, a channel or everybody; an unknown one is text."""
    sigil, target = match["control"][0], match["control"][1:].partition("|")[0]
    if sigil == "@":
        return [leaf("user", style, user_id=target)]
    if sigil == "#":
        return [leaf("channel", style, channel_id=target)]
    if target in {"here", "channel", "everyone"}:
        return [leaf("broadcast", style, range=target)]
    return _plain(match[0], style)


_MARKED: Mapping[str, Callable[[re.Match[str], tuple[str, ...]], list[Json]]] = MappingProxyType(
    {
        "code": lambda match, style: _plain(match["code"], (*style, "code")),
        "url": _link,
        "address": _address,
        "control": _control,
        "emoji": lambda match, style: [leaf("emoji", style, name=match["emoji"])],
        "escaped": lambda match, style: _plain(match["escaped"], style),
    }
)


def _plain(text: str, style: tuple[str, ...]) -> list[Json]:
    return [leaf("text", style, text=text)] if text else []


def _put(made: list[Json], part: Json) -> None:
    """Add a part of the text: to the rich text before it, or as a block of its own."""
    if not part["type"].startswith("rich_text_"):
        made.append(part)
        return
    if not made or made[-1]["type"] != "rich_text":
        made.append({"type": "rich_text", "elements": []})
    elements = made[-1]["elements"]
    if elements and elements[-1]["type"] == part["type"] == "rich_text_section":
        elements[-1]["elements"] += [leaf("text", (), text="\n\n"), *part["elements"]]
    else:
        elements.append(part)


def _parts(lines: list[str]) -> Iterator[Json]:
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        part, at = _part(lines, at)
        yield from part


def _part(lines: list[str], at: int) -> tuple[list[Json], int]:
    """Read the part that begins at a line; return what it makes, and where the next begins."""
    if _is_table(lines, at):
        return _table(lines, at)
    for opener, read in _OPENERS:
        if opener.match(lines[at]):
            return read(lines, at)
    return _paragraph(lines, at)


def _begins(lines: list[str], at: int) -> bool:
    """Tell whether a line ends a paragraph before it."""
    opens = any(opener.match(lines[at]) for opener, _ in _OPENERS)
    return opens or not lines[at].strip() or _is_table(lines, at)


def _paragraph(lines: list[str], at: int) -> tuple[list[Json], int]:
    end = at + 1
    while end < len(lines) and not _begins(lines, end):
        end += 1
    text = "\n".join(line.strip() for line in lines[at:end])
    return [{"type": "rich_text_section", "elements": inline(text)}], end


def _code(lines: list[str], at: int) -> tuple[list[Json], int]:
    fence = _FENCE.sub(r"\1", lines[at])
    end = at + 1
    while end < len(lines) and not (lines[end].strip().startswith(fence) and _is_one(lines[end])):
        end += 1
    text = "\n".join(lines[at + 1 : end])
    return [{"type": "rich_text_preformatted", "elements": _plain(text, ())}], end + 1


def _is_one(line: str) -> bool:
    """Tell whether a line consists of one character, spaces around it aside."""
    return len(set(line.strip())) == 1


def _heading(lines: list[str], at: int) -> tuple[list[Json], int]:
    """Return a header block; one that is too long for it becomes a bold line."""
    text = _HEADING.sub(r"\1", lines[at])
    plain = "".join(str(each.get("text", "")) for each in inline(text))
    if not 1 <= len(plain) <= _HEADER_LIMIT:
        return [{"type": "rich_text_section", "elements": inline(text, ("bold",))}], at + 1
    words = {"type": "plain_text", "text": plain, "emoji": True}
    return [{"type": "header", "text": words}], at + 1


def _divider(lines: list[str], at: int) -> tuple[list[Json], int]:
    del lines
    return [{"type": "divider"}], at + 1


def _is_table(lines: list[str], at: int) -> bool:
    rule = lines[at + 1] if at + 1 < len(lines) else ""
    return "|" in lines[at] and "|" in rule and _RULE.match(rule) is not None


def _table(lines: list[str], at: int) -> tuple[list[Json], int]:
    end = at + 2
    while end < len(lines) and "|" in lines[end] and end - at <= _TABLE_ROWS:
        end += 1
    rows = [_cells(line) for line in (lines[at], *lines[at + 2 : end])]
    return [{"type": "table", "rows": rows}], end


def _cells(line: str) -> list[Json]:
    texts = _BAR.split(line.strip().removeprefix("|").removesuffix("|"))
    section = [inline(text.strip().replace("\\|", "|")) for text in texts[:_TABLE_CELLS]]
    return [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
        for elements in section
    ]


def _quote(lines: list[str], at: int) -> tuple[list[Json], int]:
    said: list[str] = []
    while at + len(said) < len(lines) and (found := _QUOTE.match(lines[at + len(said)])):
        said.append(found[1])
    quoted = {"type": "rich_text_quote", "elements": inline("\n".join(said))}
    return [quoted], at + len(said)


def _list(lines: list[str], at: int) -> tuple[list[Json], int]:
    """Read a list with its sub-lists: one part for each run of items of one kind and depth."""
    made: list[Json] = []
    indents: list[int] = []
    while at < len(lines) and (item := _ITEM.match(lines[at])):
        text, at = _item_text(lines, at, item[3])
        section = {"type": "rich_text_section", "elements": inline(text)}
        kind = _kind(item[2], _depth(indents, len(item[1].expandtabs(4))))
        if made and all(made[-1].get(key) == kind[key] for key in ("style", "indent")):
            made[-1]["elements"].append(section)
        else:
            made.append({"type": "rich_text_list", **kind, "elements": [section]})
    return made, at


def _item_text(lines: list[str], at: int, first: str) -> tuple[str, int]:
    """Return an item's text with the lines that continue it, and where the next item may be."""
    text = [first]
    at += 1
    while at < len(lines) and not _begins(lines, at):
        text.append(lines[at].strip())
        at += 1
    after = at
    while after < len(lines) and not lines[after].strip():
        after += 1
    goes_on = after < len(lines) and _ITEM.match(lines[after]) is not None
    return "\n".join(text), after if goes_on else at


def _depth(indents: list[int], spaces: int) -> int:
    while indents and indents[-1] > spaces:
        indents.pop()
    if not indents or indents[-1] < spaces:
        indents.append(spaces)
    return min(len(indents) - 1, _DEEPEST)


def _kind(mark: str, depth: int) -> Json:
    if not mark[0].isdigit():
        return {"style": "bullet", "indent": depth}
    start = int(mark[:-1])
    return {"style": "ordered", "indent": depth} | ({"offset": start - 1} if start > 1 else {})


_OPENERS: tuple[tuple[re.Pattern[str], Callable[[list[str], int], tuple[list[Json], int]]], ...] = (
    (_FENCE, _code),
    (_HEADING, _heading),
    (_DIVIDER, _divider),
    (_QUOTE, _quote),
    (_ITEM, _list),
)
