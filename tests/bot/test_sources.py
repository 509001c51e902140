"""What one reader of a digest may not read, none gets."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.roles import Access, Granted
from bot.sources import FLAG, MINE, Census, Gathering, Place, Refusal, Sources
from generators.draft import ContextUnavailable, Destination, Line, Request
from tests.bot.builders import ANA, BO, CHEN, request
from tests.bot.people import roles
from tests.bot.rooms import BOT, GUEST, Rooms


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
def sources(rooms: Rooms) -> Sources:
    return Sources(roles=roles(), reviewers="reviewers", places=rooms)


@pytest.mark.parametrize(
    ("source", "to", "why"),
    [
        ("C2", "C1", None),
        ("C3", "C1", None),
        ("C4", "C1", "readers"),
        ("C4", "DU1", None),
        ("C4", "C4", None),
        ("C5", "C1", "away"),
        ("C6", "C1", "away"),
        ("C77", "C1", "unknown"),
        ("C2", "C77", "readers"),
    ],
)
async def test_who_may_be_told_of_what(
    sources: Sources, source: str, to: str, why: Refusal | None
) -> None:
    assert await sources.refusal(source, to, ANA) == why


async def test_an_owner_must_be_allowed_to_read_it_too(sources: Sources) -> None:
    assert await sources.refusal("C4", "DU2", BO) == "readers"
    assert await sources.refusal("C4", "C4", BO) == "readers"


async def test_a_guest_reads_only_what_they_are_in(sources: Sources, rooms: Rooms) -> None:
    rooms.inside["C1"] |= {GUEST}
    assert await sources.refusal("C2", "C1", ANA) == "readers"
    rooms.inside["C2"] |= {GUEST}
    assert await sources.refusal("C2", "C1", ANA) is None


async def test_what_nobody_can_say_counts_against_it(sources: Sources, rooms: Rooms) -> None:
    rooms.who = None
    assert await sources.refusal("C2", "C1", ANA) == "readers"


async def test_a_channel_where_nobody_may_ask_is_not_told_of(rooms: Rooms) -> None:
    only = Sources(roles=roles(access=Access(channels=("C1", "C3"))), places=rooms)
    assert await only.refusal("C2", "C1", ANA) == "readers"
    assert await only.refusal("C3", "C1", ANA) is None


@given(st.data())
async def test_nobody_is_told_what_they_may_not_read(data: st.DataObject) -> None:
    """Whoever is where: if it is told, each reader is inside, or it is public and they belong."""
    people = [ANA, BO, CHEN, GUEST]
    some = st.frozensets(st.sampled_from(people))
    there, inside = data.draw(some), data.draw(some)
    full = data.draw(some)
    private = data.draw(st.booleans())
    rooms = Rooms(
        channels={"C2": Place(id="C2", name="x", is_private=private, is_inside=True)},
        inside={"C1": there | {BOT}, "C2": inside | {BOT}},
        who=Census(full=full, bots=frozenset({BOT})),
    )
    told = await Sources(roles=roles(), places=rooms).refusal("C2", "C1", ANA) is None
    may = {one for one in people if one in inside or (one in full and not private)}
    assert told == (there | {ANA} <= may)


@pytest.mark.parametrize(
    ("to", "who", "may"),
    [("C7", ANA, True), ("C1", BO, False), ("DU2", BO, True), ("DU1", ANA, False)],
)
async def test_the_backlog_is_told_to_reviewers(
    sources: Sources, to: str, who: str, may: bool
) -> None:
    assert await sources.may_see_backlog(to, request(user=who).user) == may


async def test_named_reviewers_alone_hear_of_the_backlog(rooms: Rooms) -> None:
    named = Sources(roles=roles(granted=Granted(reviewer=(CHEN,))), reviewers="C7", places=rooms)
    assert await named.may_see_backlog("DU3", CHEN)
    assert not await named.may_see_backlog("DU2", BO)


@dataclass
class Talk:
    """Says one thing in each channel."""

    asked: list[Request] = field(default_factory=list)

    async def gather(self, request: Request) -> Request:
        self.asked.append(request)
        here = request.reply_to.channel
        return replace(request, context=(Line("ana", f"Hello {here} 你好", "1.0"),))


async def test_each_line_says_which_channel_it_is_of(sources: Sources) -> None:
    asked = request(verb="digest", flags={FLAG: "C2 C8"})
    told = await Gathering(Talk(), sources).gather(asked)
    assert [(line.place, line.text) for line in told.context] == [
        ("#dev", "Hello C2 你好"),
        ("#研发", "Hello C8 你好"),
    ]
    assert told.reply_to == asked.reply_to


async def test_no_channel_is_read_where_one_may_not_be(sources: Sources) -> None:
    talk = Talk()
    with pytest.raises(ContextUnavailable):
        await Gathering(talk, sources).gather(request(verb="digest", flags={FLAG: "C2 C4"}))
    assert talk.asked == []


async def test_ones_own_channels_are_told_in_direct_messages_alone(sources: Sources) -> None:
    flags, direct = {FLAG: MINE}, Destination(channel="DU1")
    told = await Gathering(Talk(), sources).gather(request(flags=flags, reply_to=direct))
    assert {line.place for line in told.context} == {"#general", "#ops", "#secret", "#研发"}
    with pytest.raises(ContextUnavailable):
        await Gathering(Talk(), sources).gather(request(flags=flags))


async def test_any_other_request_is_read_as_ever(sources: Sources) -> None:
    told = await Gathering(Talk(), sources).gather(request())
    assert [line.place for line in told.context] == [""]


async def test_without_slack_nothing_is_known() -> None:
    alone = Sources()
    assert await alone.refusal("C1", "C1", ANA) == "unknown"
    assert await alone.places.direct(ANA) == ""
    assert await alone.places.shared_with(ANA) is None
