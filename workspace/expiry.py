"""Forgetting what has run out, so that a long session does not fill the memory."""

from typing import Protocol, TypeVar

KEPT_S = 3600.0
"""How long after its end a thing is still known, so that a late use is told apart from a guess."""


class Ends(Protocol):
    """Something with an end, a Unix time of the workspace's clock."""

    expires: float


Ending = TypeVar("Ending", bound=Ends)


def forget(things: dict[str, Ending], now: float) -> None:
    """Drop, from the oldest on, what ended more than an hour ago; all live equally long."""
    gone: list[str] = []
    for name, each in things.items():
        if each.expires >= now - KEPT_S:
            break
        gone.append(name)
    for name in gone:
        del things[name]
