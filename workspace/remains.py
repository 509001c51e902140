"""The bytes of files that were deleted, for whoever looks at what people have been shown."""

from typing import Final

MOST_BYTES: Final = 64 * 1024 * 1024
"""The oldest are forgotten beyond that; nothing of them outlasts the process."""


class Remains:
    """What was in deleted files, by the SHA-256 of it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Take how many bytes are kept."""
        self._most_bytes = most_bytes
        self._kept: dict[str, bytes] = {}
        self._bytes = 0

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep what was in a file."""
        if sha256 in self._kept:
            return
        self._kept[sha256] = content
        self._bytes += len(content)
        while self._bytes > self._most_bytes:
            oldest = next(iter(self._kept))
            self._bytes -= len(self._kept.pop(oldest))

    def find(self, sha256: str) -> bytes | None:
        """Return what was in a file; None where nobody knows (any more)."""
        return self._kept.get(sha256)
