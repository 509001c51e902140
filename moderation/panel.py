"""All the checks together: asked one after another, and what they said of some content remembered.

Checks answer the same question in the same way, so that content which comes again, as an answer
does on its way through the ledger, need not be looked at again. Only hashes are remembered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from generators.draft import Content, fingerprint
from moderation.finding import FAULT, Check, Finding, inspected
from moderation.tables import Direction

REMEMBERED: Final = 512
"""Contents whose findings are kept."""

T = TypeVar("T")

Note = Callable[[str], object]
"""Is told the name of each check before it begins."""


class Memory(Generic[T]):
    """What was found lately, by a key; may be asked from several threads at once."""

    def __init__(self, size: int = REMEMBERED) -> None:
        """Remember nothing yet."""
        self._size = size
        self._kept = OrderedDict[object, T]()
        self._lock = threading.Lock()

    def get(self, key: object) -> T | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: object, value: T) -> None:
        """Remember it, and forget what was asked for least lately."""
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


class Panel:
    """Every check of one gate."""

    def __init__(self, checks: Sequence[Check]) -> None:
        """Take the checks to run; there must be at least one, each with a name of its own."""
        if not checks:
            raise ValueError("a gate without checks would let everything through")
        if len({check.name for check in checks}) != len(checks):
            raise ValueError("two checks have the same name, so one would hide the other")
        self._checks = tuple(checks)
        self._seen = Memory[tuple[Finding, ...]]()

    def look(self, content: Content, direction: Direction, note: Note) -> tuple[Finding, ...]:
        """Return what all checks find, in their order; a check that fails is a finding too."""
        key = (fingerprint(content), direction)
        known = self._seen.get(key)
        if known is not None:
            return known
        found: list[Finding] = []
        for check in self._checks:
            note(check.name)
            found += inspected(check, content, direction)
        if not any(finding.category.startswith(FAULT) for finding in found):
            self._seen.keep(key, tuple(found))
        return tuple(found)
