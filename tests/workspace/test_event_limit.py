"""30,000 events an hour; more are withheld, and the app is told so once a minute."""

from hypothesis import given
from hypothesis import strategies as st

from workspace.client import Client
from workspace.clock import Clock
from workspace.event_limit import EventLimit
from workspace.state import Workspace


@given(st.integers(0, 5), st.lists(st.sampled_from([0, 600, 1800, 3600]), max_size=30))
def test_no_hour_has_more_than_the_most(most: int, pauses: list[int]) -> None:
    clock = Clock()
    limit = EventLimit(clock)
    limit.most = most
    taken: list[float] = []
    for pause_s in pauses:
        clock.advance(pause_s)
        if limit.takes():
            taken.append(clock.now())
    for start in taken:
        assert sum(start <= at < start + 3590 for at in taken) <= most


def test_the_documented_figure_is_the_default() -> None:
    limit = EventLimit(Clock())
    assert limit.most == 30_000
    assert all(limit.takes() for _ in range(30_000))
    assert not limit.takes()


async def test_the_app_is_told_once_a_minute(ws: Workspace, control: Client) -> None:
    ws.event_limit.most = 2
    ws.clock.advance(60 - ws.clock.now() % 60)  # a minute begins
    for text in ("one", "two", "three", "four"):
        await control.say("ana", "general", text)
    await control.advance(60)
    await control.say("ana", "general", "five")
    rows = await control.deliveries()
    withheld = [row for row in rows if row["outcome"] == "rate_limited"]
    assert len(withheld) == 3
    told = (await control.get("payloads", kind="app_rate_limited"))["payloads"]
    minutes = [each["payload"]["minute_rate_limited"] for each in told if not each["retry_attempt"]]
    assert len(minutes) == 2
    assert minutes[1] - minutes[0] == 60
    assert [minute % 60 for minute in minutes] == [0, 0]
    assert set(told[0]["payload"]) == {
        "token",
        "type",
        "team_id",
        "minute_rate_limited",
        "api_app_id",
    }


async def test_events_come_again_after_an_hour(ws: Workspace, control: Client) -> None:
    ws.event_limit.most = 1
    for text in ("one", "two"):
        await control.say("ana", "general", text)
    await control.advance(3600)
    await control.say("ana", "general", "three")
    kept = await control.get("payloads", kind="message")
    texts = {each["payload"]["event"]["text"] for each in kept["payloads"]}
    assert texts == {"one", "three"}
