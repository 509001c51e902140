"""What works with no language model: sentences picked from sources, and honest fixed sentences.

Nothing here writes a fact: every sentence comes from a source or the request, or is a fixed one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from generators.draft import Cost, Line
from generators.sentences import Language, language, one_line, sentences, terms
from generators.tools import Passage
from generators.wanted import states_it

COST: Final = Cost(model="built-in")
OWN = 4
"""Sentences taken from the best passage; a short one is taken whole."""
OTHERS = 2
"""Sentences taken from all other passages together."""
WANTED = 0.4
"""What a fact of the kind that is asked for is worth, as a share of the question's weight."""
LATER = 0.1
"""How much less a sentence of the next passage is worth."""
CLOSE = 0.5
"""From this share of the question's weight, a sentence of a lesser passage is worth a place."""
REPEATS = 0.6
"""From this overlap with a bullet that is there already, a sentence adds nothing."""
LABEL_CHARS = 120
"""What is shown of a title in a list of sources."""

_CUES = re.compile(
    r"(?i)(?<![a-z])(?:decided?|decision|agreed|deadline|due|todo|action|blocked|blocker|ship(?:ped)?"
    r"|will|must|fixed|broken|release|urgent)(?![a-z])|决定|同意|截止|负责|必须|完成|故障|发布|紧急|待办"
)
_SENTENCES: Final[dict[str, dict[Language, str]]] = {
    "chat": {
        "en": "No language model is installed here, so I cannot do this yet. An operator can run "
        "`atelier models pull Qwen/Qwen3-0.6B`; a download may be under way already.",
        "zh": "这里还没有安装语言模型，所以我暂时做不到。管理员可以运行 "
        "`atelier models pull Qwen/Qwen3-0.6B`；也可能已经在下载。",
    },
    "image": {
        "en": "No picture model is installed here, so I cannot do this yet. An operator can set "
        "`[engine] image_model` in atelier.toml to a model that is on this machine (`atelier "
        "models pull ID` fetches one) and restart Atelier.",
        "zh": "这里还没有安装图片模型，所以我暂时做不到。管理员可以在 atelier.toml 中把 `[engine] "
        "image_model` 设为本机已有的模型（用 `atelier models pull ID` 下载），然后重启 Atelier。",
    },
    "nothing": {
        "en": "The model gave no answer to this. Please say it another way.",
        "zh": "模型没有给出回答，请换一种说法。",
    },
    "uncovered": {
        "en": "The knowledge base does not cover this question.",
        "zh": "知识库中没有这个问题的内容。",
    },
    "own": {
        "en": "_Not from the knowledge base, which does not cover this: the model's own answer, "
        "which may be wrong._",
        "zh": "_知识库没有这方面的内容：以上是模型自己的回答，可能有误。_",
    },
    "uncited": {
        "en": "_The model cited no source for this; check it before you rely on it._",
        "zh": "_模型没有注明来源，使用前请核对。_",
    },
    "looked up": {
        "en": "_Word for word from the knowledge base; no language model is installed._",
        "zh": "_以上为知识库原文；这里没有安装语言模型。_",
    },
    "picked": {
        "en": "_Picked word for word; no language model is installed._",
        "zh": "_以上为原文摘录；这里没有安装语言模型。_",
    },
    "filled": {
        "en": "_Your words in a fixed template; no language model is installed._",
        "zh": "_以上为固定模板加您的原话；这里没有安装语言模型。_",
    },
    "empty": {
        "en": "There is nothing in these messages to sum up.",
        "zh": "这些消息里没有可以总结的内容。",
    },
    "cut": {
        "en": "_The answer was cut here, at its longest allowed length._",
        "zh": "_回答达到长度上限，在此截断。_",
    },
    "lost": {
        "en": "_Please check: of the original, these are missing here:_",
        "zh": "_请核对，以下原文内容在这里没有出现：_",
    },
}
_SOURCES: Final[dict[Language, str]] = {"en": "Sources:", "zh": "来源："}
_INTERNAL: Final[dict[Language, str]] = {"en": "internal", "zh": "内部"}
Said = Literal[
    "nothing",
    "uncovered",
    "own",
    "uncited",
    "looked up",
    "picked",
    "filled",
    "empty",
    "cut",
    "lost",
]


