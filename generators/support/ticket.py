"""A customer's message: what it asks, and what the knowledge base has for it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from generators.draft import PromptRejected, Request
from generators.sentences import one_line, sentences
from generators.support.evidence import by_document, in_language
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
    """What was found for one question: public pieces close enough, then more of their documents."""

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


async def look_up(
    ticket: str, knowledge: Knowledge, *, kb: str, top: int, shared: Collection[str]
) -> list[Finding]:
    """Return a finding for each question of a message, and first one for a short whole message.

    `shared` are the channels that all who get the answer are members of.
    """
    search = partial(knowledge.search, kb=kb, top=top, shared=shared)
    whole, asked = one_line(ticket), questions(ticket)
    if len(whole) <= WHOLE_CHARS and whole not in asked:
        asked = [whole, *asked]
    return [_finding(question, await search(question), knowledge) for question in asked]


def _finding(question: str, found: Sequence[Passage], knowledge: Knowledge) -> Finding:
    close = [one for one in found if knowledge.confident([one])]
    public = in_language(question, [one for one in close if one.public])
    near = [one for one in public if one.score >= NEAR * public[0].score][:PER_QUESTION]
    docs = {one.doc for one in near}
    whole = [one for one in found if one.doc in docs and one.public and one not in near]
    return Finding(question, (*near, *whole), any(not one.public for one in close))


def passages_of(findings: Iterable[Finding]) -> list[Passage]:
    """Return one passage for each document, the best of every question first."""
    ranks = [finding.passages for finding in findings]
    return by_document(one for row in zip_longest(*ranks) for one in row if one is not None)


def uncovered(findings: Sequence[Finding]) -> list[str]:
    """Return the questions that nothing was found for, but not a message that holds several."""
    asked = [finding.question for finding in findings]
    return [
        finding.question
        for finding in findings
        if not finding.passages
        and finding.question.rstrip().endswith(("?", "？"))
        and not any(one in finding.question for one in asked if one != finding.question)
    ]
