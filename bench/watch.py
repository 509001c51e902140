"""The watch over a channel's mood: false alarms, detection and delay on simulated streams.

A stream is one truth a message, negative or not, as a classifier with known errors sees it. At
message 200 the share of negative ones rises. Beside it, in the same run, the fixed threshold that
others use: so many of the last 20.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Final

from bench.figures import Figure
from bot.digests.turning import Turning

RUNS: Final = 600
CHANGE: Final = 200
"""The message at which the mood turns."""
AFTER: Final = 200
"""Messages after it within which a turn counts as found."""
Errors = tuple[float, float]
"""How often what is not negative is called so, and how often what is negative is not."""
ERRORS: Final[Errors] = (0.07, 0.15)
OURS: Final[Mapping[str, Errors]] = MappingProxyType(
    {"English tweets": (0.09, 0.27), "Chinese delivery reviews": (0.17, 0.43)}
)
"""Those of our head on two sets (`docs/watch.md`)."""
TURNS: Final = ((0.15, 0.45), (0.30, 0.60))
"""Shares of negative messages before and after."""
_LAST: Final = 20
_SHARE: Final = 0.5
_PEER: Final = f"{_SHARE:.0%} of the last {_LAST}"

LONG: Final = 1_000
"""Messages of a channel whose mood never turns."""

Alarms = Callable[[], Callable[[bool], bool]]
"""Makes what is told of one message after the other, and says whether it alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What became of many streams."""

    false_alarms: float
    """The share of streams with an alarm before the mood turned."""
    detected: float
    """Of the others, the share with an alarm within `AFTER` messages."""
    delay: float
    """Median messages from the turn to its alarm."""


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield false alarms, detection and delay for each turn, and alarms where there is none."""
    runs = max(20, round(RUNS * scale))
    for before, after in TURNS:
        ours, peer = (measure(one, before, after, runs) for one in (cusum, fixed))
        turn = f"{before:.2f} to {after:.2f}"
        told: Mapping[str, tuple[str, float, float, float | None, float | None]] = {
            "false alarms": ("share", ours.false_alarms, peer.false_alarms, 0.09, None),
            "found": ("share", ours.detected, peer.detected, None, 0.99),
            "median delay": ("messages", ours.delay, peer.delay, 27, None),
        }
        for what, (unit, mine, theirs, goal, least) in told.items():
            yield Figure(
                what=f"{what}, {turn}",
                unit=unit,
                ours=mine,
                peer=theirs,
                peer_is=_PEER,
                goal=goal,
                least=least,
            )
    for share, _ in TURNS:
        mine, theirs = (alarms_in(one, share, runs) for one in (cusum, fixed))
        yield Figure(
            what=f"false alarms in {LONG:,} messages at {share:.2f}",
            unit="share of channels",
            ours=mine,
            peer=theirs,
            peer_is=_PEER,
        )
    yield from _with_our_head(runs)


def _with_our_head(runs: int) -> Iterator[Figure]:
    """Yield what becomes of the first turn where the classifier errs as ours does."""
    for name, errors in OURS.items():
        ours, peer = (measure(one, *TURNS[0], runs, errors) for one in (cusum, fixed))
        told = {
            "found": ("share", ours.detected, peer.detected),
            "median delay": ("messages", ours.delay, peer.delay),
        }
        for what, (unit, mine, theirs) in told.items():
            about = f"{what}, errors as on {name}"
            yield Figure(what=about, unit=unit, ours=mine, peer=theirs, peer_is=_PEER)


def alarms_in(alarms: Alarms, share: float, runs: int) -> float:
    """Return in which share of channels that never turn there is an alarm."""
    told = (_first(alarms(), stream(share, share, seed, LONG)) for seed in range(runs))
    return sum(at is not None for at in told) / runs


def measure(
    alarms: Alarms, before: float, after: float, runs: int = RUNS, errors: Errors = ERRORS
) -> Measured:
    """Return what some way to alarm comes to, on seeded streams."""
    told = (stream(before, after, seed, errors=errors) for seed in range(runs))
    firsts = [_first(alarms(), one) for one in told]
    honest = [at for at in firsts if at is None or at >= CHANGE]
    delays = [at - CHANGE + 1 for at in honest if at is not None]
    return Measured(
        false_alarms=1 - len(honest) / runs,
        detected=len(delays) / max(1, len(honest)),
        delay=median(delays) if delays else float("inf"),
    )


def stream(
    before: float,
    after: float,
    seed: int,
    count: int = CHANGE + AFTER,
    errors: Errors = ERRORS,
) -> Iterator[bool]:
    """Yield what the classifier says of each message."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for at in range(count):
        bad = chance.random() < (before if at < CHANGE else after)
        wrong = chance.random() < errors[bad]
        yield bad != wrong


def cusum() -> Callable[[bool], bool]:
    """Return our watch over one channel."""
    state = [Turning()]

    def heard(negative: bool) -> bool:
        state[0] = state[0].heard("1.0", negative=negative)
        return state[0].turned

    return heard


def fixed() -> Callable[[bool], bool]:
    """Return the peer: half of the last 20 messages are negative."""
    last: deque[bool] = deque(maxlen=_LAST)

    def heard(negative: bool) -> bool:
        last.append(negative)
        return len(last) == _LAST and sum(last) >= _SHARE * _LAST

    return heard


def _first(heard: Callable[[bool], bool], told: Iterator[bool]) -> int | None:
    return next((at for at, negative in enumerate(told) if heard(negative)), None)