def missing(kind: Literal["chat", "image"], speak: Language) -> str:
    """Return the one honest sentence for a model that is not there, and how to get one."""
    return _SENTENCES[kind][speak]


def say(what: Said, speak: Language) -> str:
    """Return a fixed sentence."""
    return _SENTENCES[what][speak]


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    passage: int
    share: float
    """How much of the question's weight it holds, 0 to 1."""
    fit: float
    """The same, and more for a fact of the kind that is asked for, and less in a later passage."""


def extract(question: str, passages: Sequence[Passage]) -> str:
    """Answer in sentences of the passages (best first), each ending in [n], with their sources.

    Raises ValueError when there is no passage.
    """
    chosen = picked(question, passages)
    cited = list(dict.fromkeys(at for _, at in chosen))
    body = "\n".join(f"{text} [{cited.index(at) + 1}]" for text, at in chosen)
    labels = {n: label(passages[at]) for n, at in enumerate(cited, start=1)}
    return f"{body}\n\n{sources(labels, language(question))}"


def picked(question: str, passages: Sequence[Passage]) -> list[tuple[str, int]]:
    """Return the sentences that answer a question best, each with the place of its passage.

    Raises ValueError when there is no passage.
    """
    if not passages:
        raise ValueError("there is no passage to answer from")
    chosen = _unrepeated(_chosen(_weighed(question, passages)))
    return [(sentence.text, sentence.passage) for sentence in chosen]


def label(passage: Passage) -> str:
    """Name a passage in a list of sources: title, document id, and whether it is internal."""
    title, doc = one_line(passage.title)[:LABEL_CHARS], one_line(passage.doc)
    name = f"{title} ({doc})" if title and title != doc else doc
    return name if passage.public else f"{name} · {_INTERNAL[language(title)]}"


def sources(labels: dict[int, str], speak: Language) -> str:
    """Return the list of sources under an answer.

    >>> print(sources({1: "Refunds (faq-7)"}, "en"))
    Sources:
    [1] Refunds (faq-7)
    """
    return "\n".join([_SOURCES[speak], *(f"[{n}] {name}" for n, name in sorted(labels.items()))])


def _weighed(question: str, passages: Sequence[Passage]) -> list[list[_Sentence]]:
    """Return each passage's sentences with their share of the question; rare terms weigh more."""
    split = [sentences(passage.text) or (passage.title,) for passage in passages]
    common = Counter(term for part in split for sentence in part for term in terms(sentence))
    weight = {term: 1 / (1 + math.log1p(common[term])) for term in terms(question)}
    return [
        [_sentence(text, at, weight, states_it(question, text)) for text in part]
        for at, part in enumerate(split)
    ]


def _sentence(text: str, passage: int, weight: Mapping[str, float], fits: bool) -> _Sentence:
    held = sum(weight[term] for term in weight.keys() & terms(text))
    share = held / (sum(weight.values()) or 1.0)
    return _Sentence(one_line(text), passage, share, share + WANTED * fits - LATER * passage)


def _chosen(weighed: Sequence[Sequence[_Sentence]]) -> Iterable[_Sentence]:
    """Take the passage with the best sentence, in its own order, then what fits well elsewhere."""
    told = [[one for one in part if not one.text.endswith(("?", "？"))] for part in weighed]
    parts = [part or list(whole) for part, whole in zip(told, weighed, strict=True)]
    best = max(parts, key=lambda part: max(one.fit for one in part))
    top = sorted(best, key=lambda one: -one.fit)[:OWN]
    yield from (one for one in best if one in top)
    close = [one for part in told if part is not best for one in part if one.share >= CLOSE]
    yield from sorted(close, key=lambda one: -one.fit)[:OTHERS]


def _unrepeated(chosen: Iterable[_Sentence]) -> list[_Sentence]:
    kept: dict[str, _Sentence] = {}
    for sentence in chosen:
        kept.setdefault(sentence.text.casefold(), sentence)
    return list(kept.values())


