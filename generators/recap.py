"""What a channel's messages come to: what was decided, is due, broke, or is still open.

Every bullet is a person's own sentence, shortened at most. It reads the messages that it is given,
oldest first: it knows no reactions, and no shape of threads.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generators.cues import TOPICS, Topic, is_answer, is_noise, is_small_talk, topic, weight
from generators.draft import Line
from generators.sentences import Language, language, one_line, sentences
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


def recap(lines: Sequence[Line], *, most: int = MOST) -> Recap:
    """Sum up messages, oldest first, in at most `most` bullets; none when it was quiet."""
    human = [line for line in lines if plain(line.text) and not is_noise(line.author, line.text)]
    speak = language(" ".join(line.text for line in human))
    if len(human) < QUIET:
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
    heard = [
        _Said(at, line, text, bag, _standing(at, text, terms, human))
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
    later = range(at + 1, min(at + 1 + SOON, len(human)))
    replies = [n for n in later if human[n].author != human[at].author]
    answered = any(is_answer(plain(human[n].text)) for n in replies[:1]) or any(
        len(terms[n] & terms[at]) >= TERMS_MIN and topic(plain(human[n].text)) != "question"
        for n in replies
    )
    return "other" if answered else about


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
    """Take the best first, and pass over what repeats a bullet that is there already."""
    common = Counter(term for one in said for term in one.terms)
    chosen: list[_Said] = []
    for one in sorted(said, key=lambda one: (-_score(one, common), one.at)):
        if len(chosen) < most and not any(_repeats(one, other) for other in chosen):
            chosen.append(one)
    return chosen


def _score(one: _Said, common: Mapping[str, int]) -> float:
    """Add up cues, length up to a point, and how much of it others speak of too."""
    length = min(len(one.terms), TERMS_FULL) / TERMS_FULL
    shared = sum(math.log(common[term]) for term in one.terms) / (len(one.terms) or 1)
    settled = {"other": 0.0, "question": 0.5}.get(one.topic, 1.5)
    return weight(one.text) + 1.5 * length + 0.5 * shared + settled


def _repeats(one: _Said, other: _Said) -> bool:
    fewer = min(len(one.terms), len(other.terms))
    return fewer > 0 and len(one.terms & other.terms) >= ALIKE * fewer


def _bullet(one: _Said) -> Bullet:
    line = one.line
    author = re.sub(r"[<>\[\]()*_`]", "", plain(line.author)) or "?"
    return Bullet(topic=one.topic, text=one.text, author=author, ts=line.ts, link=line.link)
