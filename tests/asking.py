"""Requests as generators get them, and the whole of what they answer."""

from collections.abc import Mapping
from uuid import UUID

from generators.draft import Destination, Draft, Generator, Line, Request, Text, UserId

THREAD = (
    Line("ana", "We decided to ship on Friday.", "1.0", "https://w.slack.com/p1"),
    Line("bo", "The login bug is fixed.", "2.0", "https://w.slack.com/p2"),
)


def request(
    prompt: str,
    *,
    flags: Mapping[str, str] | None = None,
    context: tuple[Line, ...] = (),
    number: int = 7,
) -> Request:
    return Request(
        id=UUID(int=number),
        verb="test",
        prompt=prompt,
        user=UserId("U1"),
        reply_to=Destination(channel="C1"),
        flags=flags or {},
        context=context,
    )


async def drafts(generator: Generator, asked: Request) -> list[Draft]:
    return [draft async for draft in generator.drafts(asked)]


async def body(generator: Generator, asked: Request) -> str:
    """Return the words of the last draft."""
    last = (await drafts(generator, asked))[-1].content
    assert isinstance(last, Text)
    return last.body
