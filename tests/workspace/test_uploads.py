"""Tickets: once, in time, and counted."""

from workspace.clock import Clock
from workspace.ids import Ids
from workspace.uploads import FileLimits, Uploads, memory_share


def uploads() -> tuple[Uploads, Clock]:
    clock = Clock()
    made = Uploads(clock, Ids(clock))
    made.limits = FileLimits(address_s=60)
    return made, clock


def test_a_ticket_is_used_once() -> None:
    made, _ = uploads()
    secret = made.open("F1", 5)
    ticket = made.take(secret)
    assert ticket is not None
    assert (ticket.file_id, ticket.length, made.arriving_bytes) == ("F1", 5, 5)
    assert made.take(secret) is None
    made.end(ticket, arrived=True)
    assert (made.take(secret), made.arriving_bytes) == (None, 0)


def test_a_broken_post_gives_the_ticket_back() -> None:
    made, _ = uploads()
    secret = made.open("F1", 5)
    ticket = made.take(secret)
    assert ticket is not None
    made.end(ticket, arrived=False)
    assert made.take(secret) is ticket


def test_tickets_expire_oldest_first() -> None:
    made, clock = uploads()
    first = made.open("F1", 1)
    clock.advance(30)
    second = made.open("F2", 1)
    clock.advance(31)
    assert made.take(first) is None
    assert made.expired() == ["F1"]
    assert made.expired() == []
    assert made.take(second) is not None
    assert made.take("") is None


def test_memory_bounds_what_is_stored() -> None:
    assert FileLimits().stored_bytes == memory_share() > 1 << 26
    assert FileLimits().file_bytes == 1 << 30
