"""Personal data stays here: models see stand-ins for it, and what they wrote gets it back.

The stand-ins travel with the request and its drafts, in memory. What the ledger keeps of what was
asked has the stand-ins only; a process that ends takes along what they stood for.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.seams import Reading
from bot.settings import Verb
from generators.draft import (
    Draft,
    EngineUnavailable,
    Generator,
    Request,
    Text,
    reworded,
    words,
)
from moderation.checks.masking import masked, restored
from moderation.checks.pii import Pii
from moderation.finding import Finding
from moderation.gate import Gate
from moderation.judge import scope_of
from moderation.tables import Action, Direction
from moderation.threads import Stuck, Threads

_BETWEEN: Final = "\0"
"""Stands between texts that are masked together; the reader of envelopes lets none in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A reading whose requests name personal data by stand-ins, where a verb asks for it."""

    inner: Reading
    gate: Gate
    verbs: frozenset[str]
    threads: Threads = field(default_factory=Threads)

    @classmethod
    def of(cls, inner: Reading, gate: Gate, verbs: Mapping[str, Verb]) -> "Masked":
        """Mask for the verbs whose settings say so."""
        names = frozenset(name for name, verb in verbs.items() if verb.masked)
        return cls(inner=inner, gate=gate, verbs=names)

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages, masked.

        Raises GenerationError; EngineUnavailable where nobody could look for personal data in time.
        """
        gathered = await self.inner.gather(request)
        if request.verb not in self.verbs:
            return gathered
        wait_s = self.gate.policy.check_timeout_s
        try:
            return await self.threads.run(lambda: self._masked(gathered), wait_s)
        except (TimeoutError, Stuck) as error:
            raise EngineUnavailable("personal data was not looked for in time") from error

    def _masked(self, request: Request) -> Request:
        texts = [request.prompt, *(line.text for line in request.context)]
        texts = [text.replace(_BETWEEN, " ") for text in texts]
        made = masked(_BETWEEN.join(texts), self._found(request, texts))
        prompt, *rest = made.text.split(_BETWEEN)
        lines = zip(request.context, rest, strict=True)
        context = tuple(replace(line, text=text) for line, text in lines)
        return replace(request, prompt=prompt, context=context, stand_ins=made.table)

    def _found(self, request: Request, texts: Sequence[str]) -> Iterator[Finding]:
        """Yield what may be masked; what the policy refuses stays for the gate to refuse."""
        policy, scope, at = self.gate.policy, scope_of(request), 0
        for text in texts:
            for one in Pii().inspect(Text(text), Direction.INPUT):
                action = policy.action(one.category, Direction.INPUT, one.score, scope)
                if action < Action.HOLD and text[one.start : one.end] not in policy.allow:
                    yield replace(one, start=one.start + at, end=one.end + at)
            at += len(text) + len(_BETWEEN)


@dataclass(frozen=True, slots=True)
class Restored:
    """A generator whose drafts have the personal data again that its request had to do without."""

    inner: Generator

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield what the generator yields, each stand-in replaced by what it stands for."""
        drafts = self.inner.drafts(request)
        try:
            async for draft in drafts:
                yield _restored(draft, request)
        finally:
            if isinstance(drafts, AsyncGenerator):  # closing it cancels the engine's work
                await drafts.aclose()


def _restored(draft: Draft, request: Request) -> Draft:
    if not request.stand_ins:
        return draft
    said = restored(words(draft.content), request.stand_ins)
    return replace(draft, content=reworded(draft.content, said))
