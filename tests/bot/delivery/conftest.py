"""A delivery over a Slack in memory."""

import pytest

from bot.delivery import pages, posting
from bot.delivery.delivery import Delivery
from bot.ledger.ledger import Ledger
from moderation.gate import Gate
from tests.bot.builders import gate
from tests.bot.recorder import Recorder


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing: the waits are Slack's, and nothing here is Slack."""
    monkeypatch.setattr(posting, "PATIENCE_S", 0.0)
    monkeypatch.setattr(pages, "POLLS_S", (0.0,) * len(pages.POLLS_S))


@pytest.fixture
def slack() -> Recorder:
    return Recorder()


@pytest.fixture
def seals() -> Gate:
    return gate()


@pytest.fixture
def delivery(slack: Recorder, seals: Gate, ledger: Ledger) -> Delivery:
    return Delivery(slack, seals, ledger, settle_s=0.0)
