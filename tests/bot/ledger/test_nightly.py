import time

import pytest
from sqlalchemy import Engine

from bot.ledger.ledger import Ledger
from bot.ledger.nightly import EVERY_S, FIRST_S, Nightly
from bot.life.metrics import Metrics
from tests.bot.builders import execute
from tests.bot.ledger.test_counted import sample
from tests.bot.ledger.working import claimed, finished


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def test_when_all_agrees_it_says_so(engine: Engine, metrics: Metrics) -> None:
    assert sample(metrics, "audit_last_timestamp_seconds") == 0
    await Nightly(engine=engine, metrics=metrics).check()
    assert sample(metrics, "usage_mismatch") == sample(metrics, "audit_mismatch") == 0
    checked = sample(metrics, "audit_last_timestamp_seconds")
    assert checked is not None
    assert checked <= time.time()
    assert checked > 0


async def test_what_does_not_agree_is_counted_and_logged_without_names(
    engine: Engine,
    metrics: Metrics,
    ledger: Ledger,
    db: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await finished(ledger, await claimed(ledger))
    execute(db, "DELETE FROM usage")
    await Nightly(engine=engine, metrics=metrics).check()
    assert sample(metrics, "usage_mismatch") == 3  # the row, the output's, the sums of the day
    assert sample(metrics, "audit_mismatch") == 4  # and no message was recorded
    assert "the nightly audit found 4 mismatches, the first about req_" in caplog.text
    assert "U1" not in caplog.text


async def test_it_looks_after_the_start_and_then_every_day(
    engine: Engine, metrics: Metrics
) -> None:
    waits = list[float]()

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        if len(waits) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Nightly(engine=engine, metrics=metrics, sleep=sleep).run()
    assert waits == [FIRST_S, EVERY_S, EVERY_S]


async def test_a_database_that_does_not_answer_ends_nothing(
    engine: Engine, metrics: Metrics, db: str, caplog: pytest.LogCaptureFixture
) -> None:
    execute(db, "DROP TABLE send")
    metrics.books.usage_mismatch.set(7)
    await Nightly(engine=engine, metrics=metrics).check()
    assert sample(metrics, "usage_mismatch") == 7
    assert "the nightly audit waits" in caplog.text
