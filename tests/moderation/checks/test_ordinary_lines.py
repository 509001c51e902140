"""Lines of logs, code and talk, full of numbers and hashes: nothing in them is anybody's."""

from collections import Counter

import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.policy import Direction
from tests.moderation.ordinary import ordinary
from tests.moderation.planted import seeded

CHECKS = (Secrets(), Pii())


def flagged(draws: range) -> list[tuple[str, str, str]]:
    return [
        (finding.category, line[finding.start : finding.end], line)
        for draw in draws
        for line in ordinary(seeded(draw))
        for check in CHECKS
        for finding in check.inspect(Text(line), Direction.OUTPUT)
    ]


def test_nothing_is_found_in_lines_of_work() -> None:
    assert not flagged(range(20))


@pytest.mark.thorough
def test_hardly_anything_is_found_in_many_lines_of_work() -> None:
    lines = sum(1 for _ in ordinary(seeded(0))) * 400
    seen = flagged(range(400))
    assert len(seen) <= 0.001 * lines, Counter(category for category, *_ in seen)
