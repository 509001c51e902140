"""What a judge says who sees all that people were shown, and the ledger, and believes nobody.

Every state of every message, form, home and file that the bot showed to anybody must be made of
fixed sentences, words of our own buttons and forms, footers of known parts, and words (or the
beginning of words) or bytes with a verdict that lets them be shown.
"""

import ast
import base64
import hashlib
import html
import json
import re
import tomllib
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.ledger.keys import Keys
from bot.views.mrkdwn import mrkdwn, sections
from bot.views.notices import Notice
from generators.draft import Code, Content, Grid, Image, Text, fingerprint, payload, words
from generators.styles import Styles
from tests.bot.builders import rows
from tests.bot.unsealing import emptied, lets, outputs

Json = dict[str, Any]

SOURCES = (*Path("bot/views").glob("*.py"), *Path("bot/delivery").glob("*.py"))
BYTES = "sha256:"
BOT, REVIEWERS = "U0ATELIER", "C0REVIEWERS"
SHOWN = frozenset(
    {
        *("text", "alt_text", "alt_txt", "markdown_text", "fallback", "initial_value"),
        *("title", "status", "details", "output", "description"),
    }
)
"""Keys whose values people read; of a file also `name`."""
APPS = frozenset({"view", "home", "status"})
"""Kinds of what only the app can show."""
LETTING, HOLDING = ("allow", "redact"), ("allow", "redact", "hold")
JUDGED = (*HOLDING, "block")
"""What a form may hold: what waits for a reviewer, and what they wrote, given back to them."""
_UNDER_WAY = (
    *(Notice.WRITING, Notice.WORKING, Notice.CHECKING),
    *(Notice.RUNNING, Notice.TESTING, Notice.REPAIRING),
)
_BLANK = re.compile(r"\\\{\w+\\\}")
_KNOWN = re.compile(
    r"req_[0-9a-f]{8}|<@U[0-9A-Z]+>|(?:[a-z_]+\.)+[a-z0-9_]+|[0-9][0-9.,]*"
    r"|https?://[^ |]+/archives/\w+/p\d+|answer-\d+\.txt|(?:test_)?(?:answer|solution)\.[a-z0-9]+"
)
"""A request, a person, the category of a finding, a number, the address of one of our messages, the
name of a program's file."""
_JOINTS = tuple(re.compile(joint) for joint in ("\n", " · ", ", ", " / ", r"(?<=[.。]) "))
"""Where what is ours is put together: lines, footers, lists, sentences."""
_OURS_BYTES = 3
"""Fewer fixed characters than that, and a pattern says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """Judges what was shown, by one ledger."""

    database: Path | str
    keys: Keys
    config: Path | None = None
    """The settings' file, whose verbs people read of."""
    _said: Mapping[tuple[str, ...], "_Judged"] = field(init=False)
    _patterns: tuple[re.Pattern[str], ...] = field(init=False)
    _sketched: set[str] = field(init=False, default_factory=set)
    """Hashes of half-made pictures that were judged, and what is said of them."""
    _literals: frozenset[str] = field(init=False)
    """What stands in the sources and in the settings, and what the ledger calls models."""

    def __post_init__(self) -> None:
        """Read the ledger, and the sources of what is fixed."""
        said = {
            actions: _Judged.of(outputs(self.database, self.keys, actions))
            for actions in (LETTING, HOLDING, JUDGED)
        }
        models = {str(row[0]) for row in rows(self.database, "SELECT model FROM usage")}
        models |= {str(row[0]) for row in rows(self.database, "SELECT model FROM output")}
        literals = {*_literals(), *models, *_told(Path("bot/defaults.toml")), *_told(self.config)}
        object.__setattr__(self, "_said", said)
        literals |= Styles.of({}).known.keys()
        literals |= {literal.strip() for literal in literals}
        object.__setattr__(self, "_literals", frozenset(literals))
        object.__setattr__(self, "_patterns", tuple(_patterns()))

    def unjudged(self, entries: Iterable[Json]) -> list[str]:
        """Return every string, or hash of bytes, that the bot showed and nobody judged."""
        entries = list(entries)
        self._look_at(entries)
        gone = emptied(self.database)
        known: dict[tuple[str, tuple[str, ...]], bool] = {}
        return [
            text
            for entry in entries
            if _is_ours(entry) and _request(entry["payload"]) not in gone
            for text in _shown(entry)
            if not self._passes(text, _actions(entry), known)
        ]

    def _look_at(self, entries: Sequence[Json]) -> None:
        """Learn which files are no answer, but half-made ones whose exact bytes were let go.

        Of these the ledger keeps a verdict on the hash of picture and description, and no more.
        """
        for entry in entries:
            if "bytes" not in entry or entry["sha256"] in self._said[LETTING].hashes:
                continue
            alt = str(entry["payload"].get("alt_txt", ""))
            sketch = Image(entry["bytes"], alt)
            if lets(self.database, [fingerprint(sketch)], self.keys):
                self._sketched.add(f"{BYTES}{entry['sha256']}")
                self._sketched.update(_Judged.of([sketch]).texts)

    def _passes(
        self,
        text: str,
        actions: tuple[str, ...],
        known: dict[tuple[str, tuple[str, ...]], bool],
    ) -> bool:
        if text in self._sketched:
            return True
        key = (text, actions)
        if text.startswith(BYTES):
            return text.removeprefix(BYTES) in self._said[actions].hashes
        if key not in known:
            known[key] = self._is_ours(text) or any(
                self._is_cleared(one, actions) for one in _without_progress(text)
            )
        return known[key]

    def _is_ours(self, text: str) -> bool:
        """Tell whether a text is made of what no person and no model wrote."""
        if not text.strip() or text in self._literals or _KNOWN.fullmatch(text):
            return True
        if any(self._fits(pattern, text) for pattern in self._patterns):
            return True
        for mark in _JOINTS:
            parts = mark.split(text)
            if len(parts) > 1 and all(map(self._is_ours, parts)):
                return True
        return False

    def _fits(self, pattern: re.Pattern[str], text: str) -> bool:
        found = pattern.fullmatch(text)
        return found is not None and all(map(self._is_ours, filter(None, found.groups())))

    def _is_cleared(self, text: str, actions: tuple[str, ...]) -> bool:
        plain = html.unescape(text)
        said = self._said[actions]
        if said.begins(text) or said.begins(plain):
            return True
        code = plain.removeprefix("```\n").removesuffix("\n```")
        hashes = [fingerprint(Text(plain)), fingerprint(Text(text))]
        hashes += [fingerprint(Code(code, name)) for name in ("python", "")]
        return said.begins(code) or lets(self.database, hashes, self.keys, actions)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What some verdicts are about."""

    texts: frozenset[str]
    """Whole, as Slack shows them, and in sections."""
    hashes: frozenset[str]
    """SHA-256 of the bytes of files."""

    @classmethod
    def of(cls, contents: Iterable[Content]) -> "_Judged":
        texts, files = set[str](), set[bytes]()
        for content, said in ((one, said) for one in contents for said in _apart(one)):
            parts = sections(mrkdwn(said))
            texts |= {said, mrkdwn(said), "\n".join(parts), *parts, html.unescape("\n".join(parts))}
            files |= {payload(content), said.encode()}
            files |= {html.unescape("\n".join(parts)).encode()}
        return cls(frozenset(texts), frozenset(map(_sha256, files)))

    def begins(self, text: str) -> bool:
        """Tell whether a text is the beginning of some of it: a notification, a stream."""
        return any(known.startswith(text) for known in self.texts)


def _apart(content: Content) -> Iterator[str]:
    """Yield all words of a content, and those of a program's parts, which are shown apart."""
    yield words(content)
    if isinstance(content, Code):
        yield from filter(None, (content.source, content.tests, content.notes))
    if isinstance(content, Image | Grid):
        yield from filter(None, (content.alt, content.note))


