"""One line of typed text as the elements of a `rich_text_section`, and back to stored text.

What Slack's composer makes of `*bold*`, `_italic_`, `~strike~`, code between backticks, names,
addresses and `:emoji:`. Markers count only at the edge of a word, so that `snake_case` stays as it
is, and not beside Chinese characters, which are words to Slack too. Not known here: which emoji
exist (any name with a letter is one, and +1, -1 and 100), and addresses without `https://`.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape as _escape
from types import MappingProxyType

from workspace.people import Directory
from workspace.wire import Json

STYLES: Mapping[str, str] = MappingProxyType({"*": "bold", "_": "italic", "~": "strike"})
_MARKS: Mapping[str, str] = MappingProxyType({style: mark for mark, style in STYLES.items()})
BROADCASTS = frozenset({"here", "channel", "everyone"})
_END = ".,;:!?'\"*_~…"
_BRACKETS: Mapping[str, str] = MappingProxyType({")": "(", "]": "["})
_TOKEN = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?P<url>https?://[^\s<>`\"|，。！？；：、（）「」『』《》【】“”\u2018\u2019]+)"
    r"|(?<![0-9A-Za-z._%+-])(?P<email>[0-9A-Za-z][0-9A-Za-z._%+-]*@(?:[0-9A-Za-z-]+\.)+[A-Za-z]{2,})"
    r"|<@(?P<id>[UW][0-9A-Z]+)>"
    r"|(?<![0-9A-Za-z_])(?P<sigil>[@#])(?P<name>[0-9A-Za-z][0-9A-Za-z_-]*)"
    r"|(?<![0-9A-Za-z:]):(?P<emoji>[+-]1|100|[0-9_+'-]*[a-z][a-z0-9_+'-]*)"
    r"(?:::skin-tone-(?P<tone>[2-6]))?:(?![0-9A-Za-z:])"
)
_MARK = re.compile(r"[*_~]")


def escape(text: str) -> str:
    """Escape Slack's three characters.

    >>> escape("a < b & c")
    'a &lt; b &amp; c'
    """
    return _escape(text, quote=False)


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of the line that no marker can cut, and its element."""

    start: int
    end: int
    element: Json


class _Line:
    """One line, with what stands where in it."""

    def __init__(self, text: str, directory: Directory) -> None:
        self.text = text
        self.tokens = list(_tokens(text, directory))
        starts = [token.start for token in self.tokens]
        self.token_at = dict(zip(starts, self.tokens, strict=True))
        free = [each.start() for each in _MARK.finditer(text) if not self._is_inside(each.start())]
        self.marks = frozenset(free)
        self.stops = sorted([*free, *starts])
        closing = [at for at in free if self._may_close(at)]
        self.closing = {mark: [at for at in closing if text[at] == mark] for mark in STYLES}

    def pair(self, at: int, end: int) -> int:
        """Return where the marker at `at` closes before `end`; 0 when it is just a character."""
        if at not in self.marks or not self._may_open(at):
            return 0
        closing = self.closing[self.text[at]]
        place = bisect_left(closing, at + 2)
        return closing[place] if place < len(closing) and closing[place] < end else 0

    def next_stop(self, at: int, end: int) -> int:
        """Return where the plain text that begins at `at` ends."""
        place = bisect_left(self.stops, at + 1)
        return min(end, self.stops[place]) if place < len(self.stops) else end

    def _is_inside(self, at: int) -> bool:
        place = bisect_left(self.tokens, at + 1, key=lambda token: token.start) - 1
        return place >= 0 and self.tokens[place].end > at

    def _may_open(self, at: int) -> bool:
        before, after = self.text[max(0, at - 1) : at], self.text[at + 1 : at + 2]
        return not before.isalnum() and before != self.text[at] and _is_ink(after, self.text[at])

    def _may_close(self, at: int) -> bool:
        before, after = self.text[max(0, at - 1) : at], self.text[at + 1 : at + 2]
        return not after.isalnum() and after != self.text[at] and _is_ink(before, self.text[at])


def parsed(line: str, directory: Directory) -> list[Json]:
    """Return the elements of a line.

    >>> parsed("*now*: see :eyes:", Directory())[0]
    {'type': 'text', 'text': 'now', 'style': {'bold': True}}
    """
    found = _Line(line, directory)
    return _merged(_elements(found, 0, len(line), frozenset()))


def stored(elements: Sequence[Json]) -> str:
    """Return elements as the `text` of a message has them.

    >>> stored([{"type": "user", "user_id": "U1"}, {"type": "text", "text": " 1 < 2"}])
    '<@U1> 1 &lt; 2'
    """
    written: list[str] = []
    opened: list[str] = []
    for element in elements:
        styles = [each for each in _MARKS if (element.get("style") or {}).get(each)]
        while any(each not in styles for each in opened):
            written.append(_MARKS[opened.pop()])
        for style in (each for each in styles if each not in opened):
            opened.append(style)
            written.append(_MARKS[style])
        written.append(_WRITTEN[element["type"]](element))
    return "".join(written) + "".join(_MARKS[style] for style in reversed(opened))


