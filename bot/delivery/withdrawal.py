"""Takes back the bot's messages to and about one person: after an erasure, where that is asked for.

Paced like everything that calls Slack. Each message is written down as soon as it is deleted, so
that whoever is interrupted goes on with the rest. Answers that only one person saw are no messages
that anybody could delete; Slack itself forgets them.
"""

from collections import Counter
from dataclasses import dataclass, field

from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused, TokenRefused
from bot.ledger.keys import Keys
from bot.ledger.posted import Posted, logged, posted, taken_back
from bot.ledger.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What came of it."""

    deleted: int
    refused: Counter[str] = field(default_factory=Counter)
    """How many are still there, by Slack's code."""

    @property
    def told(self) -> str:
        """What was done, in a line for the operator."""
        done = f"{self.deleted} messages deleted in Slack"
        if not self.refused:
            return f"{done}."
        why = ", ".join(f"{code}: {count}" for code, count in sorted(self.refused.items()))
        return f"{done}; {self.refused.total()} could not be ({why})."


async def withdraw(slack: Slack, writer: Writer, keys: Keys, user: str) -> Withdrawn:
    """Delete every message about a person that is known.

    Raises LedgerUnavailable, TokenRefused.
    """
    after, deleted, refused = ("", 0), 0, Counter[str]()
    while batch := await writer.read(lambda session, at=after: posted(session, keys, user, at)):
        for message in batch:
            after = message.request_id, message.part
            if code := await _deleted(slack, user, message):
                refused[code] += 1
                continue
            await writer.write(lambda session, one=message: taken_back(session, one))
            deleted += 1
    done = Withdrawn(deleted=deleted, refused=refused)
    if deleted or refused:
        detail = f"{deleted} deleted, {refused.total()} not"
        await writer.write(lambda session: logged(session, keys, user, detail))
    return done


async def _deleted(slack: Slack, user: str, message: Posted) -> str:
    """Delete one message; return Slack's code where that did not work."""
    try:
        channel = message.channel or await slack.open_dm(user)
        await slack.delete(channel, message.ts)
    except SlackRefused as refused:
        return refused.code
    except TokenRefused:
        raise
    except OutcomeUnknown:
        return "unknown"
    return ""
