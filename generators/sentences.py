"""Text cut into sentences and terms, Chinese included, and made safe to quote to a model.

Knows no grammar: a sentence ends at its punctuation or line, and a Chinese term is two characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

Language = Literal["en", "zh"]

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CJK = f"{HAN}\u3040-\u30ff\uac00-\ud7af"
ZH_SHARE = 0.25
"""From this share of Chinese characters among the letters, a text counts as Chinese."""

_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile("[\u3040-\u30ff]")
_NO_WORDS = re.compile(r"https?://[!-~]+|<[@#!][^<>]*>")
"""Addresses, and Slack's spelling of people and channels."""
_LETTER = re.compile(r"[^\W\d_]")
_END = re.compile(r"(?<=[。！？；])|(?<=[.!?])(?=\s)|(?<=[.!?][\"')\]])(?=\s)")
_MARKER = re.compile(r"\A\s*(?:[-*•>#]+|[0-9]{1,3}[.)])\s+")
"""What begins an item of a list, a quotation or a heading."""
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|Mr|Mrs|Ms|Dr|No|St|[A-Z])\.$")
_TERM = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
_IDLE = frozenset(
    re.findall(
        r"\w+",
        """a an and any are as at be been but by can could did do does for from get had has have he
        her him his how i if in is it its me my no not of on or our she should so than that the
        their them then there they this to us was we were what when where which who why will with
        would you your please""",
    )
)


def language(text: str) -> Language:
    """Tell whether a text is Chinese; every other language counts as English here.

    >>> language("退款需要多久？"), language("How long do refunds take?"), language("")
    ('zh', 'en', 'en')
    >>> language("订阅 https://news.example.com/rss")
    'zh'
    """
    if "://" in text or "<" in text:
        text = _NO_WORDS.sub(" ", text)
    letters = len(_LETTER.findall(text))
    chinese = len(_HAN.findall(text))
    return "zh" if chinese and not _KANA.search(text) and chinese >= ZH_SHARE * letters else "en"


def sentences(text: str) -> tuple[str, ...]:
    r"""Return the sentences of a text in order, each on one line.

    >>> sentences("Pay e.g. by card. It costs 3.50!\n退款要五天。谢谢")
    ('Pay e.g. by card.', 'It costs 3.50!', '退款要五天。', '谢谢')
    """
    lines = (_MARKER.sub("", line, count=1) for line in text.splitlines())
    return tuple(one for line in lines for one in _joined(_END.split(line)))


def _joined(parts: Iterable[str]) -> Iterator[str]:
    """Put together again what was cut after an abbreviation."""
    begun = ""
    for part in parts:
        begun = " ".join(f"{begun} {part}".split())
        if begun and not _ABBREVIATED.search(begun):
            yield begun
            begun = ""
    if begun:
        yield begun


def terms(text: str) -> frozenset[str]:
    """Return what a text is about: its words without the idle ones, and its Chinese bigrams.

    >>> sorted(terms("How long do the refunds take?"))
    ['long', 'refund', 'take']
    >>> sorted(terms("退款要"))
    ['款要', '退款']
    """
    found: set[str] = set()
    for run in _TERM.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _is_cjk(run[0]):
            found.update(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        elif run not in _IDLE:
            found.add(_stem(run))
    return frozenset(found)


def quoted(text: str) -> str:
    r"""Return a text as mail quotes do: no line of it can be taken for anything but a quotation.

    >>> quoted("one\ntwo")
    '> one\n> two'
    """
    return "\n".join(f"> {line}" for line in text.splitlines()) or ">"


def one_line(text: str) -> str:
    r"""Return a text that stands on one line and holds no citation of its own.

    >>> one_line("See [2]\nand [x]")
    'See (2) and [x]'
    """
    return re.sub(r"\[\s*(\d+)\s*\]", r"(\1)", " ".join(text.split()))


def _is_cjk(character: str) -> bool:
    return re.match(f"[{CJK}]", character) is not None


def _stem(word: str) -> str:
    """Cut an English plural."""
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))  # noqa: PLR2004 - as short as "days"
    return word[:-1] if plural else word
