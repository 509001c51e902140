"""Tokens to text as they come: whole characters only, cut before a stop string.

Knows nothing of models or of the network.
"""

from collections.abc import Callable, Sequence

UNFINISHED = "\N{REPLACEMENT CHARACTER}"  # how a decoder shows the bytes of half a character


class IncrementalDecoder:
    """Turns one token after the other into text and holds back half a character.

    What all `push` calls and `flush` return together is `decode` of all tokens, where `decode`
    joins the bytes of its tokens (byte-level BPE) or treats only the first token differently.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        """Take the function that turns tokens into text."""
        self._decode = decode
        self._tokens: list[int] = []
        self._window_start = 0  # tokens before it are neither shown nor needed as context
        self._shown = 0  # tokens before it have been returned

    def push(self, token: int) -> str:
        """Return the text that this token completes; may be empty."""
        self._tokens.append(token)
        text = self._unshown()
        if not text or text.endswith(UNFINISHED):
            return ""
        self._window_start, self._shown = self._shown, len(self._tokens)
        return text

    def flush(self) -> str:
        """Return what is still held back, half characters as U+FFFD."""
        text = self._unshown()
        self._window_start = self._shown = len(self._tokens)
        return text

    def _unshown(self) -> str:
        shown = self._decode(self._tokens[self._window_start : self._shown])
        return self._decode(self._tokens[self._window_start :])[len(shown) :]


class StopScanner:
    """Passes text on up to the first stop string, holding back what could become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        """Take the stop strings, none of them empty."""
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """Return the part of the text that may be shown now; nothing after a stop string."""
        if self.stopped:
            return ""
        self._held += text
        if (end := self._first_stop()) is not None:
            self.stopped = True
            return self._release(end)
        return self._release(len(self._held) - self._possible_stop())

    def flush(self) -> str:
        """Return the text that was held back and turned out to be no stop string."""
        return "" if self.stopped else self._release(len(self._held))

    def _first_stop(self) -> int | None:
        """Where the stop string that is complete first begins; of two, the longer one."""
        found = ((self._held.find(stop), len(stop)) for stop in self._stops)
        ends = [(start + size, start) for start, size in found if start >= 0]
        return min(ends)[1] if ends else None

    def _possible_stop(self) -> int:
        """Length of the longest end of the text that begins a stop string."""
        return max((_overlap(self._held, stop) for stop in self._stops), default=0)

    def _release(self, size: int) -> str:
        text, self._held = self._held[:size], self._held[size:]
        return text


def _overlap(text: str, stop: str) -> int:
    sizes = range(min(len(text), len(stop) - 1), 0, -1)
    return next((size for size in sizes if text.endswith(stop[:size])), 0)
