"""Records, who sees them, and followers."""

from workspace.clock import Clock
from workspace.journal import Journal

ANA, BO = frozenset({"U0ANA"}), frozenset({"U0BO"})


def test_records_reach_their_audience() -> None:
    journal = Journal(Clock())
    journal.publish({"n": 1}, ANA, "message")
    journal.publish({"n": 2}, BO, "message")
    journal.publish({"n": 3})
    assert [record.event["n"] for record in journal.since(0, "U0ANA")] == [1, 3]
    assert [record.event["n"] for record in journal.since(1, "U0BO")] == [2, 3]
    assert [record.event["n"] for record in journal.shown_to("U0BO")] == [2]
    assert journal.last_id == 3


async def test_a_follower_gets_what_was_and_what_comes() -> None:
    journal = Journal(Clock())
    journal.publish({"n": 1}, ANA)
    follower = journal.follow(0, "U0ANA")
    seen = [(await anext(follower))]
    journal.publish({"n": 2}, BO)
    journal.publish({"n": 3}, ANA)
    seen.append(await anext(follower))
    assert [(record.id, record.event["n"]) for record in seen if record] == [(1, 1), (3, 3)]
    await follower.aclose()


async def test_an_idle_follower_is_told_so() -> None:
    follower = Journal(Clock()).follow(0, "U0ANA", idle_s=0.0)
    assert await anext(follower) is None
    await follower.aclose()


async def test_closing_ends_a_follower_after_what_there_is() -> None:
    journal = Journal(Clock())
    journal.publish({"n": 1}, ANA)
    follower = journal.follow(0, "U0ANA")
    journal.close()
    assert [record.event["n"] async for record in follower if record] == [1]
