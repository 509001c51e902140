"""Does a sentence stand in its sources? Checked by code, never by a model.

It finds invented figures, dates, links, names and promises, dropped negations, and sentences about
something else. A false sentence made of a source's own words and figures passes: a person reads
every draft.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generators.sentences import language, sentences
from generators.support.facts import facts
from generators.support.words import folded, informative

SHARED = 0.5
"""Share of a sentence's words that its sources must hold."""
SHARED_BY_ONE = 0.7
"""Share of a promise's words that a single sentence of a source must hold."""
ALIKE = 0.6
"""From this share on, two sentences say the same, so that "not" must stand in both or neither."""

_CITED = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
_LATE = re.compile(rf"([.!?。！？])\s*((?:{_CITED.pattern.replace('(', '(?:', 1)}\s*)+)")
_PROMISE = re.compile(
    r"(?<![a-z])(?:(?:we|i|they|you|our \w+)(?: (?:will|shall|promise|guarantee|are going to)|'ll)"
    r"|(?:we|i|they|our \w+) can|promise|guarantee|ensure)(?![a-z])"
    r"|(?:我们|我|客服)(?:会|将|可以)|您(?:会|将)|保证|承诺"
)
_WEIGHTY = re.compile(
    r"(?<![a-z])(?:free|guarantee|lifetime|unlimited|always|immediately|at once|full refund"
    r"|today|tonight|tomorrow|next (?:week|month|year)|seventy|eighty|ninety|hundred|thousand"
    r"|million|dozen|half|twice|double|triple)"
    r"|免费|终身|永久|无限|保证|全额|立即|立刻|今天|今晚|明天|后天|下周|下个?月|明年"
    r"|[一二三四五六七八九十两几]*(?:百(?!分之)|千(?!克)|万(?!一)|倍|半)"
)
_NOT = re.compile(
    r"(?<![a-z])(?:no|not|never|none|cannot|nor|without|neither)(?![a-z])|n't(?![a-z])|[不没未无勿别]"
)
_CLAUSE = re.compile(r"[,;，；]\s*|\s(?:and|but)\s")
_MONEY = ("eur", "usd", "gbp", "cny", "%", "point")
_NAME = re.compile(r"(?<![\w@])@?[A-Z][\w'-]*|@[\w.-]+")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that was taken out, and why."""

    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is left of a text: sentences that cite sources which bear them out."""

    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def check(text: str, sources: Sequence[str], ticket: str) -> Checked:
    """Keep the sentences of a text that cite [n] of `sources` (from 1) and stand in them."""
    kept: list[str] = []
    dropped: list[Dropped] = []
    for sentence in sentences(_with_citations_inside(text)):
        why = fault(sentence, sources, ticket)
        if why:
            dropped.append(Dropped(sentence, why))
        else:
            kept.append(sentence)
    return Checked(tuple(kept), tuple(dropped))


def fault(sentence: str, sources: Sequence[str], ticket: str) -> str:
    """Say what is wrong with one sentence of a draft, or return ""."""
    numbers = citations(sentence)
    if not numbers:
        return "cites no source"
    if any(not 1 <= number <= len(sources) for number in numbers):
        return "cites a source that does not exist"
    cited = [sources[number - 1] for number in numbers]
    return _unsupported(without_citations(sentence), cited, ticket)


def citations(sentence: str) -> list[int]:
    """Return the numbers that a sentence cites, in order.

    >>> citations("Within 14 days [1, 3]. 【2】")
    [1, 3, 2]
    """
    return [int(n) for match in _CITED.findall(sentence) for n in re.findall(r"\d+", match)]


def without_citations(sentence: str) -> str:
    """Return a sentence without its [n].

    >>> without_citations("Within 14 days [1][2].")
    'Within 14 days.'
    """
    return re.sub(r"\s+([.!?,;:。！？，；：])", r"\1", _CITED.sub("", sentence)).strip()


def _with_citations_inside(text: str) -> str:
    """Move a citation after the full stop before it, so that it stays with its sentence."""
    return _LATE.sub(lambda match: f" {match[2].strip()}{match[1]} ", text)


def _unsupported(sentence: str, cited: Sequence[str], ticket: str) -> str:
    strange = invented(sentence, cited, ticket)
    if not informative(sentence):
        return "says nothing"
    if strange:
        return f"not in the source: {', '.join(sorted(strange))}"
    said = [one for source in cited for one in sentences(source)]
    if language(sentence) not in {language(one) for one in said}:
        return "a promise in another language" if _promises(sentence) else ""
    return _unlike(sentence, said)


def _unlike(sentence: str, said: Sequence[str]) -> str:
    """Compare a sentence with those of its sources, which are in its language."""
    terms = informative(sentence)
    shares = {one: _share(terms, [one]) for one in said}
    if any(_promises(one) and _unborne(one, said) for one in (sentence, *_CLAUSE.split(sentence))):
        return "a promise that no source makes"
    if _share(terms, said) < SHARED:
        return "about something else"
    shares |= {clause: _share(terms, [clause]) for one in said for clause in _CLAUSE.split(one)}
    return "negated otherwise than the source" if _negated_otherwise(sentence, shares) else ""


def invented(sentence: str, cited: Sequence[str], ticket: str = "") -> set[str]:
    """Return the facts and weighty words of a sentence that its sources and the ticket lack.

    Money, percentages and what a promise says must stand in a source: the ticket's word for them
    is not enough.
    """
    theirs = _known(cited)
    known = theirs if _promises(sentence) else theirs | _known([ticket])
    strange = {fact for fact in facts(sentence) if fact not in known}
    strange |= {f for f in facts(sentence) - theirs if f.endswith(_MONEY) and " " in f}
    weighty = set(_WEIGHTY.findall(folded(" ".join(cited))))
    return strange | (set(_WEIGHTY.findall(folded(sentence))) - weighty)


def _known(texts: Iterable[str]) -> set[str]:
    """Return the facts of texts, and their numbers alone: "14 day" also bears out a bare 14."""
    found = {fact for text in texts for fact in facts(text)}
    return found | {fact.partition(" ")[0] for fact in found}


def _promises(sentence: str) -> bool:
    return _PROMISE.search(folded(sentence)) is not None


def _unborne(part: str, said: Sequence[str]) -> bool:
    """Tell whether no single sentence of the sources holds a promise, however it was joined on."""
    terms = informative(part)
    return max(_share(terms, [one]) for one in said) < SHARED_BY_ONE


def _share(terms: Sequence[str], texts: Iterable[str]) -> float:
    held = {term for text in texts for term in informative(text)}
    return sum(term in held for term in terms) / len(terms) if terms else 1.0


def _negated_otherwise(sentence: str, shares: dict[str, float]) -> bool:
    """Compare "not" with that of the sentences that are most alike; one that agrees is enough."""
    highest = max(shares.values(), default=0.0)
    alike = [one for one, share in shares.items() if share == highest >= ALIKE]
    return bool(alike) and all(_negated(one) != _negated(sentence) for one in alike)


def _negated(sentence: str) -> bool:
    return _NOT.search(folded(sentence)) is not None


def added(rewrite: str, original: str) -> set[str]:
    """Return what a rewrite says and its original does not: facts, names, weighty words, "not"."""
    held = folded(original)
    names = {name for name in _NAME.findall(rewrite) if folded(name).lstrip("@") not in held}
    strange = {name for name in names if informative(name)} | invented(rewrite, [original])
    return strange | {"not"} if _negated(rewrite) != _negated(original) else strange
