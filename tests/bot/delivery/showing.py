"""Requests that were accepted, answers that were reviewed, and the one message that shows them."""

from bot.ledger.ledger import Ledger
from generators.draft import Content, Destination, Request
from moderation.gate import Cleared, Gate, Held
from tests.bot.builders import draft
from tests.bot.recorder import Message, Recorder

THREAD = Destination(channel="C1", thread_ts="9.9")


DIRECT = Destination(channel="D1")


LONG = "\n\n".join(f"Paragraph {n}. " + "word " * 100 for n in range(60))


async def accepted(ledger: Ledger, asked: Request) -> Request:
    await ledger.accept(asked)
    return asked


async def cleared(seals: Gate, asked: Request, content: Content | str = "Five days.") -> Cleared:
    verdict = await seals.review(draft(asked, content))
    assert isinstance(verdict, Cleared)
    return verdict


async def held(seals: Gate, asked: Request, content: Content | str = "doubtful") -> Held:
    verdict = await seals.review(draft(asked, content))
    assert isinstance(verdict, Held)
    return verdict


def only(slack: Recorder) -> Message:
    (message,) = slack.messages
    return message
