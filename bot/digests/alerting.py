"""What a channel is told when its mood has turned: how much, the worst messages, what they share.

Everything that is shown is a person's own words with a link to them; the topics are words that
several of the negative messages have in common.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.digests import mood
from bot.digests.watching import spoken
from generators.draft import Cost, Draft, Line, PromptRejected, Request, Text
from generators.recap import plain
from generators.sentences import HAN, Language, language
from generators.support.words import folded, informative
from generators.tools import Tools

WORST: Final = 3
"""Messages that are shown."""
TOPICS: Final = 4
PHRASE_CHARS: Final = 8
"""Of what Chinese messages share, so much is one topic."""
LINE_CHARS: Final = 240
_LINKABLE: Final = re.compile(r"https?://[^\s()<>\[\]\"|]+")
_HAN: Final = re.compile(f"[{HAN}]+")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_SAY: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "turned": (
            "**The mood here may have turned.** {bad} of the last {all} messages read negative; "
            "usual here are {usual} in 100."
        ),
        "about": "What they share: {topics}.",
        "and": ", ",
        "worst": "**The most negative ones**",
        "source": "source",
        "small": "_A small model judged the wording only; it can be wrong._",
    },
    "zh": {
        "turned": (
            "**这里的气氛可能变差了。** 最近 {all} 条消息中有 {bad} 条偏负面；"
            "平常每 100 条约 {usual} 条。"
        ),
        "about": "共同话题：{topics}。",
        "and": "、",
        "worst": "**最负面的消息**",
        "source": "来源",
        "small": "_由小模型仅凭字面判断，可能出错。_",
    },
}


@dataclass(frozen=True, slots=True)
class _Rated:
    line: Line
    text: str
    score: float


class Alert:
    """Tells of a turn that the watch has found."""

    def __init__(self, tools: Tools) -> None:
        """Take the tools; the weights, 17 MB in memory, are read when a first watch has turned."""
        self._mood = cache(mood.load)
        del tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one draft; raise `PromptRejected` where nothing is left of what was said."""
        if "turn" not in request.flags:
            raise PromptRejected(_TYPED[language(request.prompt) == "zh"])
        rated = await asyncio.to_thread(self._rated, request.context)
        said = alert(request.flags["turn"], rated)
        yield Draft(request=request, content=Text(said), cost=Cost(model="atelier"))

    def _rated(self, said: Sequence[Line]) -> list[_Rated]:
        head = self._mood()
        texts = [(line, plain(line.text)) for line in spoken(said)]
        return [_Rated(line, text, head.score(text)) for line, text in texts]


_TYPED: Final = (
    "`/digest watch` has this channel's mood watched.",
    "用 `/digest 监测` 监测本频道的气氛。",
)


def alert(turn: str, rated: Sequence[_Rated]) -> str:
    """Return an alert in Markdown; `turn`: negative messages, all of them, the usual share."""
    bad, every, usual = turn.split("/")
    worst = sorted((one for one in rated if one.score > 0), key=lambda one: -one.score)
    say = _SAY[language(" ".join(one.text for one in worst) or " ".join(o.text for o in rated))]
    parts = [say["turned"].format(bad=bad, all=every, usual=round(float(usual) * 100))]
    if shared := topics([one.text for one in worst]):
        parts.append(say["about"].format(topics=say["and"].join(shared)))
    if worst:
        rows = [_row(one, say["source"]) for one in worst[:WORST]]
        parts.append("\n".join([say["worst"], *rows]))
    return "\n\n".join([*parts, say["small"]])


def topics(texts: Sequence[str]) -> list[str]:
    """Return words that at least two negative messages share, the commonest first, as written.

    >>> topics(["The refund is late", "Where is my refund?", "Refunds! Again no parcel"])
    ['refund']
    """
    counts = Counter(term for text in texts for term in dict.fromkeys(informative(text)))
    common = [term for term, count in counts.most_common(8 * TOPICS) if count > 1]
    read = [folded(text) for text in texts]
    words = Counter(word for text in read for word in _WORD.findall(text))
    shown: list[str] = []
    for term in common:
        topic = _written(term, words) if term.isascii() else _phrase(term, read)
        parts = () if term.isascii() else shown
        if topic and not any(topic in other or other in topic for other in parts):
            shown.append(topic)
    return shown[:TOPICS]


def _written(term: str, words: Counter[str]) -> str:
    """Return the commonest word that a stem stands for."""
    forms = [(count, word) for word, count in words.items() if informative(word) == [term]]
    return max(forms, key=lambda one: (one[0], -len(one[1])))[1] if forms else ""


def _phrase(pair: str, texts: Sequence[str]) -> str:
    """Return the longest run around a Chinese pair that as many texts hold: what can be read."""
    holding = [text for text in texts if pair in text]
    while holding and len(pair) < PHRASE_CHARS:
        at = holding[0].index(pair)
        ends = at + len(pair)
        longer = (holding[0][max(at - 1, 0) : ends], holding[0][at : ends + 1])
        whole = (one for one in longer if _HAN.fullmatch(one) and len(one) > len(pair))
        grown = next((one for one in whole if all(one in text for text in holding)), "")
        if not grown:
            break
        pair = grown
    return pair


def _row(one: _Rated, source: str) -> str:
    text = one.text if len(one.text) <= LINE_CHARS else f"{one.text[: LINE_CHARS - 1]}…"
    author = re.sub(r"[<>\[\]()*_`]", "", plain(one.line.author)) or "?"
    link = f" [{source}]({one.line.link})" if _LINKABLE.fullmatch(one.line.link) else ""
    return f"- {text} — {author}{link}"
