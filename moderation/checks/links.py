"""Links that are not what they say: a label that names another site, a target that runs or leaks.

Reads Markdown links and pictures, Slack's `<url|label>`, and bare URLs with a user name in them.
Knows no bad site by name: only that what is shown and where it leads must agree. Only a model's
output is judged. Reference-style Markdown links are not read: Slack renders none.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from generators.draft import Content, words
from moderation.checks.spans import Span, findings
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.policy import Direction

_LABEL_LIMIT: Final = 300
_GONE: Final = "link removed"
_TARGET: Final = re.compile(r"\]\(([^()]*(?:\([^()]*\)[^()]*)*|[^()]*\([^()]*)\)")
_MRKDWN: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^<>|]*)(?:\|([^<>]*))?>")
_USER: Final = re.compile(r"""https?:[/\\]{2}[^\s/?#<>|"()]*@[^\s<>|"()]*""", re.IGNORECASE)
_NAMES: Final = re.compile(r"[0-9A-Za-z.-]+")
_IPV4: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_DANGEROUS: Final = frozenset({"javascript", "vbscript", "data", "file", "blob", "slack"})
_TRICKS: Final = frozenset("|<>\\")
_SCHEME: Final = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_FILES: Final = frozenset(
    {"css", "csv", "html", "java", "js", "json", "md", "pdf", "png", "py", "rs", "sh"}
    | {"toml", "ts", "txt", "yaml", "yml"}
)
"""Endings that a name in a label has as a file's far more often than as a site's."""

Found = tuple[int, int, str]
"""Start and end in the folded text, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Links:
    """Finds `slack.link`: links whose label misleads, that run code, or that carry data away."""

    name: str = "links"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return every misleading link in a model's words; nothing for what a person typed."""
        if direction is Direction.INPUT:
            return ()
        plain = normalise(words(content))
        return findings(self.name, plain, _spans(plain.text))


def _spans(text: str) -> Iterator[Span]:
    for find in (_markdown, _mrkdwn, _with_user):
        for start, end, replacement in find(text):
            yield Span(category="slack.link", start=start, end=end, replacement=replacement)


def _markdown(text: str) -> Iterator[Found]:
    for match in _TARGET.finditer(text):
        start = _opening(text, match.start())
        if start is None:
            continue
        label = text[start + 1 : match.start()]
        target = _first_word(match[1])
        if start and text[start - 1] == "!":
            if _leaves(target):
                yield start - 1, match.end(), f"{_bare(label)} [picture removed]"
        elif _misleads(label, target):
            yield start, match.end(), _honest(label, target)


def _mrkdwn(text: str) -> Iterator[Found]:
    for match in _MRKDWN.finditer(text):
        target, label = match[1], match[2] or ""
        if _misleads(label, target):
            yield *match.span(), _honest(label, target)


def _with_user(text: str) -> Iterator[Found]:
    for match in _USER.finditer(text):
        yield *match.span(), _shown(match[0])


def _opening(text: str, close: int) -> int | None:
    """Return where the bracket that closes at `close` opens, or as far back as a label is read."""
    depth, first = 0, max(0, close - _LABEL_LIMIT)
    nearest = text.rfind("[", first, close)
    for at in range(close, first - 1, -1) if nearest >= 0 else ():
        depth += (text[at] == "]") - (text[at] == "[")
        if depth == 0:
            return at
    return first or None


def _first_word(target: str) -> str:
    stripped = target.strip()
    if stripped.startswith("<"):
        return stripped[1:].partition(">")[0]
    return stripped.split()[0] if stripped else ""


def _misleads(label: str, target: str) -> bool:
    target = html.unescape(target)
    if _scheme(target) in _DANGEROUS:
        return True
    parts = _split(target)
    if parts is None:
        return True
    if not parts.netloc:
        return parts.scheme in {"http", "https"}  # browsers mend it, each in its own way
    if _TRICKS & set(target) or "@" in parts.netloc:
        return True
    return any(not _agrees(name, parts) for name in _names(label))


def _scheme(target: str) -> str:
    match = _SCHEME.match("".join(target.split()))
    return match[1].lower() if match else ""


def _leaves(target: str) -> bool:
    """Tell whether a picture's target would be fetched from somewhere, or run."""
    parts = _split(html.unescape(target))
    return parts is None or bool(parts.netloc or parts.scheme)


def _split(target: str) -> SplitResult | None:
    try:
        return urlsplit(target.strip())
    except ValueError:
        return None


def _names(label: str) -> Iterator[str]:
    """Return what in a label reads as a site's name or address."""
    plain = html.unescape(label).replace("\\", "").lower()
    for match in _NAMES.finditer(plain):
        name = match[0].strip(".-")
        head, _, last = name.rpartition(".")
        if (head and len(last) > 1 and last.isalpha() and last not in _FILES) or _IPV4.match(name):
            yield name


def _agrees(name: str, target: SplitResult) -> bool:
    """Tell whether the label's name is the target's host, a parent of it, or the file there."""
    host = (target.hostname or "").removeprefix("www.")
    name = name.removeprefix("www.")
    own = host == name or host.endswith(f".{name}")
    return own or target.path.lower().endswith(f"/{name}")


def _honest(label: str, target: str) -> str:
    bare = _bare(label)
    return f"{_GONE if _USER.search(bare) else bare} ({_shown(html.unescape(target))})"


def _shown(target: str) -> str:
    """Return where a link leads, as words: its URL with no user name, or that it is gone."""
    parts = _split(target)
    if parts is None or parts.scheme.lower() not in {"http", "https"}:
        return _GONE
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=host).geturl()
    return _GONE if not host or _TRICKS & set(target) or _USER.search(url) else url


def _bare(label: str) -> str:
    return re.sub(r"[\[\]<>|!]", "", label).strip() or "link"
