"""What is said of several pictures on one sheet: beside it, and for people who do not see it. Pure.

Fixed words, numbers, and the description that the gate passed.
"""

from typing import Final

from generators.draft import Grid, Image
from generators.sentences import Language

ALT_CHARS: Final = 600
"""How much of the prompt the description of a sheet quotes, so that every number has its place."""
_REFUSED: Final = {"en": "not shown: moderation refused it", "zh": "未通过审核，不显示"}
_HEAD: Final = {"en": "{n} numbered pictures of: {of}", "zh": "{n} 张带编号的图片：{of}"}


def caption(grid: Grid, speech: Language) -> str:
    r"""Return the line under a sheet that says what is at which number; no seed is broken off.

    >>> caption(Grid((Image(b"", "a", 7), None), "a"), "en")
    '*1* seed\xa07 · *2* not shown: moderation refused it'
    """
    return " · ".join(
        f"*{number}* {_tied(cell, speech)}" for number, cell in enumerate(grid.cells, start=1)
    )


def described(grid: Grid, speech: Language) -> str:
    """Return the description of a sheet, which names each of its pictures.

    >>> described(Grid((Image(b"", "a fox", 7), None), "a fox"), "en")
    '2 numbered pictures of: a fox. 1: seed 7. 2: not shown: moderation refused it.'
    """
    of = next((cell.alt for cell in grid.pictures), grid.alt)[:ALT_CHARS].rstrip()
    head = _HEAD[speech].format(n=len(grid.cells), of=of)
    each = [f"{n}: {_said(cell, speech)}" for n, cell in enumerate(grid.cells, start=1)]
    return f"{head}。{'；'.join(each)}。" if speech == "zh" else f"{head}. {'. '.join(each)}."


def _said(cell: Image | None, speech: Language) -> str:
    if cell is None:
        return _REFUSED[speech]
    return f"种子 {cell.seed}" if speech == "zh" else f"seed {cell.seed}"


def _tied(cell: Image | None, speech: Language) -> str:
    """Return the same without a place to break a line at before the number."""
    if cell is None:
        return _REFUSED[speech]
    zh = speech == "zh"
    return f"种子\N{NO-BREAK SPACE}{cell.seed}" if zh else f"seed\N{NO-BREAK SPACE}{cell.seed}"
