"""What a feed holds: RSS 0.9 to 2.0 and Atom, read without a document type, so without entities.

Everything in it is somebody else's text. Titles are cut to one plain line; of a body nothing is
used.
"""

import hashlib
import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from yarl import URL

from generators.recap import plain

MOST_ENTRIES: Final = 300
"""Of a feed; the others are not looked at."""
TITLE_CHARS: Final = 200
AUTHOR_CHARS: Final = 60
LINK_CHARS: Final = 1000
_TAG: Final = re.compile(r"<[^<>]*>")
_LINK: Final = re.compile(r"https?://[^\s()<>\[\]\"|\\`*_~]+")


class NoFeed(Exception):  # noqa: N818 - reads as the state it names
    """What was fetched is no feed, or one that nobody should read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, cut to what is shown of it."""

    key: str
    """Stands for it in the ledger: the hash of its id, or of its link or title."""
    title: str
    link: str
    """Empty where it has none that can be shown."""
    author: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries, in its own order."""

    title: str
    entries: Sequence[Entry]


def read(raw: bytes, address: str) -> Feed:
    """Return what a feed holds; `address` is where it was, for links within it. Raises NoFeed."""
    try:
        root = fromstring(raw, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise NoFeed("it declares a document type or entities") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NoFeed("it is no XML") from error
    if _name(root) not in {"rss", "feed", "RDF"}:
        raise NoFeed("it is neither RSS nor Atom")
    head = next((one for one in root if _name(one) == "channel"), root)
    parts = [root] if head is root else [root, head]
    found = [one for part in parts for one in part if _name(one) in {"item", "entry"}]
    made = (_entry(one, URL(address)) for one in found[:MOST_ENTRIES])
    unique = {one.key: one for one in made if one is not None}
    return Feed(_text(head, "title", TITLE_CHARS), list(unique.values()))


def _entry(one: ET.Element, base: URL) -> Entry | None:
    """Return an entry; None for one with neither title nor id."""
    link, title = _link(one, base), _text(one, "title", TITLE_CHARS)
    identity = next(filter(None, (_raw(one, "guid"), _raw(one, "id"), link, title)), "")
    if not identity or not (title or link):
        return None
    key = hashlib.sha256(identity.encode(errors="replace")).hexdigest()[:32]
    author = next((each for each in one if _name(each) in {"author", "creator"}), None)
    called = "" if author is None else _text(author, "name", AUTHOR_CHARS) or _own(author)
    return Entry(key=key, title=title or link, link=link, author=called, at=_at(one))


def _name(one: ET.Element) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _named(one: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in one if _name(each) == name)


def _raw(one: ET.Element, name: str) -> str:
    return next(("".join(each.itertext()).strip() for each in _named(one, name)), "")


def _text(one: ET.Element, name: str, most: int) -> str:
    return shown(_raw(one, name), most)


def _own(author: ET.Element) -> str:
    """Return the name of an author; of `mail@host (Name)`, as RSS has it, the name only."""
    said = (author.text or "").strip()
    inside = re.search(r"\(([^()]+)\)", said)
    return shown(inside[1] if inside else "" if "@" in said else said, AUTHOR_CHARS)


def shown(text: str, most: int) -> str:
    r"""Return somebody's text on one plain line of at most so many characters, without markup.

    >>> shown("<b>Big</b> news &amp; <!channel>\n[more](http://evil.example)", 60)
    'Big news & more'
    """
    bare = html.unescape(_TAG.sub(" ", html.unescape(text[: 8 * most])))
    line = re.sub(r"[`|\\\t]", " ", plain("".join(filter(_visible, bare))))
    line = " ".join(line.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _visible(character: str) -> bool:
    return character.isprintable() or character.isspace()


def _link(one: ET.Element, base: URL) -> str:
    """Return where an entry leads: an alternate link of Atom, or what RSS names."""
    for each in _named(one, "link"):
        if each.get("rel", "alternate") == "alternate":
            told = (each.get("href") or each.text or "").strip()[: LINK_CHARS + 1]
            try:
                link = str(base.join(URL(told))) if told else ""
            except ValueError:
                continue
            if _LINK.fullmatch(link) and len(link) <= LINK_CHARS and not URL(link).user:
                return link
    return ""


def _at(one: ET.Element) -> datetime | None:
    told = next(
        filter(None, (_raw(one, name) for name in ("pubDate", "published", "updated", "date"))), ""
    )
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(told[:60])
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
