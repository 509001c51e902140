"""What words without a verb mean by where they stand: under a picture of ours, a change of it.

Found out from the ledger alone and before the request is in line, so that budgets, weights, the
line itself and the usage count it from the beginning as what it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.intake.pictured import ASK, DO, RETOUCH, SAID, is_question
from bot.ledger.recall import Recall
from bot.settings import Verb
from generators.draft import Request


@dataclass(frozen=True, slots=True)
class Meaning:
    """Knows which threads are about pictures."""

    recall: Recall
    changes: bool
    """Whether there is a verb that changes pictures."""

    @classmethod
    def of(cls, recall: Recall, verbs: Mapping[str, Verb]) -> "Meaning":
        """Understand changes where the settings have a verb for them."""
        return cls(recall, RETOUCH in verbs and verbs[RETOUCH].pictures)

    async def meant(self, request: Request) -> Request:
        """Return what is asked. Raises LedgerUnavailable."""
        to = request.reply_to
        if not self.changes or request.verb != ASK or not to.thread_ts:
            return request
        if is_question(request.prompt):
            return request
        if not await self.recall.is_pictured(to.channel, to.thread_ts):
            return request
        return replace(request, verb=RETOUCH, flags={**request.flags, DO: SAID})


class Literal:
    """Takes what is asked as it is asked: for commands that run beside Slack."""

    async def meant(self, request: Request) -> Request:
        """Return the same."""
        return request
