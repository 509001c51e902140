"""A drafted reply: the letter that a customer would get, and below a rule what they would not.

Greeting, closing and tone are the settings'; the sentences are whose they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from generators.builtin import label, sources
from generators.sentences import Language, one_line
from generators.support.index import Hit
from generators.support.sending import RULE
from generators.tools import Passage

Tone = Literal["plain", "warm", "formal"]
TONES: Final[tuple[Tone, ...]] = ("plain", "warm", "formal")
LOW: Final = 0.6
"""Below this confidence a person is asked to look twice."""

_GREETING: Final[Mapping[Tone, dict[Language, str]]] = MappingProxyType(
    {
        "plain": {
            "en": "Hello,\n\nthank you for your message.",
            "zh": "您好：\n\n感谢您的来信。",
        },
        "warm": {
            "en": "Hello,\n\nthank you so much for writing to us.",
            "zh": "您好呀：\n\n非常感谢您的来信，很高兴能帮到您。",
        },
        "formal": {
            "en": "Dear Sir or Madam,\n\nthank you for your enquiry.",
            "zh": "尊敬的客户：\n\n感谢您的来函。",
        },
    }
)
_CLOSING: Final[Mapping[Tone, dict[Language, str]]] = MappingProxyType(
    {
        "plain": {"en": "Kind regards,\nCustomer support", "zh": "此致\n客户服务团队"},
        "warm": {"en": "Warm regards,\nCustomer support", "zh": "祝您生活愉快！\n客户服务团队"},
        "formal": {"en": "Yours faithfully,\nCustomer support", "zh": "此致\n敬礼\n客户服务团队"},
    }
)
_UNCOVERED: Final[dict[Language, str]] = {
    "en": "Not covered by the knowledge base, please answer yourself:",
    "zh": "知识库中没有以下问题的内容，请人工补充：",
}
_CONFIDENCE: Final[dict[Language, str]] = {"en": "Confidence: ", "zh": "可信度："}
_LOW: Final[dict[Language, str]] = {"en": " (low: look twice)", "zh": "（偏低，请仔细核对）"}
_INTERNAL: Final[dict[Language, str]] = {
    "en": "Internal articles cover this, too. They are not quoted here, and must not be.",
    "zh": "内部文章也涉及这个问题，此处未引用，也不得引用。",
}
_DROPPED: Final[dict[Language, str]] = {
    "en": "Taken out, because no source bears it out: {} sentences.",
    "zh": "已删去 {} 句没有依据的内容。",
}

Cited = tuple[str, tuple[int, ...]]
"""A sentence, and the numbers of the passages that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a letter sounds; an empty greeting or signature is the tone's own."""

    tone: Tone = "plain"
    greeting: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the person who sends it has to know of a letter."""

    passages: Sequence[Passage]
    uncovered: Sequence[str] = ()
    dropped: int = 0
    """Sentences of a model that were taken out."""
    internal: bool = False
    """Whether a text that customers must not see is about the same."""


def letter(cited: Sequence[Cited], style: Style, notes: Notes, speak: Language) -> str:
    """Return the letter with its citations, and the notes below it."""
    numbers = sorted({number for _, numbers in cited for number in numbers})
    labels = {number: label(notes.passages[number - 1]) for number in numbers}
    parts = [
        style.greeting or _GREETING[style.tone][speak],
        "\n".join(_line(one) for one in cited),
        style.signature or _CLOSING[style.tone][speak],
        RULE,
        sources(labels, speak),
        _sure([notes.passages[number - 1] for number in numbers], speak),
        _INTERNAL[speak] if notes.internal else "",
        _DROPPED[speak].format(notes.dropped) if notes.dropped else "",
        _left_open(notes.uncovered, speak),
    ]
    return "\n\n".join(part for part in parts if part)


def lines() -> tuple[str, ...]:
    """Return every greeting and closing of ours."""
    return tuple(
        said for part in (_GREETING, _CLOSING) for tone in part.values() for said in tone.values()
    )


def confidence(passages: Iterable[Passage]) -> float:
    """Return how sure the search was of the best of these, 0 to 1."""
    return max((one.confidence for one in passages if isinstance(one, Hit)), default=0.0)


def _line(cited: Cited) -> str:
    text, numbers = cited
    return f"{text} {''.join(f'[{number}]' for number in numbers)}"


def _sure(passages: Sequence[Passage], speak: Language) -> str:
    sure = confidence(passages)
    return f"{_CONFIDENCE[speak]}{sure:.2f}{_LOW[speak] if sure < LOW else ''}"


def _left_open(missed: Sequence[str], speak: Language) -> str:
    if not missed:
        return ""
    return "\n".join([_UNCOVERED[speak], *(f"> {one_line(question)}" for question in missed)])