def condense(lines: Sequence[Line], *, most: int = 5) -> str:
    """Sum up messages in at most `most` bullets: sentences of theirs, each with author and link.

    Empty when no message says anything.
    """
    told = [(line, text) for line in lines for text in sentences(line.text) if len(text) > 1]
    scored = _scored([text for _, text in told])
    picked: list[int] = []
    for at in sorted(range(len(told)), key=lambda at: -scored[at]):
        if len(picked) < most and not _repeats(told[at][1], [told[n][1] for n in picked]):
            picked.append(at)
    return "\n".join(_bullet(*told[at]) for at in sorted(picked))


def _bullet(line: Line, text: str) -> str:
    name = author(line)
    return f"- {one_line(text)} — {name}" if name else f"- {one_line(text)}"


def author(line: Line) -> str:
    """Return a message's author, linked to the message where there is a link.

    >>> author(Line("ana", "", "1", "https://w.slack.com/p1")), author(Line("bo", "", "1"))
    ('[ana](https://w.slack.com/p1)', 'bo')
    """
    name = re.sub(r"[\[\]()]", "", one_line(line.author))
    return f"[{name}]({line.link})" if line.link else name


def _scored(texts: Sequence[str]) -> list[float]:
    """Score sentences: terms that others use too, enough length, and words of decisions."""
    bags = [terms(text) for text in texts]
    common = Counter(term for bag in bags for term in bag)
    return [
        sum(math.log1p(common[term]) for term in bag) ** 0.5
        + min(len(bag), 12) / 6
        + 1.5 * bool(_CUES.search(text))
        for text, bag in zip(texts, bags, strict=True)
    ]


def _repeats(text: str, others: Iterable[str]) -> bool:
    bag = terms(text)
    return any(
        len(bag & terms(o)) >= REPEATS * max(1, min(len(bag), len(terms(o)))) for o in others
    )


_TEMPLATES: Final = (
    (
        re.compile(r"(?is)\s*(?:an?\s+|the\s+)?announc(?:e|ement)(?:\s+that|\s*[:：])?\s+(.+)"),
        "**Announcement**\n\nHello everyone,\n\n{}\n\nPlease ask here about anything unclear.",
    ),
    (
        re.compile(
            r"(?is)\s*(?:an?\s+|the\s+)?(?:meeting\s+)?invit(?:e|ation)(?:\s*[:：])?\s+(.+)"
        ),
        "**Invitation**\n\nHello,\n\nyou are invited: {}\n\nPlease say whether you can come.",
    ),
    (
        re.compile(r"(?is)\s*(?:a\s+)?thank(?:s|[\s-]you)(?:\s+note)?(?:\s*[:：])?\s+(.+)"),
        "**Thank you**\n\nHello,\n\nthank you {}\n\nIt is much appreciated.",
    ),
    (
        re.compile(r"(?s)\s*(?:公告|通知|宣布)\s*[:：,，]?\s*(.+)"),
        "**公告**\n\n大家好：\n\n{}\n\n如有疑问，请在本消息串中提出。",
    ),
    (
        re.compile(r"(?s)\s*(?:会议邀请|邀请)\s*[:：,，]?\s*(.+)"),
        "**邀请**\n\n您好：\n\n诚邀您参加：{}\n\n请回复能否出席。",
    ),
    (
        re.compile(r"(?s)\s*(?:感谢信?|谢谢|致谢)\s*[:：,，]?\s*(.+)"),
        "**感谢**\n\n您好：\n\n感谢{}\n\n非常感激。",
    ),
)


def template(prompt: str) -> str | None:
    """Return an announcement, invitation or thanks in the prompt's own words; None if it is none.

    >>> print(template("announce: the lift works again")[:33])
    **Announcement**
    <BLANKLINE>
    Hello everyone,
    """
    for pattern, form in _TEMPLATES:
        found = pattern.fullmatch(prompt)
        if found:
            return f"{form.format(found[1].strip())}\n\n{say('filled', language(prompt))}"
    return None
