"""What a language model's answers are worth: how surprising the right one is, and what it invents.

Names are words with a capital letter: Chinese names are not seen, Chinese figures are.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from generators.dataset import Row
from generators.support.facts import facts
from generators.support.grounding import added
from generators.training.text_lora import TextLora

MOST_ANSWERS: Final = 32
_ANSWER_TOKENS: Final = 96


@dataclass(frozen=True, slots=True)
class Faithful:
    """Shares from 0 to 1, over the answers to what is held out."""

    answers: int
    faithful: float
    """So many answers have no figure, date, address or name that was not in what was asked or in
    the right answer."""
    invented: int
    """So many such there are in all."""
    facts_wanted: int
    """Figures, dates and addresses of the right answers."""
    facts_told: float
    """So many of them are told."""

    def table(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return asdict(self)


def strange(answer: str, asked: str, right: str) -> set[str]:
    """Return the figures, dates, addresses and names of an answer that nobody gave.

    >>> sorted(strange("Dana ships order 7 on March 5.", "Where is order 7?", "On March 3."))
    ['03-05', 'Dana']
    """
    return added(answer, f"{asked}\n{right}") - {"not"}


def measured(model: TextLora, rows: Sequence[Row]) -> Faithful:
    """Answer what is held out, at most 32 of it, and compare."""
    some = rows[:MOST_ANSWERS]
    invented: list[int] = []
    wanted = told = 0
    for row in some:
        *before, last = row.turns
        answer = model.answer(before, _ANSWER_TOKENS)
        asked = "\n".join(turn.content for turn in before)
        invented.append(len(strange(answer, asked, last.content)))
        right = facts(last.content)
        wanted += len(right)
        told += len(right & facts(answer))
    return Faithful(
        answers=len(some),
        faithful=sum(not n for n in invented) / len(some),
        invented=sum(invented),
        facts_wanted=wanted,
        facts_told=told / wanted if wanted else 1.0,
    )
