"""What a sent reply teaches: a question as people ask it, and an answer without its letter.

Pure. What of it is personal is for others to find; only the greeting's name goes with the greeting.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from generators.sentences import CJK, HAN, language, one_line
from generators.support.article import Article
from generators.support.letter import lines
from generators.support.ticket import questions
from generators.support.words import informative

TITLE_CHARS: Final = 300
"""A longer question is cut: it is a heading."""
ALIKE: Final = 0.7
"""From this share of all their terms in common on (Jaccard), two questions ask the same.

Of 1,540 questions of Banking77 (77 intents of one bank), 20 % join an earlier one then, 86 % of
them one of the same intent; at 0.6 it is 37 % and 79 %.
"""
HELD: Final = 0.8
"""From this share of its terms in an article's text on, that article says an answer already."""

_GREETING: Final = re.compile(
    r"(?i)(?:hello|hi|hey|dear|good (?:morning|afternoon|evening))(?![a-z])"
    r"(?:[^\n?!]{0,60}[,:]|[^\n.?!]{0,40}!?)"
    rf"|(?:您好|你好|尊敬的)[^\n。？！]{{0,30}}[！!]?|[{HAN}]{{1,8}}(?:您好|你好)[呀啊]?[，,:：！!]?"
)
_NAME_MIN: Final = 2
_SOURCES: Final = re.compile(r"(?m)^(?:Sources:|来源：)\n((?:\[\d+\] .+\n?)+)")
_SOURCE: Final = re.compile(
    r"\[\d+\] (?:[^\n]*\((?P<named>[^()\n]+)\)|(?P<bare>[^\n]+?))(?: · [^\n()]+)?"
)


def asked_in(message: str) -> str:
    """Return what a message asks, in one line: the heading of an article.

    >>> asked_in("Hello! My tent is torn. How long is the warranty? 谢谢")
    'How long is the warranty?'
    """
    return one_line(" ".join(questions(message)))[:TITLE_CHARS].rstrip()


def taught_by(letter: str, own: Iterable[str] = ()) -> str:
    r"""Return a letter's answer: without greeting and closing, ours and the usual ones.

    `own` are the greeting and the signature that the settings give.

    >>> taught_by("Dear Ana,\n\nWithin 14 days.\n\nKind regards,\nCustomer support")
    'Within 14 days.'
    """
    known = {line.strip() for part in (*lines(), *own) for line in part.splitlines()} - {""}
    kept = [line for line in letter.strip().splitlines() if line.strip() not in known]
    while kept and (not kept[0].strip() or _GREETING.fullmatch(kept[0].strip())):
        del kept[0]
    return "\n".join(kept).strip()


def unnamed(text: str, names: Collection[str]) -> str:
    """Return a text with a stand-in for somebody's names, but for what is also a usual word.

    >>> unnamed("Ana's tent, 请问ANA在; banana. 李雷的帐篷, I will", ["ana", "李雷", "Will"])
    "[name 1]'s tent, 请问[name 1]在; banana. [name 1]的帐篷, I will"
    """
    called = {name for name in names if len(name) >= _NAME_MIN and informative(name)}
    forms = {form for name in called for form in (name, name.upper(), name.title())}
    written = sorted((form for form in forms if not form.islower()), key=len, reverse=True)
    return re.sub("|".join(map(_bounded, written)), "[name 1]", text) if written else text


def alike(question: str, others: Sequence[str]) -> int | None:
    """Return which of some questions asks the same, the nearest one; None where none does.

    >>> alike("How long do refunds take?", ["Where is my parcel?", "Refunds: how long?"])
    1
    >>> alike("退款需要多久？", ["多久能退款"]), alike("🙂", ["🙂"])
    (0, None)
    """
    terms = set(informative(question))
    near = [_shared(terms, set(informative(other))) for other in others]
    best = max(range(len(near)), key=near.__getitem__, default=None)
    return best if best is not None and near[best] >= ALIKE else None


def says(text: str, answer: str) -> bool:
    """Tell whether a text holds nearly all that an answer says."""
    terms, held = set(informative(answer)), set(informative(text))
    return bool(terms) and len(terms & held) >= HELD * len(terms)


def cited(body: str) -> tuple[str, ...]:
    r"""Return the ids of the documents that stand in the list of sources of an answer or draft.

    >>> cited("Five days. [1]\n\nSources:\n[1] Refunds (faq-7)\n[2] zh-3 · internal")
    ('faq-7', 'zh-3')
    """
    lists = _SOURCES.findall(body)
    found = (_SOURCE.fullmatch(line) for line in (lists[-1].splitlines() if lists else ()))
    return tuple(one["named"] or one["bare"] for one in found if one)


def article(doc: str, question: str, answer: str, place: str = "") -> Article:
    """Return what a reply becomes; `place` is the channel that it is kept to, if any."""
    return Article(
        id=doc,
        title=question,
        text=answer,
        language=language(f"{question} {answer}"),
        channels=(place,) if place else (),
        source="reply",
    )


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _bounded(name: str) -> str:
    """Return the pattern of a name: in spaced scripts a whole word, as no other holds it."""
    whole = re.escape(name)
    left = rf"(?<![^\W_{CJK}])" if not re.match(f"[{CJK}]", name[0]) else ""
    right = rf"(?![^\W_{CJK}])" if not re.match(f"[{CJK}]", name[-1]) else ""
    return f"{left}{whole}{right}"
