"""Which channels a digest may tell of where: what one of its readers may not read, none gets.

The rule: everybody who is in the channel that it goes to is in each channel that it tells of, or
that one is public and they are a full member of the workspace. Who wants it has to pass, too. It is
asked anew whenever something is read. What nobody can say counts against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

from bot.roles import Role, Roles
from generators.draft import ContextUnavailable, Destination, Line, Request, UserId

FLAG: Final = "channels"
"""The flag of a request that names its channels, by their ids; people cannot type it."""
MINE: Final = "mine"
"""Stands there for all channels that both the owner and the app are in."""
MOST: Final = 30
"""Channels of one person that their digest is of."""

Refusal = Literal["unknown", "away", "readers"]
"""There is none that the app sees; the app is not in it; not everybody there may read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel, as Slack describes it."""

    id: str
    name: str
    is_private: bool = False
    is_inside: bool = False
    """Whether the app is in it."""
    is_archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Who is who in a workspace."""

    full: frozenset[str]
    """Its own people who are no guests: they may read every public channel."""
    bots: frozenset[str]


class Reading(Protocol):
    """Where the messages come from."""

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises GenerationError."""
        ...


class Places(Protocol):
    """Where facts come from. Raises EngineUnavailable; None: nobody can say."""

    async def find(self, name: str) -> str:
        """Return the id of a channel by its name, or nothing."""
        ...

    async def place(self, channel: str) -> Place | None:
        """Say what a channel is."""
        ...

    async def readers(self, channel: str) -> frozenset[str] | None:
        """Say who is in a channel."""
        ...

    async def census(self) -> Census | None:
        """Say who is who."""
        ...

    async def shared_with(self, person: str) -> Sequence[Place] | None:
        """Say in which channels both a person and the app are."""
        ...

    async def direct(self, person: str) -> str:
        """Return the channel of the app's direct messages with a person, or nothing."""
        ...


class Nowhere:
    """Knows no channel: for commands that run beside Slack."""

    async def find(self, name: str) -> str:
        """Find nothing."""
        del name
        return ""

    async def place(self, channel: str) -> Place | None:
        """Know nothing."""
        del channel

    async def readers(self, channel: str) -> frozenset[str] | None:
        """Know nothing."""
        del channel

    async def census(self) -> Census | None:
        """Know nobody."""

    async def shared_with(self, person: str) -> Sequence[Place] | None:
        """Know nothing."""
        del person

    async def direct(self, person: str) -> str:
        """Open nothing."""
        del person
        return ""


@dataclass(slots=True, kw_only=True)
class Sources:
    """Decides what may be told where."""

    roles: Roles = field(default_factory=Roles)
    reviewers: str = ""
    """The reviewers' channel, by name or id."""
    places: Places = field(default_factory=Nowhere)

    async def refusal(self, source: str, to: str, owner: UserId) -> Refusal | None:
        """Return what speaks against telling of a channel in another; None where nothing does."""
        place = await self.places.place(source)
        if place is None:
            return "unknown"
        if not place.is_inside or place.is_archived:
            return "away"
        allowed = self.roles.access.channels
        if allowed and source not in allowed:
            return "readers"
        return None if await self._all_may_read(place, to, owner) else "readers"

    async def of(self, request: Request) -> Sequence[Place]:
        """Return the channels that a request is of, as they may be told of now.

        Raises ContextUnavailable where one of those that were named may not.
        """
        named, to = request.flags[FLAG], request.reply_to.channel
        if named == MINE:
            if not is_direct(to):
                raise ContextUnavailable(to)
            return await self._mine(request.user)
        for source in named.split():
            if await self.refusal(source, to, request.user):
                raise ContextUnavailable(source)
        found = [await self.places.place(source) for source in named.split()]
        return [place for place in found if place]

    async def may_see_backlog(self, to: str, owner: UserId) -> bool:
        """Tell whether what waits for reviewers may be told of there: to them, and to nobody else.

        In their channel, or in the direct messages of somebody who may decide.
        """
        named = self.reviewers.removeprefix("#")
        place = await self.places.place(named) if named else None
        channel = place.id if place else await self.places.find(named)
        if not is_direct(to):
            return bool(channel) and to == channel
        member: tuple[Role, ...] = ()
        if channel and not self.roles.granted.reviewer:
            inside = await self.places.readers(channel) or frozenset()
            member = ("reviewer",) if owner in inside else ()
        return await self.roles.may(owner, "review", also=member, fresh=True)

    async def _mine(self, owner: UserId) -> Sequence[Place]:
        found = await self.places.shared_with(owner)
        if found is None:
            raise ContextUnavailable(MINE)
        allowed = self.roles.access.channels
        open_ = [one for one in found if not one.is_archived]
        return [one for one in open_ if not allowed or one.id in allowed][:MOST]

    async def _all_may_read(self, source: Place, to: str, owner: UserId) -> bool:
        there = frozenset({owner}) if is_direct(to) else await self.places.readers(to)
        inside = await self.places.readers(source.id)
        if there is None or inside is None:
            return False
        others = (there | {owner}) - inside
        if not others:
            return True
        census = await self.places.census()
        if census is None:
            return False
        people = others - census.bots
        return not people or (not source.is_private and people <= census.full)


@dataclass(frozen=True, slots=True)
class Gathering:
    """A reading that also reads several channels, where a request names them."""

    inner: Reading
    sources: Sources

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages, each with the channel that it is from.

        Raises GenerationError.
        """
        if FLAG not in request.flags:
            return await self.inner.gather(request)
        said: list[Line] = []
        for place in await self.sources.of(request):
            there = replace(request, reply_to=Destination(channel=place.id))
            lines = (await self.inner.gather(there)).context
            said += [replace(line, place=f"#{place.name}") for line in lines]
        return replace(request, context=tuple(said))


def is_direct(channel: str) -> bool:
    """Tell whether a channel is somebody's direct messages, or stands for them by their id."""
    return channel.startswith(("D", "U", "W"))
