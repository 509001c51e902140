"""Why there is no draft: a reason code, its sentence, and who has to answer instead.

The codes are those that service desks report by. `usage_limit` is said before any generator is
asked: a budget that has no room is refused by the bot.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from generators.sentences import HAN, Language, language
from generators.support.ticket import Finding
from generators.support.words import informative

Code = Literal[
    "customer_request",
    "missing_knowledge",
    "unsupported_request",
    "policy_restriction",
    "tool_failure",
    "pending_clarification",
    "usage_limit",
]
CODES: Final[tuple[Code, ...]] = (
    "customer_request",
    "missing_knowledge",
    "unsupported_request",
    "policy_restriction",
    "tool_failure",
    "pending_clarification",
    "usage_limit",
)
READ: Final = 0.5
"""From this share of Latin and Chinese letters on, a message is in a language of the base."""

_SENTENCES: Final[Mapping[Code, dict[Language, str]]] = MappingProxyType(
    {
        "customer_request": {
            "en": "There is no draft: the customer asks for a person. A person has to answer.",
            "zh": "没有草稿：客户要求人工服务，请人工回复。",
        },
        "missing_knowledge": {
            "en": "There is no draft: the knowledge base does not cover this. A person has to "
            "answer.",
            "zh": "没有草稿：知识库中没有这个问题的内容，请人工回复。",
        },
        "unsupported_request": {
            "en": "There is no draft: the message is in a language in which I draft nothing. A "
            "person has to answer.",
            "zh": "没有草稿：暂不支持该语言，请人工回复。",
        },
        "policy_restriction": {
            "en": "There is no draft: only internal articles cover this, and they are not quoted "
            "to customers. A person has to answer.",
            "zh": "没有草稿：只有内部文章涉及这个问题，不能引用给客户，请人工回复。",
        },
        "tool_failure": {
            "en": "There is no draft: the knowledge base could not be read. Tell an operator; a "
            "person has to answer.",
            "zh": "没有草稿：知识库无法读取。请告知管理员，并人工回复。",
        },
        "pending_clarification": {
            "en": "There is no draft: the message does not say what it is about. Ask the customer, "
            "or answer yourself.",
            "zh": "没有草稿：客户没有说明具体问题，请先向客户确认，或人工回复。",
        },
        "usage_limit": {
            "en": "There is no draft: a budget has no room for it. A person has to answer.",
            "zh": "没有草稿：额度不足，请人工回复。",
        },
    }
)
_REASON: Final[dict[Language, str]] = {"en": "Reason: ", "zh": "原因："}
_PERSON: Final = re.compile(
    r"(?i)(?<![a-z])(?:speak|talk|chat|connect(?: me)?|transfer(?: me)?|get me)"
    r"(?: directly)?(?: to| with)? (?:a |an |the |your |some )?(?:real |live |actual )?"
    r"(?:human|person|agent|representative|manager|supervisor|somebody|someone)(?![a-z])"
    r"|(?<![a-z])(?:real|live|actual) (?:human|person)(?![a-z])|(?<![a-z])human (?:agent|being)"
    r"|人工(?:客服|服务|坐席)|转(?:接)?人工|真人|找(?:你们|您们)?的?(?:经理|主管|负责人)"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_KNOWN: Final = re.compile(f"[A-Za-z\u00c0-\u024f{HAN}]")
_STAND_IN: Final = re.compile(r"\[[a-z ]+ \d+\]")


def unasked(ticket: str) -> Code | None:
    """Return why a message is not even looked up; None when it is.

    >>> unasked("Let me talk to a human!"), unasked("你好！"), unasked("Wo ist mein Paket?")
    ('customer_request', 'pending_clarification', None)
    """
    said = _STAND_IN.sub(" ", ticket)
    letters = len(_LETTER.findall(said))
    if _PERSON.search(said):
        return "customer_request"
    if letters and len(_KNOWN.findall(said)) < READ * letters:
        return "unsupported_request"
    return None if informative(said) else "pending_clarification"


def unfound(findings: Iterable[Finding]) -> Code:
    """Return why nothing that was found may be quoted."""
    is_internal = any(finding.internal for finding in findings)
    return "policy_restriction" if is_internal else "missing_knowledge"


def no_draft(code: Code, ticket: str) -> str:
    """Return the sentence that says why there is no draft, with its reason code."""
    speak = language(ticket)
    return f"{_SENTENCES[code][speak]}\n\n{_REASON[speak]}`{code}`"


def code_of(body: str) -> Code | None:
    """Return the reason code that a text gives for being no draft; None where it is one.

    >>> code_of(no_draft("tool_failure", "Refund?")), code_of("Hello,")
    ('tool_failure', None)
    """
    for code in CODES:
        if any(body.startswith(sentence) for sentence in _SENTENCES[code].values()):
            return code
    return None
