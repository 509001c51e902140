"""Citations like [1] in a model's answer: those of a source that was given stay, others go.

Knows no sources, only their numbers.
"""

import re
from collections.abc import Collection

_NUMBERED = r"[\[【]\s*(\d+(?:\s*[,，、]\s*\d+)*)\s*[\]】](?:\([^)\s]*\))?"
_CITATION = re.compile(rf"(\s?){_NUMBERED}")
_APART = re.compile(rf"(\s?)(?<![0-9A-Za-z_\])]){_NUMBERED}")
"""One that is no index: with no sources at all, `row[1]` in prose is left alone."""
_OPEN = re.compile(r"[\[【][\d\s,，、]*(?:[\]】](?:\([^)\s]*)?)?")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*(?:`|\Z))", re.DOTALL)
_BEGUN = re.compile(r"[\[【][\d\s,，、]*\Z")
LONG_DIGITS = 4
_LONGEST = 300
"""Characters that an unfinished citation, or a link in its place, may have."""


def cleaned(text: str, known: Collection[int], *, whole: bool = True) -> str:
    """Return the text with only citations of known sources, each as [n]; code stays as it is.

    Of an unfinished text, what could become a citation is left out.

    >>> cleaned("Five days [1, 9]. See `a[9]` [7].", {1})
    'Five days [1]. See `a[9]`.'
    >>> cleaned("Five days [1", {1}, whole=False)
    'Five days'
    """
    text = text if whole else _finished(text)
    while (shorter := _once(text, known)) != text:  # a line break less may make or end code
        text = shorter
    return text


def cited(text: str) -> frozenset[int]:
    """Return the numbers that a cleaned text cites.

    >>> sorted(cited("One [1]. Two [2][3]. `a[4]`"))
    [1, 2, 3]
    """
    prose = "`".join(_CODE.split(text)[::2])
    return frozenset(n for found in _CITATION.finditer(prose) for n in _numbers(found[2]))


def _once(text: str, known: Collection[int]) -> str:
    parts = _CODE.split(text)
    parts[::2] = [_kept(part, known) for part in parts[::2]]
    return "".join(parts).rstrip()


def _kept(text: str, known: Collection[int]) -> str:
    def keep(found: re.Match[str]) -> str:
        numbers = _numbers(found[2])
        kept = "".join(f"[{n}]" for n in numbers if n in known)
        if kept or not numbers:
            return found[1] + kept if kept else found[0]
        inside = _BEGUN.search(text[max(0, found.start() - _LONGEST) : found.start()])
        return f"({numbers[0]})" if inside else ""  # so that no other is made by taking it out

    return (_CITATION if known else _APART).sub(keep, text)


def _numbers(listed: str) -> list[int]:
    """Return the numbers, unless they are longer than a source's: a year is no citation."""
    return [int(n) for n in re.findall(r"\d+", listed) if len(n) < LONG_DIGITS]


def _finished(text: str) -> str:
    at = max(text.rfind("[", -_LONGEST), text.rfind("【", -_LONGEST))
    return text[:at] if at >= 0 and _OPEN.fullmatch(text, at) else text
