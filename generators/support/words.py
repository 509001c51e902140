"""Text as search sees it: stems of words in spaced scripts, pairs of characters in Chinese.

It knows no dictionary: in "可以退货吗" it finds "退货", and also a "以退" that means nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from generators.sentences import CJK

_RUN = re.compile(rf"[{CJK}]+|(?:(?![{CJK}])[^\W_])+(?:'(?![{CJK}])[^\W_]+)?")
_CJK = re.compile(rf"[{CJK}]")
_STEM_MIN = 3
STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a about after again all also am an and any are as at be because been before being but
        by can could did do does doing don for from get give go got had has have having he
        hello help her here hers hey hi him his how i if im in into is it its just know let
        like long many may me mine more most much must my need no not now of off offer on one
        only or our out over own please possible question sell shall she should so some something
        take tell thank thanks than that the their them then there these they thing this those
        to too under until up us use very want was we were what when where which while who
        whom whose why will wish with would yes you your yours
        """,
    )
)
_STOP_CHINESE = re.compile(
    "|".join(
        re.findall(
            r"\w+",
            """
            请问一下 请问 你们 我们 他们 您们 为什么 怎么样 怎么办 怎么 什么时候 什么 哪些 哪里 哪个
            如何 是否 是不是 能不能 可不可以 可以 能否 多少钱 多少 多久 多长时间 需要 想要 想 有没有
            没有 一个 这个 那个 你好 您好 谢谢 如果 因为 所以 但是 已经 还是 或者 以及 的话 应该
            会不会 请 吗 呢 吧 啊 的 了 是 我 你 您 他 她 它 在 有 和 与 及 也 都 就 要 会
            能 不 很 把 被 让 给 到 从 对
            """,
        )
    )
)


def tokens(text: str) -> list[str]:
    """Return the text's search terms in order: stems of words, pairs of Chinese characters.

    >>> tokens("Returned parcels?"), tokens("可以退货吗")
    (['return', 'parcel'], ['可以', '以退', '退货', '货吗'])
    """
    return [term for run in _runs(folded(text)) for term in _terms(run)]


def bags(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the `tokens` of each text; a word that many of them hold is cut only once."""
    known: dict[str, list[str]] = {}
    for text in texts:
        bag: list[str] = []
        for run in _RUN.findall(folded(text)):
            cut = known.get(run)
            if cut is None:
                cut = known[run] = _terms(run)
            bag += cut
        yield bag


def informative(text: str) -> list[str]:
    """Return the terms that say what a text is about, without the words that fit any text.

    >>> informative("Can I get my money back?"), informative("请问可以退货吗？")
    (['money', 'back'], ['退货'])
    """
    return [term for run in informative_runs(text) for term in _terms(run)]


def informative_runs(text: str) -> list[str]:
    """Return the words and unbroken Chinese runs that say what a text is about."""
    runs = _runs(_STOP_CHINESE.sub(" ", folded(text)))
    return [run for run in runs if stem(run) not in _STOP_STEMS]


def folded(text: str) -> str:
    """Return a text in one width and one case, with straight apostrophes."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def is_cjk(run: str) -> bool:
    """Say whether a run is of a script without spaces."""
    return _CJK.match(run) is not None


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of a run's characters; a single character stands for itself."""
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]


def _runs(text: str) -> Iterator[str]:
    return (match[0] for match in _RUN.finditer(text))


def _terms(run: str) -> list[str]:
    return pairs(run) if is_cjk(run) else [stem(run)]


def stem(word: str) -> str:
    """Return a word without its plural, `-ing`, `-ed` or `-ment`: rough, the same for both sides.

    >>> [stem(word) for word in ("shipping", "shipped", "shipment", "batteries", "address")]
    ['ship', 'ship', 'ship', 'batteri', 'address']
    """
    word = word.partition("'")[0]
    if not word.isascii() or not word.isalpha():
        return word
    return _undoubled(_without_ending(word))


def _without_ending(word: str) -> str:
    for ending, kept in (("ies", "i"), ("sses", "ss"), ("ments", ""), ("ment", ""), ("ing", "")):
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN:
            return word[: -len(ending)] + kept
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    if plural and len(word) >= _STEM_MIN:
        word = word[:-1]
    if word.endswith("ed") and len(word) > _STEM_MIN + 1:
        word = word[:-2]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}i"
    return word.removesuffix("e") if len(word) > _STEM_MIN else word


def _undoubled(word: str) -> str:
    doubled = len(word) > _STEM_MIN and word[-1] == word[-2] and word[-1] not in "aeiosz"
    return word[:-1] if doubled else word


_STOP_STEMS = frozenset(stem(word) for word in STOP)
