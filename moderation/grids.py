"""Several pictures of one answer: each is judged alone, and then the sheet that leaves.

A picture that is blocked is taken out, and its place on the sheet says so; one that is held holds
them all, for a reviewer decides about what leaves; when all are blocked, so is the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from generators.draft import Content, Draft, Grid, Image
from moderation.judge import Assessment
from moderation.sheet import sheet
from moderation.tables import Action

Composing = Callable[[Draft, Grid], Grid]
"""Returns a grid with its sheet. Called beside the event loop."""


def composed(draft: Draft, grid: Grid) -> Grid:
    """Return a grid with its sheet, and nothing said on it."""
    del draft
    return replace(grid, png=sheet([None if cell is None else cell.png for cell in grid.cells]))


async def assessed(
    grid: Grid, judged: Callable[[Content], Awaitable[Assessment]], sheeted: Callable[[Grid], Grid]
) -> Assessment:
    """Judge the pictures one by one, and then their sheet, which is made anew where one is new."""
    alone = [None if cell is None else await judged(cell) for cell in grid.cells]
    cells = tuple(_passed(seen) for seen in alone)
    left = any(cell is not None for cell in cells)
    if cells != grid.cells or not grid.png:
        grid = replace(grid, cells=cells, png=b"")
        grid = await asyncio.to_thread(sheeted, grid) if left else grid
    seen = _joined(await judged(grid), [one for one in alone if one is not None])
    return seen if left else replace(seen, action=Action.BLOCK)


def drawn_by(content: Content) -> str:
    """Return the words that pictures were drawn by, which need not be those that were typed."""
    pictures = content.pictures if isinstance(content, Grid) else (content,)
    drawn = [one.drawn for one in pictures if isinstance(one, Image)]
    return " ".join(dict.fromkeys(text for one in drawn for text in (one.prompt, one.avoid)))


def _passed(seen: Assessment | None) -> Image | None:
    """Return a picture as it may be shown; None for one that may not."""
    if seen is None or seen.action is Action.BLOCK or not isinstance(seen.content, Image):
        return None
    return seen.content


def _joined(whole: Assessment, alone: Sequence[Assessment]) -> Assessment:
    """Add to what is said of the sheet what is said of its pictures."""
    kept = (one.action for one in alone if one.action is not Action.BLOCK)
    every = [whole, *alone]
    findings = [replace(found, start=0, end=0) for one in alone for found in one.findings]
    return replace(
        whole,
        action=max(whole.action, *kept, Action.ALLOW),
        findings=tuple(dict.fromkeys((*whole.findings, *findings))),
        scores={name: max(one.scores.get(name, 0.0) for one in every) for name in _named(every)},
    )


def _named(every: Sequence[Assessment]) -> Sequence[str]:
    return list(dict.fromkeys(name for one in every for name in one.scores))
