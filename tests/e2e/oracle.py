"""What a judge says who sees all that people were shown, and the ledger, and believes nobody.

Each string in what the bot showed must be a fixed sentence, a word of our own buttons and forms, a
footer of known parts, or words (or the beginning of words) with a verdict that lets them be shown.
"""

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.views.mrkdwn import mrkdwn, sections
from bot.views.notices import Notice
from generators.draft import Code, Text, fingerprint
from tests.bot.unsealing import allowed, lets
from tests.e2e.product import Json, Product, ours

SOURCES = (*Path("bot/views").glob("*.py"), *Path("bot/delivery").glob("*.py"))
REVIEWERS = "C0REVIEWERS"
SHOWN = frozenset({"text", "alt_text", "alt_txt", "markdown_text", "fallback", "initial_value"})
"""Keys whose values people read."""
_BLANK = re.compile(r"\\\{\w+\\\}")
_KNOWN = re.compile(r"req_[0-9a-f]{8}|<@U[0-9A-Z]+>|(?:[a-z_]+\.)+[a-z0-9_]+")
"""A request, a person, and the category of a finding."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """Judges what was shown, by one product's ledger."""

    product: Product
    _outputs: set[str] = field(init=False)
    _held: set[str] = field(init=False)
    """What reviewers may see, in their channel."""
    _fixed: tuple[re.Pattern[str], ...] = field(init=False)
    _literals: frozenset[str] = field(init=False)
    """What stands in the sources, and what the ledger calls models."""

    def __post_init__(self) -> None:
        """Read the ledger, and the sources of what is fixed."""
        object.__setattr__(self, "_outputs", self._words(("allow", "redact")))
        object.__setattr__(self, "_held", self._words(("hold",)))
        fixed = (text for item in Notice for text in item.value)
        patterns = (re.compile(_BLANK.sub(".+?", re.escape(text)), re.DOTALL) for text in fixed)
        object.__setattr__(self, "_fixed", tuple(patterns))
        models = (row[0] for row in self.product.rows("SELECT model FROM output"))
        object.__setattr__(self, "_literals", frozenset([*_literals(), *models]))

    def unjudged(self, entries: list[Json]) -> list[str]:
        """Return every string that the bot showed, in any state, and nobody judged."""
        return [
            text
            for entry in entries
            if ours(entry["payload"])
            for text in _strings(entry["payload"])
            if not self._is_ours(text) and not self._is_cleared(text, _place(entry))
        ]

    def _words(self, actions: tuple[str, ...]) -> set[str]:
        texts = allowed(self.product.data / "atelier.db", self.product.keys(), actions)
        return {*texts, *("\n".join(sections(mrkdwn(text))) for text in texts)}

    def _is_ours(self, text: str) -> bool:
        if not text.strip() or text in self._literals:
            return True
        if any(pattern.fullmatch(text) for pattern in self._fixed):
            return True
        return "req_" in text and all(
            _KNOWN.fullmatch(part) or self._is_ours(part) for part in text.split(" · ")
        )

    def _is_cleared(self, text: str, channel: str) -> bool:
        plain = html.unescape(text)
        known = self._outputs | (self._held if channel == REVIEWERS else set[str]())
        if any(text in output or plain in output for output in known):
            return True  # one section of it, or what a notification shows
        code = plain.removeprefix("```\n").removesuffix("\n```")
        hashes = [fingerprint(Text(plain)), fingerprint(Code(code, "python"))]
        return lets(self.product.data / "atelier.db", hashes, self.product.keys())


def _place(entry: Json) -> str:
    return str(entry["payload"].get("channel") or entry.get("channel") or "")


def _strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key in SHOWN:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, name)


def _literals() -> Iterator[str]:
    """Yield every string that stands in the source of the views."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