def _is_ink(character: str, mark: str) -> bool:
    return bool(character) and not character.isspace() and character != mark


def _elements(line: _Line, start: int, end: int, styles: frozenset[str]) -> Iterator[Json]:
    at = start
    while at < end:
        token, closes = line.token_at.get(at), line.pair(at, end)
        style = STYLES.get(line.text[at], "")
        if token is not None and token.end <= end:
            yield _styled(token.element, styles)
            at = token.end
        elif closes and style not in styles:
            yield from _elements(line, at + 1, closes, styles | {style})
            at = closes + 1
        else:
            stop = line.next_stop(at, end)
            yield _styled({"type": "text", "text": line.text[at:stop]}, styles)
            at = stop


def _styled(element: Json, styles: frozenset[str]) -> Json:
    style = dict.fromkeys((each for each in _MARKS if each in styles), True)
    style |= element.get("style") or {}
    return element | {"style": style} if style else element


def _merged(elements: Iterator[Json]) -> list[Json]:
    """Join neighbouring pieces of text of one style."""
    merged: list[Json] = []
    for element in elements:
        last = merged[-1] if merged else {}
        is_text = element["type"] == "text" == last.get("type")
        is_code = (element.get("style") or {}).get("code")
        if is_text and not is_code and last.get("style") == element.get("style"):
            merged[-1] = last | {"text": last["text"] + element["text"]}
        else:
            merged.append(element)
    return merged


def _tokens(text: str, directory: Directory) -> Iterator[_Token]:
    at = 0
    while (found := _TOKEN.search(text, at)) is not None:
        kind = "name" if found.lastgroup == "name" else str(found.lastgroup)
        kind = "emoji" if kind == "tone" else kind
        end, element = _READ[kind](found, directory)
        if element is not None:
            yield _Token(found.start(), end, element)
        at = max(end, found.start() + 1)


def _code(found: re.Match[str], _directory: Directory) -> tuple[int, Json | None]:
    return found.end(), {"type": "text", "text": found["code"], "style": {"code": True}}


def _url(found: re.Match[str], _directory: Directory) -> tuple[int, Json | None]:
    url = found["url"].rstrip(_END)
    while url[-1:] in _BRACKETS and (spare := _spare(url)):
        url = url[:-spare].rstrip(_END)
    if not url.partition("://")[2]:
        return found.end(), None
    return found.start() + len(url), {"type": "link", "url": url}


def _spare(url: str) -> int:
    """Return how many closing brackets at the end were not opened in the address."""
    last = url[-1]
    closing = len(url) - len(url.rstrip(last))
    return min(closing, max(0, url.count(last) - url.count(_BRACKETS[last])))


def _email(found: re.Match[str], _directory: Directory) -> tuple[int, Json | None]:
    return found.end(), {"type": "link", "url": f"mailto:{found['email']}", "text": found["email"]}


def _id(found: re.Match[str], directory: Directory) -> tuple[int, Json | None]:
    known = found["id"] in directory.users
    return found.end(), {"type": "user", "user_id": found["id"]} if known else None


def _name(found: re.Match[str], directory: Directory) -> tuple[int, Json | None]:
    name = found["name"]
    if found["sigil"] == "#":
        channel = directory.channel(f"#{name}")
        if channel is None or channel.is_im:
            return found.end(), None
        return found.end(), {"type": "channel", "channel_id": channel.id}
    if name in BROADCASTS:
        return found.end(), {"type": "broadcast", "range": name}
    user = directory.user(f"@{name}")
    return found.end(), {"type": "user", "user_id": user.id} if user is not None else None


def _emoji(found: re.Match[str], _directory: Directory) -> tuple[int, Json | None]:
    tone = {"skin_tone": int(found["tone"])} if found["tone"] else {}
    return found.end(), {"type": "emoji", "name": found["emoji"], **tone}


_Read = Callable[[re.Match[str], Directory], tuple[int, Json | None]]
_READ: Mapping[str, _Read] = MappingProxyType(
    {"code": _code, "url": _url, "email": _email, "id": _id, "name": _name, "emoji": _emoji}
)


def _written_text(element: Json) -> str:
    text = escape(element["text"])
    return f"`{text}`" if (element.get("style") or {}).get("code") else text


def _written_link(element: Json) -> str:
    label = f"|{escape(element['text'])}" if element.get("text") else ""
    return f"<{escape(element['url'])}{label}>"


def _written_emoji(element: Json) -> str:
    tone = f":skin-tone-{element['skin_tone']}:" if "skin_tone" in element else ""
    return f":{element['name']}:{tone}"


_WRITTEN: Mapping[str, Callable[[Json], str]] = MappingProxyType(
    {
        "text": _written_text,
        "link": _written_link,
        "emoji": _written_emoji,
        "user": lambda element: f"<@{element['user_id']}>",
        "channel": lambda element: f"<#{element['channel_id']}>",
        "broadcast": lambda element: f"<!{element['range']}>",
    }
)
