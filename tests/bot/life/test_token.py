import asyncio
import logging

import pytest

from bot.life.token import REFUSED, Token
from tests.bot.line import until


async def test_a_refused_token_is_said_once_and_asked_for_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    troubles: list[Exception] = [OSError(), ValueError("canary")]
    rests, rung = list[float](), list[bool]()

    async def ask() -> None:
        if troubles:
            raise troubles.pop()

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        await asyncio.sleep(0)

    token = Token(ask=ask, back=lambda: rung.append(True), sleep=sleep)
    watching = asyncio.create_task(token.watch())
    assert token.works
    for _ in range(3):
        token.refused("token_revoked")
    assert not token.works
    await until(lambda: token.works)
    assert (rests, rung) == ([30.0] * 3, [True])
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "SLACK_BOT_TOKEN" in errors[0].getMessage()
    assert "canary" not in caplog.text
    watching.cancel()


def test_the_codes_that_end_every_call() -> None:
    assert {"invalid_auth", "account_inactive", "token_revoked"} <= REFUSED
