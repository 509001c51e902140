"""How soon calls of an engine should be worked on, without every generator passing it on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_URGENCY: Final[ContextVar[int]] = ContextVar("urgency", default=0)


@contextmanager
def prioritised(priority: int) -> Iterator[None]:
    """Give the calls of this block a priority as vLLM has it: lower goes first, 0 is usual."""
    before = _URGENCY.set(priority)
    try:
        yield
    finally:
        _URGENCY.reset(before)


def priority() -> int:
    """Return the priority of the calls that are made here."""
    return _URGENCY.get()
