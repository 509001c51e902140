"""A customer's message: what it asks, and what the knowledge base has for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from generators.draft import PromptRejected, Request
from generators.sentences import language, one_line, sentences
from generators.support.words import informative
from generators.tools import Knowledge, Passage

QUESTIONS_MAX = 4
WHOLE_CHARS = 400
"""A longer message is looked up by its questions only."""
PER_QUESTION = 2
NEAR = 0.8
"""From this share of the best score, a second piece is worth quoting beside the first."""

_ASKS = re.compile(
    r"[?？]\s*$|(?<![a-z])(?:how|what|when|where|which|why|who|can i|could i|may i|do you|please"
    r"|i need|i want|i would like|i'd like|forgot|lost|wrong|broken|damaged|cancel)(?![a-z])"
    r"|怎么|如何|什么|哪|多久|多少|几[天年个]|能否|可以|请|想|需要|吗|忘记|破损|不对|取消",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one question: public pieces that are close enough, best first."""

    question: str
    passages: tuple[Passage, ...]
    internal: bool
    """Whether a text that customers must not see is close enough."""


def ticket_of(request: Request) -> str:
    """Return the customer's words: the prompt, or else the last message of the context.

    Raises `PromptRejected` when there is neither.
    """
    said = (line.text for line in reversed(request.context))
    ticket = request.prompt.strip() or next((text.strip() for text in said if text.strip()), "")
    if not ticket:
        raise PromptRejected("There is no message to reply to: write it after the command.")
    return ticket


def questions(ticket: str) -> list[str]:
    """Return the sentences that ask or complain, at most 4, or the whole message.

    >>> questions("Hello! My tent is torn. How long is the warranty? 谢谢")
    ['How long is the warranty?']
    """
    asked = [one for one in sentences(ticket) if _ASKS.search(one) and informative(one)]
    return list(dict.fromkeys(asked))[:QUESTIONS_MAX] or [one_line(ticket)]


async def look_up(ticket: str, knowledge: Knowledge, *, kb: str, top: int) -> list[Finding]:
    """Return a finding for each question of a message, and first one for a short whole message."""
    whole, asked = one_line(ticket), questions(ticket)
    if len(whole) <= WHOLE_CHARS and whole not in asked:
        asked = [whole, *asked]
    return [await _finding(question, knowledge, kb=kb, top=top) for question in asked]


async def _finding(question: str, knowledge: Knowledge, *, kb: str, top: int) -> Finding:
    found = await knowledge.search(question, kb=kb, top=top)
    close = [one for one in found if knowledge.confident([one])]
    public = _in_language(question, [one for one in close if one.public])
    near = [one for one in public if one.score >= NEAR * public[0].score]
    return Finding(question, tuple(near[:PER_QUESTION]), any(not one.public for one in close))


def _in_language(question: str, passages: Sequence[Passage]) -> Sequence[Passage]:
    """Prefer pieces in the customer's language, and take what there is where there is none."""
    same = [one for one in passages if language(one.text) == language(question)]
    return same or passages


def passages_of(findings: Iterable[Finding]) -> list[Passage]:
    """Return one passage for each document, the best of every question first.

    Pieces of the same document are put together, so that it is one source with one number.
    """
    ranks = [finding.passages for finding in findings]
    inner = [part[at] for at in range(PER_QUESTION) for part in ranks if at < len(part)]
    joined: dict[str, Passage] = {}
    for one in inner:
        known = joined.setdefault(one.doc, one)
        if one.text not in known.text:
            joined[one.doc] = replace(known, text=f"{known.text}\n{one.text}")
    return list(joined.values())


def uncovered(findings: Sequence[Finding]) -> list[str]:
    """Return the sentences with a question mark that nothing was found for."""
    return [
        finding.question
        for finding in findings
        if not finding.passages and finding.question.rstrip().endswith(("?", "？"))
    ]