def everything(url: str) -> list[Json]:
    """Return every state of all that anybody in a workspace was shown, and the bytes of files."""
    users = _asked(f"{url}/_control/state")["users"]
    people = [user["id"] for user in users if not user.get("is_bot")]
    found = [
        entry for who in people for entry in _asked(f"{url}/_control/visible?user={who}")["shown"]
    ]
    files = [entry for entry in found if entry.get("sha256")]
    hashes = {entry["sha256"] for entry in files if "alt_txt" in entry["payload"]}
    known = {sha256: _content(url, sha256) for sha256 in hashes}
    return [
        entry | ({"bytes": known[entry["sha256"]]} if entry.get("sha256") in known else {})
        for entry in found
    ]


def _content(url: str, sha256: str) -> bytes:
    """Return what is in a file, or was before it was deleted."""
    found = _asked(f"{url}/_control/content?sha256={sha256}")
    return base64.b64decode(found["base64"])


def _asked(url: str) -> Json:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=120) as answer:
        found: Json = json.load(answer)
    return found


def _is_ours(entry: Json) -> bool:
    said = entry["payload"]
    if said.get("subtype") in {"channel_join", "group_join"}:
        return False  # Slack's own words
    by_bot = said.get("user") == BOT or "bot_id" in said
    return entry["kind"] in APPS or by_bot


