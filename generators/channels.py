"""What several channels come to, each recapped by itself: talk of one is no answer in another.

The channels share the room for bullets; where there are more of them than that, those in which most
was said are told of, and the others are named.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from generators.cues import is_noise
from generators.draft import Line
from generators.recap import QUIET, Bullet, Recap, plain, recap
from generators.sentences import Language, language

LEAST = 1
"""Messages from which a channel is told of beside others; alone it is `QUIET`."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one channel comes to; it has no name where there is but one."""

    place: str
    recap: Recap


@dataclass(frozen=True, slots=True)
class Whole:
    """What all of them come to, and the names of those that there was no room for."""

    parts: tuple[Part, ...]
    language: Language
    rest: tuple[str, ...] = ()

    @property
    def bullets(self) -> tuple[Bullet, ...]:
        """All of them, in order."""
        return tuple(bullet for part in self.parts for bullet in part.recap.bullets)

    def having(self, bullets: Sequence[Bullet | None]) -> "Whole":
        """Return the same with other bullets in the places of its own; None: that one goes."""
        left, parts = iter(bullets), list[Part]()
        for part in self.parts:
            new = [next(left) for _ in part.recap.bullets]
            kept = tuple(bullet for bullet in new if bullet is not None)
            parts.append(replace(part, recap=replace(part.recap, bullets=kept)))
        return replace(self, parts=tuple(parts))


def recaps(context: Sequence[Line], most: int) -> Whole:
    """Recap the channels that lines are of, in at most `most` bullets together."""
    speak = language(" ".join(line.text for line in context))
    talk = Counter(line.place for line in context if _is_said(line))
    if not any(talk):
        found = recap(context, most=most, least=QUIET)
        return Whole((Part("", found),), found.language)
    told = [place for place, _ in talk.most_common(most)]
    each = most // len(told)
    parts = tuple(Part(place, recap(_of(place, context), most=each, least=LEAST)) for place in told)
    return Whole(parts, speak, tuple(place for place in talk if place not in told))


def _of(place: str, context: Sequence[Line]) -> list[Line]:
    return [line for line in context if line.place == place]


def _is_said(line: Line) -> bool:
    return bool(plain(line.text)) and not is_noise(line.author, line.text)
