import asyncio
import logging

import pytest

from bot import up as subject
from bot.up import MAX_RESTART_S, RESTART_S, Part, kept, next_wait_s

pytestmark = pytest.mark.e2e

URL = "http://127.0.0.1:7"


async def test_a_part_that_ends_is_started_again_with_its_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subject, "RESTART_S", 0.01)
    given: list[str] = []
    enough = asyncio.Event()

    def arguments(url: str) -> list[str]:
        given.append(url)
        if len(given) == 3:
            enough.set()
        return ["tests.bot.brief", URL]

    with caplog.at_level(logging.WARNING):
        async with kept(Part("engine", arguments, needed=False)) as url, asyncio.timeout(60):
            assert url == URL
            await enough.wait()
    assert given[:3] == ["", URL, URL]
    assert caplog.records[0].args == {"part": "engine", "wait_s": 0}


def test_the_wait_grows_while_a_part_ends_at_once_and_begins_anew_after_a_good_while() -> None:
    waits: list[float] = []
    wait_s = 0.0
    for _ in range(8):
        wait_s = next_wait_s(wait_s, ran_s=1.0)
        waits.append(wait_s)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert next_wait_s(wait_s, ran_s=MAX_RESTART_S) == RESTART_S
