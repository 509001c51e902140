import pytest

from bot.life.metrics import Metrics
from bot.life.seal import CountedGate
from generators.draft import Destination, Text, words
from moderation.gate import Cleared, SealBroken
from moderation.policy import Action, Policy
from tests.bot.builders import HERE, Word, draft, request


def blocked(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("atelier_unmoderated_blocked_total")


@pytest.fixture
def gate() -> CountedGate:
    rules = {"test.block": Action.BLOCK}
    return CountedGate((Word("forbidden", "test.block"),), Policy(input=rules, output=rules))


async def test_what_was_not_cleared_for_there_is_refused_counted_and_told(
    gate: CountedGate, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    gate.counting(metrics)
    asked = request()
    cleared = await gate.review(draft(asked, Text("canary")))
    assert isinstance(cleared, Cleared)
    assert words(gate.open(cleared, HERE)) == "canary"
    assert blocked(metrics) == 0
    for where in (HERE, Destination(channel="C9")):  # once more, and elsewhere
        with pytest.raises(SealBroken):
            gate.open(cleared, where)
    assert blocked(metrics) == 2
    assert asked.name in caplog.text
    assert "canary" not in caplog.text
