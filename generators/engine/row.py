"""One request while it runs: the tokens so far, the text that may go out, and when it is over."""

import time
from collections.abc import Callable, Sequence

from generators.engine.cache import Segment
from generators.engine.decoding import IncrementalDecoder, StopScanner
from generators.engine.prompt import Answer, Draw, Prompt, Standing
from generators.engine.worker import Call

TELL_EVERY_S = 0.02
"""Text goes to the client no more often: a piece costs more than the token in it."""
Decode = Callable[[Sequence[int]], str]


class Row:
    """A request with a seat in the model's cache, or between two seats."""

    def __init__(self, prompt: Prompt, call: Call[str | Standing, Answer]) -> None:
        """Take what is asked and who waits for it."""
        self.prompt = prompt
        self.call = call
        self.seat: object | None = None
        self.known = list(prompt.token_ids)
        self.cached = 0
        self.failures = 0
        self.proven_at = 0  # it runs alone until it knows more tokens than this
        self.model_s = 0.0
        self.since_s = time.perf_counter()
        self.told_place = 0
        self._text: _Text | None = None

    @property
    def written(self) -> int:
        """Tokens of the answer so far."""
        return len(self.known) - len(self.prompt.token_ids)

    @property
    def suspect(self) -> bool:
        """Whether a step that it took part in failed, and it has not got further since."""
        return len(self.known) <= self.proven_at

    @property
    def writing(self) -> bool:
        """Whether all but its last token is in the cache."""
        return self.cached == len(self.known) - 1

    def segment(self, most: int) -> Segment:
        """Return what the model has to compute for it next, at most so many tokens."""
        end = min(len(self.known), self.cached + most)
        tokens, adapter = self.known[self.cached : end], self.prompt.adapter
        return Segment(seat=self.seat, start=self.cached, tokens=tokens, adapter=adapter)

    def draw(self) -> Draw:
        """Return how its next token is chosen."""
        asked = self.prompt
        return Draw(
            sampling=asked.sampling,
            seed=asked.seed,
            known=self.known,
            shape=asked.shape,
            begin=len(asked.token_ids),
        )

    def grow(self, token: int) -> None:
        """Take the next token."""
        self.known.append(token)
        if not self.suspect:
            self.failures = 0

    def doubt(self) -> None:
        """Take it that a step failed: all known tokens are computed again, alone at first."""
        self.failures += 1
        self.proven_at, self.cached = len(self.known), 0

    def ends(self, stop_tokens: frozenset[int]) -> bool:
        """Whether its last token is its last."""
        return self.written >= self.prompt.new_tokens or self.known[-1] in stop_tokens

    def text(self, decode: Decode) -> "_Text":
        """Return the text of its tokens, all of them taken in."""
        if self._text is None:
            self._text = _Text(self.prompt.stops, decode)
        self._text.take(self.known[len(self.prompt.token_ids) + self._text.taken :])
        if self.seat is None:
            self._text.finish()
        return self._text

    def answer(self, decode: Decode, stop_tokens: frozenset[int]) -> Answer:
        """Return the whole answer."""
        text = self.text(decode)
        ended = text.stopped or self.known[-1] in stop_tokens
        return Answer(
            text="".join(text.pieces),
            finish_reason="stop" if ended else "length",
            prompt_tokens=len(self.prompt.token_ids),
            completion_tokens=self.written,
            gpu_ms=round(self.model_s * 1000),
        )


class _Text:
    """Tokens to text, up to a stop string, told in pieces."""

    def __init__(self, stops: Sequence[str], decode: Decode) -> None:
        self._decoder = IncrementalDecoder(decode)
        self._scanner = StopScanner(stops)
        self.taken = 0
        self._untold = ""
        self._told_s = 0.0
        self.pieces: list[str] = []

    @property
    def stopped(self) -> bool:
        """Whether a stop string was written."""
        return self._scanner.stopped

    def take(self, tokens: Sequence[int]) -> None:
        """Take what is new of the answer's tokens."""
        for token in tokens:
            self._keep(self._scanner.push(self._decoder.push(token)))
        self.taken += len(tokens)

    def finish(self) -> None:
        """Take it that no token follows."""
        self._keep(self._scanner.push(self._decoder.flush()))
        self._keep(self._scanner.flush())

    def tell(self, call: Call[str | Standing, Answer], *, all_of_it: bool) -> None:
        """Send what is new, if it is time."""
        now = time.monotonic()
        if self._untold and (all_of_it or now - self._told_s >= TELL_EVERY_S):
            call.emit(self._untold)
            self._untold, self._told_s = "", now

    def _keep(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._untold += text
