"""Typed text as a `rich_text` block, and the block as a message's `text`.

What Slack's composer does (docs.slack.dev/reference/block-kit/blocks/rich-text-block): lines that
begin with `>` are a quote, lines that begin with `-`, `*`, `•` or a number are a list, and what
stands between two ``` is preformatted, always on lines of its own. The text of a message is written
from its block, so the two never differ; a bullet is `•` in it, whatever was typed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from workspace import inline
from workspace.people import Directory
from workspace.wire import Json

_FENCE = re.compile(r"(?<!`)```(?!`)")
_LINE = re.compile(
    r"(?P<quote>>) ?"
    r"|(?P<indent>(?: {4}){0,8})(?P<bullet>[-*•◦▪]) +(?=\S)"
    r"|(?P<number>[1-9][0-9]{0,4})\. +(?=\S)"
)
_BULLETS = "•◦▪"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its marker: what it is part of, how deep, and its number."""

    kind: str
    text: str
    indent: int = 0
    number: int = 0


def block(said: str, directory: Directory, block_id: str) -> Json:
    """Return the `rich_text` block of what a person typed."""
    elements = list(_elements(said, directory)) or [_section([])]
    return {"type": "rich_text", "block_id": block_id, "elements": elements}


def stored(given: Json) -> str:
    r"""Return the text of a message that has this block.

    >>> stored(block("- *one*\n- two\nsee ```x < y```", Directory(), "b"))
    '• *one*\n• two\nsee ```x &lt; y```'
    """
    written = [(_written(each), each["type"]) for each in given["elements"]]
    joined = [
        text + ("\n" if kind != "rich_text_section" else "")
        for (text, kind), _ in pairwise(written)
    ]
    return "".join([*joined, written[-1][0]])


def _elements(said: str, directory: Directory) -> Iterator[Json]:
    """Cut at the fences; a line break right after one only ends its line."""
    at = 0
    for start, end in _fenced(said):
        yield from _blocks(said[at:start], directory, ends=False)
        code = said[start + 3 : end - 3].removeprefix("\n").removesuffix("\n")
        text = {"type": "text", "text": code}
        yield {"type": "rich_text_preformatted", "elements": [text], "border": 0}
        at = end + said.startswith("\n", end)
    yield from _blocks(said[at:], directory, ends=True)


def _fenced(said: str) -> Iterator[tuple[int, int]]:
    """Return where each fenced part begins and ends; one with nothing in it is just text."""
    opened: int | None = None
    for fence in _FENCE.finditer(said):
        if opened is None or not said[opened + 3 : fence.start()].strip():
            opened = fence.start()
        else:
            yield opened, fence.end()
            opened = None


def _blocks(text: str, directory: Directory, *, ends: bool) -> Iterator[Json]:
    """Return sections, quotes and lists of some lines; `ends` when nothing follows them."""
    if not text:
        return
    lines = [_line(each) for each in text.split("\n")]
    if not ends and not lines[-1].text and lines[-1].kind == "section" and len(lines) > 1:
        follows = lines.pop().kind == "section"
    else:
        follows = False
    runs = [(kind, list(run)) for kind, run in groupby(lines, key=lambda line: line.kind)]
    for place, (kind, run) in enumerate(runs):
        is_last = place == len(runs) - 1
        if kind == "section":
            yield _section(_joined(run, directory, breaks=follows or not is_last))
        elif kind == "quote":
            elements = _joined(run, directory, breaks=False)
            yield {"type": "rich_text_quote", "elements": elements}
        else:
            yield from _lists(run, directory)


def _line(text: str) -> _Line:
    found = _LINE.match(text)
    if found is None:
        return _Line("section", text)
    rest = text[found.end() :]
    if found["quote"]:
        return _Line("quote", rest)
    if found["bullet"]:
        return _Line("bullet", rest, indent=len(found["indent"]) // 4)
    return _Line("ordered", rest, number=int(found["number"]))


def _joined(lines: Sequence[_Line], directory: Directory, *, breaks: bool) -> list[Json]:
    """Return the elements of some lines with the line breaks between them, or after each."""
    elements: list[Json] = []
    for place, line in enumerate(lines):
        elements += inline.parsed(line.text, directory)
        if breaks or place < len(lines) - 1:
            last = elements[-1] if elements else {}
            if last.get("type") == "text" and "style" not in last:
                elements[-1] = last | {"text": last["text"] + "\n"}
            else:
                elements.append({"type": "text", "text": "\n"})
    return elements


def _lists(lines: Sequence[_Line], directory: Directory) -> Iterator[Json]:
    """Return a list for each run of one depth and, with numbers, without a gap."""
    runs: list[list[_Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        continues = last is not None and (last.indent, last.number) in {
            (line.indent, 0),
            (line.indent, line.number - 1),
        }
        if continues:
            runs[-1].append(line)
        else:
            runs.append([line])
    for run in runs:
        yield _list(run, directory)


def _list(run: Sequence[_Line], directory: Directory) -> Json:
    offset = {"offset": run[0].number - 1} if run[0].number > 1 else {}
    return {
        "type": "rich_text_list",
        "elements": [_section(inline.parsed(line.text, directory)) for line in run],
        "style": run[0].kind,
        "indent": run[0].indent,
        "border": 0,
        **offset,
    }


def _section(elements: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": elements}


def _written(element: Json) -> str:
    if element["type"] == "rich_text_list":
        items = enumerate(element["elements"], element.get("offset", 0) + 1)
        return "\n".join(_item(element, each, number) for number, each in items)
    text = inline.stored(element["elements"])
    if element["type"] == "rich_text_preformatted":
        return f"```{text}```"
    if element["type"] == "rich_text_quote":
        return "\n".join(f"&gt; {line}" for line in text.split("\n"))
    return text


def _item(element: Json, item: Json, number: int) -> str:
    indent = element["indent"]
    mark = f"{number}." if element["style"] == "ordered" else _BULLETS[indent % len(_BULLETS)]
    return " " * 4 * indent + f"{mark} {inline.stored(item['elements'])}"
