"""A directory of people whom tests make up, and what it was asked."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from bot.roles import Access, Granted, People, Person, Roles

TEAM, OTHER = "T1", "T2"


@dataclass
class Town:
    """Everybody is a plain member of T1, unless something else is said of them."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    shared: dict[str, frozenset[str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    """Ids of whatever nobody tells about."""
    asked: Counter[str] = field(default_factory=Counter)
    trouble: Exception | None = None

    async def person(self, user: str) -> Person | None:
        self._hears(user)
        return None if user in self.silent else self.people.get(user, plain(user))

    async def members(self, group: str) -> frozenset[str] | None:
        self._hears(group)
        return None if group in self.silent else self.groups.get(group, frozenset())

    async def outside(self, channel: str) -> frozenset[str] | None:
        self._hears(channel)
        return None if channel in self.silent else self.shared.get(channel, frozenset())

    def is_now(self, user: str, **facts: bool) -> None:
        """Say something else of somebody from now on."""
        self.people[user] = but(self.people.get(user, plain(user)), **facts)

    def _hears(self, key: str) -> None:
        self.asked[key] += 1
        if self.trouble:
            raise self.trouble


def but(person: Person, **facts: Any) -> Person:
    """Return a person of whom something else is true."""
    return replace(person, **facts)


def plain(user: str) -> Person:
    return Person(id=user, team=TEAM)


def roles(
    town: Town | None = None, granted: Granted | None = None, access: Access | None = None
) -> Roles:
    """Return roles that take their facts from a town."""
    people = People(town or Town(), {TEAM})
    return Roles(granted=granted or Granted(), access=access or Access(), people=people)
