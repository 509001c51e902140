"""Channels whom tests make up: who is in them, and which of them the app sees."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sources import Census, Place
from tests.bot.builders import ANA, BO, CHEN

GUEST, BOT = "U8", "U9"


@dataclass
class Rooms:
    """`dev` and `ops` are public, `secret` is not; Ana and Bo are in C1; nobody knows the rest."""

    channels: dict[str, Place] = field(
        default_factory=lambda: {
            "C1": Place(id="C1", name="general", is_inside=True),
            "C2": Place(id="C2", name="dev", is_inside=True),
            "C3": Place(id="C3", name="ops", is_inside=True),
            "C4": Place(id="C4", name="secret", is_private=True, is_inside=True),
            "C5": Place(id="C5", name="away"),
            "C6": Place(id="C6", name="old", is_inside=True, is_archived=True),
            "C7": Place(id="C7", name="reviewers", is_private=True, is_inside=True),
            "C8": Place(id="C8", name="研发", is_inside=True),
        }
    )
    inside: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            "C1": frozenset({ANA, BO, BOT}),
            "C2": frozenset({CHEN, BOT}),
            "C3": frozenset({ANA, BOT}),
            "C4": frozenset({ANA, BOT}),
            "C7": frozenset({BO, BOT}),
            "C8": frozenset({ANA, BOT}),
        }
    )
    who: Census | None = field(
        default_factory=lambda: Census(full=frozenset({ANA, BO, CHEN}), bots=frozenset({BOT}))
    )

    async def find(self, name: str) -> str:
        return next((id_ for id_, one in self.channels.items() if one.name == name), "")

    async def place(self, channel: str) -> Place | None:
        return self.channels.get(channel)

    async def readers(self, channel: str) -> frozenset[str] | None:
        return self.inside.get(channel)

    async def census(self) -> Census | None:
        return self.who

    async def shared_with(self, person: str) -> Sequence[Place] | None:
        mine = (id_ for id_, people in self.inside.items() if person in people)
        return [self.channels[one] for one in mine]

    async def direct(self, person: str) -> str:
        return f"D{person}"