def _actions(entry: Json) -> tuple[str, ...]:
    """Return which verdicts let it be shown: reviewers also see what waits for them."""
    if entry["kind"] == "view":
        return JUDGED
    return HOLDING if REVIEWERS in _places(entry) else LETTING


def _places(entry: Json) -> Sequence[str]:
    said = entry["payload"]
    return [str(said.get("channel") or ""), str(entry.get("channel") or "")]


def _request(said: Json) -> str:
    """Return the id of the request that a message is of, where it says so."""
    about = (said.get("metadata") or {}).get("event_payload") or {}
    return str(about.get("request_id", ""))


def _shown(entry: Json) -> Iterator[str]:
    if "sha256" in entry:
        yield f"{BYTES}{entry['sha256']}"
    yield from _strings(entry["payload"])


def _strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key in SHOWN:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, key)
    elif isinstance(value, dict):
        if "mimetype" in value:
            yield str(value.get("name") or "")
        for name, item in value.items():
            yield from _strings(item, name)


def _without_progress(text: str) -> Iterator[str]:
    """Yield a text; and what a stream shows before its last line, which says how far it is."""
    yield text
    for end in _UNDER_WAY:
        for said in end.value:
            if found := re.search(_BLANK.sub("[0-9]+", re.escape(said)) + r"\Z", text):
                yield text[: found.start()]
                yield text[: found.start()].rstrip()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _patterns() -> Iterator[re.Pattern[str]]:
    """Yield the fixed sentences with blanks, and what stands in the sources with some."""
    for text in (text for item in Notice for text in item.value if "{" in text):
        yield re.compile(_BLANK.sub("[^\n]{1,80}?", re.escape(text)), re.DOTALL)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and _fixed(node) >= _OURS_BYTES:
                yield re.compile("".join(map(_piece, node.values)), re.DOTALL)


def _fixed(node: ast.JoinedStr) -> int:
    return sum(len(str(part.value)) for part in node.values if isinstance(part, ast.Constant))


def _piece(part: ast.expr) -> str:
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.*?)"


def _literals() -> Iterator[str]:
    """Yield every string that stands in the source of the views."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _told(file: Path | None) -> Iterator[str]:
    """Yield what a file of settings says of verbs."""
    if file is not None and file.is_file():
        verbs = tomllib.loads(file.read_text(encoding="utf-8")).get("verbs", {})
        for name, verb in verbs.items():
            yield from (name, verb.get("help", ""), verb.get("example", ""))
