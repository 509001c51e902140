"""The 64 prompts of the grid that people look at: always the same, from what was to be learned."""

from collections.abc import Sequence
from typing import Final

from generators.training import captions
from generators.training.colours import COLOURS
from generators.training.scenes import unseen
from generators.training.things import Thing

_ALONE: Final = 32
_EACH: Final = 8


def fixed(things: Sequence[Thing]) -> list[str]:
    """Return 32 things alone (half in Chinese), 8 each: unseen colours, counts, grounds, pairs."""
    spread = [things[at * len(things) // _ALONE] for at in range(_ALONE)]
    alone = [
        thing.chinese if at % 2 else captions.names(thing)[-3 if thing.plural else 0]
        for at, thing in enumerate(spread)
    ]
    asked = alone + _coloured(things)
    counts = [thing for thing in spread if thing.plural] or spread
    for at in range(_EACH):
        asked.append(captions.counted(counts[at % len(counts)], 2 + at % 2)[at % 4 // 2 * 2])
    for at in range(_EACH):
        thing, colour = spread[(at * 3 + 1) % len(spread)], COLOURS[at % len(COLOURS)]
        asked.append(captions.on_background(thing, colour)[at % 2 * 2])
    for at in range(_EACH):
        one, other = spread[(at * 3) % len(spread)], spread[(at * 5 + 7) % len(spread)]
        asked.append(captions.pair(one, other)[at % 2 * 2])
    return asked


def _coloured(things: Sequence[Thing]) -> list[str]:
    kept = unseen(things) or [(things[0], COLOURS[0])]
    chosen = [kept[at * len(kept) // _EACH] for at in range(_EACH)]
    return [
        captions.with_colour(*pair)[0 if at % 2 else -1 if pair[0].plural else 0]
        for at, pair in enumerate(chosen)
    ]
