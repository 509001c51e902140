"""Short copy in parts: headline, body, call to action, and what a picture beside it shows.

A model's answer is read into it; what no brief bears out is taken out of it. Knows no model.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from generators.fidelity import lost
from generators.sentences import language, one_line, sentences
from generators.support.grounding import invented

HEADLINE_CHARS: Final = 80
PICTURE_CHARS: Final = 300
_PARTS: Final[Mapping[str, str]] = {
    "headline": "headline|title|标题",
    "body": "body|copy|正文|文案",
    "action": "call to action|cta|行动号召|号召",
    "picture": "picture|image|画面|图片|配图",
}
_LABEL: Final = re.compile(
    r"(?im)^[\s>#*_-]*(?:"
    + "|".join(f"(?P<{part}>{names})" for part, names in _PARTS.items())
    + r")\s*[*_]*\s*[:：]\s*[*_]*"
)
_NAME: Final = re.compile(r"(?<=[a-z0-9,;:] )[A-Z][\w'-]+")
"""A word that is written large though no sentence begins with it."""
_REACHED: Final = re.compile(r"https?://|@|[a-z0-9-]\.[a-z]{2,}|\d")


@dataclass(frozen=True, slots=True)
class Pitch:
    """The parts; each may be empty."""

    headline: str = ""
    body: str = ""
    action: str = ""
    picture: str = ""

    @property
    def copy(self) -> str:
        """What people read of it, in Markdown."""
        parts = (f"**{self.headline}**" if self.headline else "", self.body)
        return "\n\n".join(filter(None, (*parts, self.action)))


def parsed(text: str) -> Pitch:
    r"""Read a model's answer, finished or not; without labels all of it is body.

    >>> parsed("Headline: Tea is back\n**Body:** Two new blends.\nPicture: a cup")
    Pitch(headline='Tea is back', body='Two new blends.', action='', picture='a cup')
    """
    labels = list(_LABEL.finditer(text))
    if not labels:
        return Pitch(body=text.strip())
    ends = [*(label.start() for label in labels[1:]), len(text)]
    found: dict[str, str] = {}
    for label, end in zip(labels, ends, strict=True):
        found.setdefault(label.lastgroup or "", text[label.end() : end].strip())
    plain = {part: one_line(said).strip("*_ ") for part, said in found.items() if part != "body"}
    return Pitch(**plain, body=found.get("body", ""))


def own_words(brief: str) -> Pitch:
    """Return a brief put into the parts, word for word, as it can be without a language model.

    >>> own_words("Tea is back. Two new blends. Order by 3 May at tea.example.").action
    'Order by 3 May at tea.example.'
    """
    first, *rest = sentences(brief) or (one_line(brief),)
    action = rest.pop() if len(rest) > 1 and _REACHED.search(rest[-1]) else ""
    headline = first if len(first) <= HEADLINE_CHARS else ""
    body = [*rest] if headline else [first, *rest]
    mark = "" if language(brief) == "zh" else " "
    return Pitch(headline.rstrip(".。"), mark.join(body), action, first[:PICTURE_CHARS])


def faithful(pitch: Pitch, brief: str) -> tuple[Pitch, tuple[str, ...]]:
    """Take out sentences with what the brief does not say; return also what of it is missing.

    Facts and weighty words by `generators.support.grounding`, names by their capitals inside a
    sentence; missing are links, numbers, placeholders and such names.
    """
    headline, action, picture = (
        "" if _strange(part, brief, names=False) else part
        for part in (pitch.headline, pitch.action, pitch.picture)
    )
    kept = [one for one in sentences(pitch.body) if not _strange(one, brief)]
    mark = "" if language(pitch.body) == "zh" else " "
    left = Pitch(headline, mark.join(kept), action, picture)
    said = left.copy.casefold()
    names = [name for name in _names(brief) if name.casefold() not in said]
    return left, tuple(dict.fromkeys((*lost(brief, left.copy), *names)))


def _strange(sentence: str, brief: str, *, names: bool = True) -> bool:
    known = brief.casefold()
    others = [name for name in _names(sentence) if name.casefold() not in known] if names else []
    return bool(others or invented(sentence, [brief]))


def _names(text: str) -> Sequence[str]:
    return _NAME.findall(text)
