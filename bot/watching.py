"""Drafts passing by: not more of them than can be shown, and what they cost until now."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from generators.draft import Call, Cost, Draft

T = TypeVar("T")

UPDATE_EVERY_S = 1.5
"""Slack takes about 50 updates a minute of one app (chat.update is tier 3)."""


@dataclass(slots=True)
class Watched:
    """Drafts passing by, the last of which tells what was used, whatever happens then."""

    last: Draft | None = None
    calls: list[Call] = field(default_factory=list)
    """Every engine call of the attempt, whether or not a draft came of it."""
    shown: Draft | None = None
    """The longest beginning of the answer that people were shown."""

    @property
    def cost(self) -> Cost | None:
        """What was used up to now; None where nothing was."""
        if self.last is not None:
            return self.all_of(self.last.cost)
        return self.all_of(Cost(model="")) if self.calls else None

    def all_of(self, cost: Cost) -> Cost:
        """Return a cost with every engine call behind it."""
        return replace(cost, calls=tuple(self.calls))

    def billed(self, draft: Draft) -> Draft:
        """Return a draft with every engine call behind it."""
        return replace(draft, cost=self.all_of(draft.cost))

    async def watch(self, drafts: AsyncIterator[Draft]) -> AsyncGenerator[Draft, None]:
        """Pass on the newest draft, at most one every `UPDATE_EVERY_S`, and always the last."""
        due, passed = time.monotonic() + UPDATE_EVERY_S, None
        async for draft in drafts:
            if not draft.rough:
                self.last = draft
            if time.monotonic() >= due:
                due, passed = time.monotonic() + UPDATE_EVERY_S, draft
                yield draft
        if self.last is not None and self.last is not passed:
            yield self.last


@asynccontextmanager
async def closing(values: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T]]:
    """Close an iterator at the end of the block if it can be closed: that cancels its work."""
    try:
        yield values
    finally:
        if isinstance(values, AsyncGenerator):
            await values.aclose()
