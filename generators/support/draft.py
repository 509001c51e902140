"""Drafts of replies to customers: sentences of public articles, each with its source, or none.

Without a language model the sentences are the articles' own. With one it writes from the same
articles, and every sentence that does not stand in what it cites is taken out. Nothing here sends:
a person reads, changes and sends.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from generators.builtin import COST, label, picked, sources
from generators.draft import Cost, Draft, Request, Text
from generators.preset import Preset, last_word
from generators.sentences import Language, language, one_line, quoted
from generators.support.grounding import check, citations, without_citations
from generators.support.ticket import Finding, look_up, passages_of, ticket_of, uncovered
from generators.tools import Passage, Tools

PASSAGES_MAX = 5

_GREETING: Final[dict[Language, str]] = {
    "en": "Hello,\n\nthank you for your message.",
    "zh": "您好：\n\n感谢您的来信。",
}
_CLOSING: Final[dict[Language, str]] = {
    "en": "Kind regards,\nCustomer support",
    "zh": "此致\n客户服务团队",
}
_NO_DRAFT: Final[dict[str, dict[Language, str]]] = {
    "missing_knowledge": {
        "en": "There is no draft: the knowledge base does not cover this. A person has to answer.",
        "zh": "没有草稿：知识库中没有这个问题的内容，请人工回复。",
    },
    "policy_restriction": {
        "en": "There is no draft: only internal articles cover this, and they are not quoted to "
        "customers. A person has to answer.",
        "zh": "没有草稿：只有内部文章涉及这个问题，不能引用给客户，请人工回复。",
    },
}
_REASON: Final[dict[Language, str]] = {"en": "Reason: ", "zh": "原因："}
_UNCOVERED: Final[dict[Language, str]] = {
    "en": "Not covered by the knowledge base, please answer yourself:",
    "zh": "知识库中没有以下问题的内容，请人工补充：",
}


@dataclass(frozen=True, slots=True)
class _Body:
    """Sentences with the numbers of the passages that they stand in, and what they cost."""

    cited: tuple[tuple[str, tuple[int, ...]], ...]
    cost: Cost


class Reply:
    """Drafts a reply to a customer's message, or says why there is none."""

    def __init__(
        self,
        tools: Tools,
        *,
        kb: str = "",
        top: int = 8,
        signature: str = "",
        preset: str = "draft",
    ) -> None:
        """Take the knowledge base to look in (empty: all) and the lines that end a reply."""
        self._tools = tools
        self._kb = kb
        self._top = top
        self._signature = signature
        self._preset = Preset.load(preset)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one draft: what a model writes is shown when the whole of it is checked."""
        ticket = ticket_of(request)
        kb = request.flags.get("kb", self._kb)
        findings = await look_up(ticket, self._tools.knowledge, kb=kb, top=self._top)
        passages = passages_of(findings)[:PASSAGES_MAX]
        if not passages:
            content = Text(no_draft(findings, language(ticket)))
            yield Draft(request=request, content=content, cost=COST)
            return
        body = await self._body(request, ticket, findings, passages)
        letter = self._letter(body, passages, findings, language(ticket))
        yield Draft(request=request, content=Text(letter), cost=body.cost)

    async def _body(
        self,
        request: Request,
        ticket: str,
        findings: Sequence[Finding],
        passages: Sequence[Passage],
    ) -> _Body:
        """Return what the model wrote and the check left, or else the articles' own sentences."""
        values = {"sources": _numbered(passages), "ticket": quoted(ticket), **_spoken(ticket)}
        reply = await last_word(self._tools.model, self._preset, request, **values)
        if reply is None:
            return _Body(_picked(findings, passages), COST)
        texts = [f"{one.title}. {one.text}" for one in passages]
        kept = (await asyncio.to_thread(check, reply.text, texts, ticket)).kept
        written = tuple((without_citations(one), tuple(citations(one))) for one in kept)
        return _Body(written or _picked(findings, passages), reply.cost)

    def _letter(
        self,
        body: _Body,
        passages: Sequence[Passage],
        findings: Sequence[Finding],
        speak: Language,
    ) -> str:
        numbers = sorted({number for _, cited in body.cited for number in cited})
        parts = [
            _GREETING[speak],
            _paragraph(body.cited),
            self._signature or _CLOSING[speak],
            sources({number: label(passages[number - 1]) for number in numbers}, speak),
            _left_open(uncovered(findings), speak),
        ]
        return "\n\n".join(part for part in parts if part)


def no_draft(findings: Iterable[Finding], speak: Language) -> str:
    """Return the sentence that says why there is no draft, with its reason code."""
    internal = any(finding.internal for finding in findings)
    code = "policy_restriction" if internal else "missing_knowledge"
    return f"{_NO_DRAFT[code][speak]}\n\n{_REASON[speak]}`{code}`"


def _spoken(ticket: str) -> dict[str, str]:
    return {"language": "Chinese (中文)" if language(ticket) == "zh" else "the customer's language"}


def _numbered(passages: Sequence[Passage]) -> str:
    """Show the passages to the model as quoted data under their numbers."""
    return "\n\n".join(
        f"Source [{number}]: {one_line(one.title)}\n{quoted(one.text)}"
        for number, one in enumerate(passages, 1)
    )


def _picked(
    findings: Sequence[Finding], passages: Sequence[Passage]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
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


def _paragraph(cited: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    return "\n".join(f"{text} {''.join(f'[{n}]' for n in numbers)}" for text, numbers in cited)


def _left_open(missed: Sequence[str], speak: Language) -> str:
    if not missed:
        return ""
    return "\n".join([_UNCOVERED[speak], *(f"> {one_line(question)}" for question in missed)])
