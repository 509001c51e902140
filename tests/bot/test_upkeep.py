import pytest

from bot.delivery.slack import UNKNOWN
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from bot.life.engine import breakers
from bot.life.metrics import Metrics, Queue
from bot.life.token import Token
from bot.upkeep import Upkeep, told
from tests.bot.builders import request


async def works() -> None:
    return


@pytest.fixture
async def token() -> Token:
    return Token(ask=works)


async def test_what_slack_says_is_counted_and_a_refused_token_is_noted(token: Token) -> None:
    metrics = Metrics()
    hear = told(metrics, token)
    for end in ("ok", "ok", UNKNOWN, "channel_not_found"):
        hear("chat.update", end)
    assert token.works
    value = metrics.registry.get_sample_value
    calls = {"method": "chat.update", "result": "ok"}
    assert value("atelier_slack_calls_total", calls) == 2
    assert value("atelier_slack_unknown_total") == 1
    hear("chat.update", "token_revoked")
    assert not token.works


async def test_what_waits_is_looked_up_and_stays_when_the_database_is_away(
    ledger: Ledger, writer: Writer, token: Token
) -> None:
    upkeep, queue = Upkeep(Metrics(), writer, breakers(), token, works), Queue()
    await upkeep.look(queue)
    assert (queue.depths, queue.oldest_s) == ({}, 0.0)
    await ledger.accept(request(verb="imagine"))
    await upkeep.look(queue)
    assert queue.depths == {("imagine", "accepted"): 1}
    assert queue.oldest_s >= 0
    writer.close()
    await upkeep.look(queue)
    assert queue.depths == {("imagine", "accepted"): 1}
