"""Posts of unknown outcome are counted by what they came to."""

import pytest

from bot.delivery.delivery import Delivery
from bot.ledger.counted import CountedLedger
from bot.ledger.writer import Writer
from bot.life.metrics import Metrics
from moderation.gate import Gate
from tests.bot.builders import LEASE_S, keys, request
from tests.bot.recorder import UNKNOWN, Lost, Recorder, Trouble


@pytest.mark.parametrize(("trouble", "how"), [(Lost(), "found"), (UNKNOWN, "again"), (None, "")])
async def test_how_a_post_of_unknown_outcome_came_out_is_counted(
    slack: Recorder, seals: Gate, writer: Writer, trouble: Trouble, how: str
) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    slack.script["post"] = [trouble]
    asked = request()
    await ledger.accept(asked)
    await Delivery(slack, seals, ledger, settle_s=0.0).place(asked)
    count = metrics.registry.get_sample_value
    name = "atelier_placeholder_reconciled_total"
    for each in ("found", "again"):
        assert (count(name, {"how": each}) or 0) == (each == how)
