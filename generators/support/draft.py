"""Drafts of replies to customers: sentences of public articles, each with its source, or none.

Without a language model the sentences are the articles' own. With one it writes from the same
articles, and every sentence that does not stand in what it cites is taken out. Nothing here sends:
a person reads, changes and sends.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from generators.builtin import COST, picked
from generators.draft import Cost, Draft, Request, Text
from generators.preset import Preset, last_word
from generators.sentences import language, one_line, quoted
from generators.support.abstaining import no_draft, unasked, unfound
from generators.support.grounding import check, citations, without_citations
from generators.support.letter import TONES, Cited, Notes, Style, Tone, letter
from generators.support.ticket import Finding, look_up, passages_of, ticket_of, uncovered
from generators.tools import Passage, Tools

PASSAGES_MAX = 5
SHORT = 2
"""Sentences of a reply that was asked for shorter."""
OTHERWISE: Final = 0.7
"""The temperature at which a reply is written anew, so that it is another one."""
STYLES: Final = ("shorter", "warmer", "again")

_TONES: Final[dict[Tone, str]] = {
    "plain": "Be friendly and plain.",
    "warm": "Be warm and personal, and thank the customer.",
    "formal": "Be formal and polite.",
}
_SHORTER: Final = f"Write {SHORT} short sentences at most."
_USUAL: Final = "Write two to six short sentences."


@dataclass(frozen=True, slots=True)
class _Body:
    """Sentences with the numbers of the passages that they stand in, and what they cost."""

    cited: tuple[Cited, ...]
    cost: Cost
    dropped: int = 0


class Reply:
    """Drafts a reply to a customer's message, or says why there is none."""

    def __init__(
        self,
        tools: Tools,
        *,
        kb: str = "",
        top: int = 8,
        preset: str = "draft",
        tone: Tone = "plain",
        **lines: str,
    ) -> None:
        """Take the knowledge base to look in (empty: all), the tone, and `greeting`, `signature`.

        Raises ValueError for an unknown tone, TypeError for lines that a letter does not have.
        """
        if tone not in TONES:
            raise ValueError(f"there is no tone {tone!r}, but {', '.join(TONES)}")
        self._tools = tools
        self._kb = kb
        self._top = top
        self._style = Style(tone=tone, **lines)
        self._preset = Preset.load(preset)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one draft: what a model writes is shown when the whole of it is checked."""
        ticket = ticket_of(request)
        code = unasked(ticket)
        findings: list[Finding] = []
        if code is None:
            try:
                kb = request.flags.get("kb", self._kb)
                findings = await look_up(
                    ticket, self._tools.knowledge, kb=kb, top=self._top, shared=request.shared
                )
            except (OSError, ValueError):
                code = "tool_failure"
        passages = passages_of(findings)[:PASSAGES_MAX]
        if not passages:
            said = no_draft(code or unfound(findings), ticket)
            yield Draft(request=request, content=Text(said), cost=COST)
            return
        body = await self._body(request, ticket, findings, passages)
        notes = Notes(
            passages=passages,
            uncovered=uncovered(findings),
            dropped=body.dropped,
            internal=any(finding.internal for finding in findings),
        )
        said = letter(body.cited, self._styled(request), notes, language(ticket))
        yield Draft(request=request, content=Text(said), cost=body.cost)

    async def _body(
        self,
        request: Request,
        ticket: str,
        findings: Sequence[Finding],
        passages: Sequence[Passage],
    ) -> _Body:
        """Return what the model wrote and the check left, or else the articles' own sentences."""
        most = SHORT if _asked(request) == "shorter" else None
        values = {"sources": _numbered(passages), "ticket": quoted(ticket), **_spoken(ticket)}
        values["style"] = f"{_TONES[self._styled(request).tone]} {_SHORTER if most else _USUAL}"
        reply = await last_word(self._tools.model, self._asking(request), request, **values)
        own = _picked(findings, passages)[:most]
        if reply is None:
            return _Body(own, COST)
        texts = [f"{one.title}. {one.text}" for one in passages]
        seen = await asyncio.to_thread(check, reply.text, texts, ticket)
        written = tuple((without_citations(one), tuple(citations(one))) for one in seen.kept)
        if not written:
            return _Body(own, reply.cost)
        return _Body(written[:most], reply.cost, len(seen.dropped))

    def _asking(self, request: Request) -> Preset:
        if _asked(request) != "again":
            return self._preset
        return replace(self._preset, temperature=max(OTHERWISE, self._preset.temperature))

    def _styled(self, request: Request) -> Style:
        return replace(self._style, tone="warm") if _asked(request) == "warmer" else self._style


def _asked(request: Request) -> str:
    """Return in which way the reply is asked for otherwise than usual; empty for no known one."""
    style = request.flags.get("style", "").casefold()
    return style if style in STYLES else ""


def _spoken(ticket: str) -> dict[str, str]:
    return {"language": "Chinese (中文)" if language(ticket) == "zh" else "the customer's language"}


def _numbered(passages: Sequence[Passage]) -> str:
    """Show the passages to the model as quoted data under their numbers."""
    return "\n\n".join(
        f"Source [{number}]: {one_line(one.title)}\n{quoted(one.text)}"
        for number, one in enumerate(passages, 1)
    )


def _picked(findings: Sequence[Finding], passages: Sequence[Passage]) -> tuple[Cited, ...]:
    """Return the articles' own sentences for each question, without saying one twice."""
    place = {passage.doc: at for at, passage in enumerate(passages)}
    found: dict[str, int] = {}
    for finding in findings:
        own = [passages[place[doc]] for doc in _docs(finding) if doc in place]
        for text, at in picked(finding.question, own) if own else []:
            found.setdefault(without_citations(text), place[own[at].doc] + 1)
    return tuple((text, (number,)) for text, number in found.items())


def _docs(finding: Finding) -> Iterable[str]:
    return dict.fromkeys(passage.doc for passage in finding.passages)
