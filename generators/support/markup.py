"""HTML pages as Markdown: what a reader of the page would see, and nothing that runs or hides.

Nothing is fetched and no entity is defined by a page, so that it can only say what it says.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

DEPTH_MAX: Final = 500
"""A page whose elements stand deeper in each other is not taken."""

_DROPPED: Final = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select"}
    | {"nav", "footer", "aside", "button", "form", "dialog", "audio", "video", "canvas"}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
    | {"track", "wbr"}
)
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "main", "header", "table", "ul", "ol", "dl", "pre"}
    | {"blockquote", "figure", "address", "details", "body", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_LINES: Final = frozenset({"br", "tr", "li", "dt", "dd", "hr", "summary", "figcaption"})
_HEADINGS: Final = {f"h{level}": "#" * level for level in range(1, 7)}
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"[ \t\r\f\v\xa0]+")
_LONG_GAP: Final = re.compile(r"\n{3,}")

Attributes = list[tuple[str, str | None]]


class TooDeepError(ValueError):
    """The elements of a page stand too deep in each other."""


@dataclass(slots=True)
class _Page:
    title: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open: list[tuple[str, bool]] = field(default_factory=list)
    """The elements that are open, and whether each is left out, itself or by one around it."""

    @property
    def hidden(self) -> bool:
        return bool(self.open) and self.open[-1][1]


class _Reader(HTMLParser):
    """Collects what is seen; an element left open ends with the one around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()

    @override
    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not self.page.hidden:
            self.page.text.append(_before(tag))
        if tag in _VOID:
            return
        if len(self.page.open) >= DEPTH_MAX:
            raise TooDeepError(f"its elements stand more than {DEPTH_MAX} deep")
        hidden = self.page.hidden or tag in _DROPPED or _is_hidden(dict(attrs))
        self.page.open.append((tag, hidden))

    @override
    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        del attrs
        if not self.page.hidden:
            self.page.text.append(_before(tag))

    @override
    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self.page.open]
        if tag not in names:
            return
        at = len(names) - 1 - names[::-1].index(tag)
        del self.page.open[at:]
        if not self.page.hidden:
            self.page.text.append(_after(tag))

    @override
    def handle_data(self, data: str) -> None:
        inside = self.page.open[-1][0] if self.page.open else ""
        if inside == "title":
            self.page.title.append(data)
        elif not self.page.hidden:
            kept = inside == "pre"
            self.page.text.append(data if kept else data.replace("\n", " "))


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    said = attributes.get("aria-hidden") or ""
    style = attributes.get("style") or ""
    return "hidden" in attributes or said.lower() == "true" or bool(_HIDDEN.search(style))


def _before(tag: str) -> str:
    if tag in _HEADINGS:
        return f"\n\n{_HEADINGS[tag]} "
    if tag == "li":
        return "\n- "
    if tag in ("td", "th"):
        return " | "
    return "\n\n" if tag in _BLOCKS else "\n" if tag in _LINES else ""


def _after(tag: str) -> str:
    return "\n\n" if tag in _BLOCKS else ""


def markdown_of(page: str) -> tuple[str, str]:
    r"""Return the title of an HTML page, perhaps empty, and its text; raise `TooDeepError`.

    >>> markdown_of("<title>Fees</title><h2>Cash</h2><p>1&nbsp;&euro;<script>no()</script>")
    ('Fees', '## Cash\n\n1 €')
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    title = " ".join("".join(reader.page.title).split())
    return title, _tidy("".join(reader.page.text))


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip().removeprefix("| ") for line in text.split("\n"))
    return _LONG_GAP.sub("\n\n", "\n".join(lines)).strip()
