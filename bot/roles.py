"""Who may do what: roles and access from the settings, facts about people from a directory.

The decisions are pure. Only `People` asks anybody, and remembers the answers for some minutes. What
cannot be found out counts against a person. It knows neither Slack's calls nor any sentence.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator

from generators.draft import Request
from generators.sentences import Language, language

log = logging.getLogger(__name__)

T = TypeVar("T")

Role = Literal["user", "reviewer", "approver", "operator", "admin", "auditor"]
Action = Literal["ask", "review", "reply", "operate", "administer", "see_usage", "audit"]
"""`reply`: send to customers. `operate`: pause, retry. `administer`: policy, budgets, schedules,
erase. `see_usage`: of others. `audit`: read what was done, without its content."""
Denial = Literal["who", "where"]
"""What speaks against a request: the person, or the channel."""

GRANTS: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        "user": frozenset({"ask"}),
        "reviewer": frozenset({"review"}),
        "approver": frozenset({"reply"}),
        "operator": frozenset({"operate"}),
        "admin": frozenset({"operate", "administer", "see_usage"}),
        "auditor": frozenset({"see_usage", "audit"}),
    }
)
KEPT_S: Final = 300.0
"""How long what is known of a person or a user group counts."""
SHARED_KEPT_S: Final = 60.0
"""The same, of who reads a channel."""
RETRY_S: Final = 30.0
"""How long nobody asks again after an answer did not come."""
MOST: Final = 10_000
"""Facts of one kind that are remembered."""
WITHHELD: Final[Mapping[Language, str]] = MappingProxyType({"en": "(not kept)", "zh": "（未保留）"})
"""Stands for the words of somebody who may not ask; in the language of the answer."""

_GRANTED: Final = re.compile(r"[USW][A-Z0-9]+")
_TEAM: Final = re.compile(r"[TE][A-Z0-9]+")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]+")
_DIRECT: Final = ("D", "U", "W")


class Granted(BaseModel):
    """Who has which role beside that of a user: Slack ids of people, and of user groups (S…)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewer: tuple[str, ...] = ()
    """Nobody: the members of the reviewers' channel."""
    approver: tuple[str, ...] = ()
    """Send drafted replies to customers. Nobody: no draft is sent."""
    operator: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    auditor: tuple[str, ...] = ()

    @field_validator("reviewer", "approver", "operator", "admin", "auditor")
    @classmethod
    def _ids(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(given, _GRANTED, "the Slack id of a person (U…) or of a user group (S…)")

    def of(self, role: Role) -> tuple[str, ...]:
        """Return the ids that a role is given to; that of a user is given to everybody."""
        given: dict[Role, tuple[str, ...]] = {
            "user": (),
            "reviewer": self.reviewer,
            "approver": self.approver,
            "operator": self.operator,
            "admin": self.admin,
            "auditor": self.auditor,
        }
        return given[role]

    @property
    def groups(self) -> frozenset[str]:
        """Every user group that has a role."""
        every = (*self.reviewer, *self.approver, *self.operator, *self.admin, *self.auditor)
        return frozenset(one for one in every if _is_group(one))


class Access(BaseModel):
    """Who may ask at all, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    teams: tuple[str, ...] = ()
    """Slack workspaces whose people may ask; empty: only the one that the app is installed in."""
    channels: tuple[str, ...] = ()
    """Channels where people may ask, beside their direct messages with the app; empty: all."""
    guests: bool = False
    """Whether guests of a workspace may ask."""
    strangers: bool = False
    """Whether people of other workspaces may ask, and read answers, over Slack Connect."""

    @field_validator("teams")
    @classmethod
    def _teams(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(given, _TEAM, "the id of a Slack workspace (T…)")

    @field_validator("channels")
    @classmethod
    def _channels(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(given, _CHANNEL, "the id of a channel (C…)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What Slack says of somebody."""

    id: str
    team: str
    """The workspace that they belong to; empty where Slack does not say."""
    is_guest: bool = False
    is_stranger: bool = False
    """Of another workspace, and in no channel that the app sees."""
    is_bot: bool = False
    is_gone: bool = False
    """Deactivated."""
    tz: str = ""
    """Where their clock is, by its IANA name; empty where Slack does not say."""


class Directory(Protocol):
    """Where facts come from. None: there is no answer, and there will be none soon."""

    async def person(self, user: str) -> Person | None:
        """Say who somebody is."""
        ...

    async def members(self, group: str) -> frozenset[str] | None:
        """Say who is in a user group."""
        ...

    async def outside(self, channel: str) -> frozenset[str] | None:
        """Say which other workspaces read a channel."""
        ...


class Unknown:
    """A directory that knows nobody."""

    async def person(self, user: str) -> Person | None:
        """Know nothing."""
        del user

    async def members(self, group: str) -> frozenset[str] | None:
        """Know nothing."""
        del group

    async def outside(self, channel: str) -> frozenset[str] | None:
        """Know nothing."""
        del channel


class Kept(Generic[T]):
    """Answers that count for a while."""

    def __init__(
        self, ask: Callable[[str], Awaitable[T | None]], keep_s: float, now: Callable[[], float]
    ) -> None:
        """Take who is asked, for how long an answer counts, and a clock in seconds."""
        self._ask = ask
        self._keep_s = keep_s
        self._now = now
        self._known: dict[str, tuple[float, T | None]] = {}

    async def get(self, key: str, *, fresh: bool = False) -> T | None:
        """Return what is known, or ask; `fresh` always asks."""
        known = self._known.get(key)
        if known is not None and known[0] > self._now() and not fresh:
            return known[1]
        answer = await self._ask(key)
        self._known.pop(key, None)
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        until = self._now() + (RETRY_S if answer is None else self._keep_s)
        self._known[key] = until, answer
        return answer

    def forget(self, key: str) -> None:
        """Ask anew the next time."""
        self._known.pop(key, None)


class People:
    """What is known of people, user groups and channels. Raises what its directory raises."""

    def __init__(
        self,
        directory: Directory | None = None,
        own: Collection[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know nobody, until there is a directory; `own` are the ids of the app's own workspace."""
        self._now = now
        self.meet(directory or Unknown(), own)

    def meet(self, directory: Directory, own: Collection[str]) -> None:
        """Take a directory, and forget what another one said."""
        self.own: frozenset[str] = frozenset(own) - {""}
        self._directory = directory
        self._people = Kept(directory.person, KEPT_S, self._now)
        self._groups = Kept(self._members, KEPT_S, self._now)
        self._channels = Kept(directory.outside, SHARED_KEPT_S, self._now)

    async def person(self, user: str, *, fresh: bool = False) -> Person | None:
        """Return who somebody is; None when nobody can say."""
        return await self._people.get(user, fresh=fresh)

    async def is_in(self, user: str, ids: Collection[str], *, fresh: bool = False) -> bool:
        """Tell whether somebody is one of these people, or in one of these user groups."""
        if user in ids:
            return True
        for group in filter(_is_group, ids):
            if user in (await self._groups.get(group, fresh=fresh) or ()):
                return True
        return False

    def forget(self, who: str) -> None:
        """Ask anew about a person or a user group, which has changed."""
        self._people.forget(who)
        self._groups.forget(who)

    async def outside(self, channel: str) -> frozenset[str] | None:
        """Return which other workspaces read a channel; None when nobody can say."""
        return await self._channels.get(channel)

    async def _members(self, group: str) -> frozenset[str] | None:
        members = await self._directory.members(group)
        if members is None:
            log.error("nobody has a role by user group %(group)s: it is not read", {"group": group})
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Answers whether a person may do something. Everybody who decides about people asks it."""

    granted: Granted = field(default_factory=Granted)
    access: Access = field(default_factory=Access)
    people: People = field(default_factory=People)

    @property
    def teams(self) -> frozenset[str]:
        """The workspaces whose people are no strangers."""
        return frozenset(self.access.teams) or self.people.own

    async def may(
        self, who: str, action: Action, *, also: Collection[Role] = (), fresh: bool = False
    ) -> bool:
        """Tell whether somebody may do this; `also` are roles that they have beside the settings'.

        `fresh`: nothing that was remembered counts. Raises what the directory raises.
        """
        person = await self.people.person(who, fresh=fresh)
        if person is None:
            return False
        roles: set[Role] = {"user", *also}
        for role in granting(action) - roles:
            if await self.people.is_in(who, self.granted.of(role), fresh=fresh):
                roles.add(role)
        return allowed(person, roles, action, self.access, self.teams)

    async def denial(self, request: Request, *, fresh: bool = False) -> Denial | None:
        """Return what speaks against a request; None when nothing does."""
        if self.is_outsider(request.team) or not await self.may(request.user, "ask", fresh=fresh):
            return "who"
        channel, channels = (request.about or request.reply_to).channel, self.access.channels
        elsewhere = channels and channel not in channels and not channel.startswith(_DIRECT)
        return "where" if elsewhere else None

    async def is_shared(self, channel: str) -> bool:
        """Tell whether people read a channel who may not read answers."""
        if self.access.strangers or channel.startswith(_DIRECT):
            return False
        outside = await self.people.outside(channel)
        return outside is None or not outside <= self.teams

    def is_outsider(self, team: str) -> bool:
        """Tell, by nothing but the workspace that an envelope names, whether somebody may not ask.

        An organisation's id says too little; then it takes a look at the person.
        """
        known = bool(team and self.teams) and not team.startswith("E")
        return known and not self.access.strangers and team not in self.teams

    def at_the_door(self, request: Request) -> Request:
        """Return what is kept of a request: of an outsider's, everything but the words."""
        if not self.is_outsider(request.team):
            return request
        return replace(request, prompt=WITHHELD[language(request.prompt)], flags={})


class Everybody:
    """Lets everybody in: for a terminal, whose user has the ledger anyway."""

    async def denial(self, request: Request, *, fresh: bool = False) -> Denial | None:
        """Have nothing against anybody."""
        del request, fresh

    async def is_shared(self, channel: str) -> bool:
        """Know no channel that others read."""
        del channel
        return False


def allowed(
    person: Person,
    roles: Collection[Role],
    action: Action,
    access: Access,
    teams: Collection[str],
) -> bool:
    """Decide. Guests and strangers may ask at most, and where the settings say so.

    >>> ana = Person(id="U1", team="T1")
    >>> [allowed(ana, {"user"}, action, Access(), {"T1"}) for action in ("ask", "review")]
    [True, False]
    """
    stranger = person.is_stranger or person.team not in teams
    if person.is_gone or person.is_bot:
        return False
    if person.is_guest and not access.guests:
        return False
    if stranger and not access.strangers:
        return False
    if (person.is_guest or stranger) and action != "ask":
        return False
    return not granting(action).isdisjoint(roles)


def granting(action: Action) -> frozenset[Role]:
    """Return the roles that may do this."""
    return frozenset(role for role, actions in GRANTS.items() if action in actions)


def _is_group(identity: str) -> bool:
    return identity.startswith("S")


def _checked(given: tuple[str, ...], form: re.Pattern[str], what: str) -> tuple[str, ...]:
    for one in given:
        if not form.fullmatch(one):
            raise ValueError(f"{one!r} is not {what}")
    return given
