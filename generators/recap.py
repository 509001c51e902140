"""What a channel's messages come to: what was decided, is due, broke, or is still open.

Every bullet is a person's own sentence, shortened at most. What is chosen is weighty by its
wording, by what others made of it, and by its length; and unlike what is chosen already: maximal
marginal relevance (Carbonell and Goldstein, 1998), with a price on the same thread or topic.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generators.cues import TOPICS, Topic, is_answer, is_noise, is_small_talk, topic, weight
from generators.draft import Line
from generators.sentences import Language, language, one_line, sentences
from generators.strands import strands
from generators.support.words import informative

QUIET = 3
"""Fewer messages of people than this make no digest."""
MOST = 6
BULLET_CHARS = 240
TERMS_FULL = 12
"""A message of this many informative words is as long as is of use."""
TERMS_MIN = 3
ALIKE = 0.6
"""A message that shares this part of its words with a bullet adds nothing."""
ALIKE_COST = 2.0
"""What a message loses that shares all of its words with one that is chosen."""
STRAND_COST = 0.5
"""What it loses for being of the same thread or topic, unless it settles something."""
LENGTH, SHARED = 3.0, 0.5
"""What a message gains that is as long as is of use; and for words that others use, too."""
POOL = 8
"""How many times as many candidates as bullets are looked at."""
SOON = 6
"""How many later messages may hold the answer to a question."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_NAMED_LINK = re.compile(
    r"\[([^\[\]\n]{0,300})\]\([^)\n]{0,2000}\)|<(?:https?|mailto|tel):[^|>\s]*\|([^>]*)>"
)
_BARE_LINK = re.compile(r"<(?:https?|mailto|tel):[^>\s]*>|(?:https?://|www\.)\S+", re.IGNORECASE)
_CALL = re.compile(r"<!(?:channel|here|everyone|subteam\^\w+)(?:\|[^>]*)?>")
_MENTION = re.compile(r"<[@#](\w+)(?:\|([^>]*))?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One thing to know: who said it, in which message, and under which heading it stands."""

    topic: Topic
    text: str
    author: str
    ts: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recap:
    """What a channel's messages come to: bullets by topic, oldest first within one."""

    bullets: tuple[Bullet, ...]
    language: Language

    @property
    def quiet(self) -> bool:
        """Whether too little was said for a digest."""
        return not self.bullets


@dataclass(frozen=True, slots=True)
class _Said:
    """A message that may become a bullet."""

    at: int
    line: Line
    text: str
    terms: frozenset[str]
    topic: Topic
    strand: int
    """Which thread, or which topic of the talk outside of threads."""


def recap(lines: Sequence[Line], *, most: int = MOST, least: int = QUIET) -> Recap:
    """Sum up messages, oldest first, in at most `most` bullets; none of fewer than `least`."""
    human = [line for line in lines if plain(line.text) and not is_noise(line.author, line.text)]
    speak = language(" ".join(line.text for line in human))
    if len(human) < least:
        return Recap(bullets=(), language=speak)
    said = _heard(human)
    chosen = _chosen(said, most)
    ordered = sorted(chosen, key=lambda one: (TOPICS.index(one.topic), one.at))
    return Recap(bullets=tuple(_bullet(one) for one in ordered), language=speak)


def plain(text: str) -> str:
    """Return a message on one line, without code, link targets and calls to everybody.

    >>> plain("<!here> see <https://x.example/a|the plan> by <@U1|ana> [x](http://evil.example)")
    'see the plan by @ana x'
    """
    text = _CALL.sub(" ", _CODE.sub(" ", text))
    text = _NAMED_LINK.sub(lambda found: found[1] or found[2] or "", text)
    text = _MENTION.sub(lambda found: f"@{found[2] or found[1]}", _BARE_LINK.sub(" ", text))
    return re.sub(
        r"[<>\[\]]", "", one_line(re.sub(r"[*_~]{1,2}(?=\S)|(?<=\S)[*_~]{1,2}", "", text))
    )


def _heard(human: Sequence[Line]) -> list[_Said]:
    """Return the messages that say enough to stand alone, each as its weightiest sentence."""
    texts = [_sentence(plain(line.text)) for line in human]
    terms = [frozenset(informative(text)) for text in texts]
    together = strands(human, terms)
    heard = [
        _Said(at, line, text, bag, _standing(at, text, terms, human), together[at])
        for at, (line, text, bag) in enumerate(zip(human, texts, terms, strict=True))
    ]
    return [one for one in heard if _says_enough(one)]


def _says_enough(one: _Said) -> bool:
    least = {"other": TERMS_MIN, "question": TERMS_MIN - 1}.get(one.topic, 1)
    return len(one.terms) >= least and not is_small_talk(one.text)


def _standing(at: int, text: str, terms: Sequence[frozenset[str]], human: Sequence[Line]) -> Topic:
    """Return the topic; a question that somebody else soon answered is no longer open."""
    about = topic(text)
    if about != "question":
        return about
    replies = [n for n in _later(at, human) if human[n].author != human[at].author]
    answered = any(is_answer(plain(human[n].text)) for n in replies[:1]) or any(
        len(terms[n] & terms[at]) >= TERMS_MIN and topic(plain(human[n].text)) != "question"
        for n in replies
    )
    return "other" if answered else about


def _later(at: int, human: Sequence[Line]) -> Sequence[int]:
    """Return which messages may answer one: those of its thread, or else the next few."""
    here = human[at]
    thread = here.thread or here.ts
    inside = [n for n in range(at + 1, len(human)) if human[n].thread == thread]
    return inside or ([] if here.thread else range(at + 1, min(at + 1 + SOON, len(human))))


def _sentence(text: str) -> str:
    """Return a short message as it is, and the weightiest sentence of a long one."""
    if len(text) <= BULLET_CHARS:
        return text
    best = max(sentences(text), key=lambda one: (weight(one), min(len(one), BULLET_CHARS)))
    if len(best) <= BULLET_CHARS:
        return best
    cut = best[: BULLET_CHARS - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[BULLET_CHARS // 2 :] else cut}…"


def _chosen(said: Sequence[_Said], most: int) -> list[_Said]:
    """Take the best first, and then what is good and unlike what is there already."""
    common = Counter(term for one in said for term in one.terms)
    talk = Counter(one.strand for one in said)
    scores = {one.at: _score(one, common, talk[one.strand]) for one in said}
    left = sorted(said, key=lambda one: (-scores[one.at], one.at))[: POOL * most]
    likest = dict.fromkeys((one.at for one in left), 0.0)
    chosen: list[_Said] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda one: (scores[one.at] - likest[one.at], -one.at))
        chosen.append(best)
        left = [one for one in left if one is not best and not _repeats(one, best)]
        for one in left:
            likest[one.at] = max(likest[one.at], _price(one, best))
    return chosen


def _price(one: _Said, other: _Said) -> float:
    """Return what a message loses for being like one that is chosen."""
    fewer = min(len(one.terms), len(other.terms)) or 1
    return ALIKE_COST * len(one.terms & other.terms) / fewer + STRAND_COST * (
        one.strand == other.strand and one.topic in {"other", "question"}
    )


def _score(one: _Said, common: Mapping[str, int], talk: int) -> float:
    """Add up cues, length up to a point, and how much others speak of it, too, or liked it."""
    length = min(len(one.terms), TERMS_FULL) / TERMS_FULL
    shared = sum(math.log(common[term]) for term in one.terms) / (len(one.terms) or 1)
    settled = {"other": 0.0, "question": 0.5}.get(one.topic, 1.5)
    heeded = min(2.0, 0.4 * math.log1p(one.line.reactions) + 0.15 * math.log1p(talk))
    return weight(one.text) + LENGTH * length + SHARED * shared + settled + heeded


def _repeats(one: _Said, other: _Said) -> bool:
    fewer = min(len(one.terms), len(other.terms))
    return fewer > 0 and len(one.terms & other.terms) >= ALIKE * fewer


def _bullet(one: _Said) -> Bullet:
    line = one.line
    author = re.sub(r"[<>\[\]()*_`]", "", plain(line.author)) or "?"
    return Bullet(topic=one.topic, text=one.text, author=author, ts=line.ts, link=line.link)
