import os

import pytest

from bot.processes import child

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("niceness", [0, 10])
async def test_a_child_stands_back_as_far_as_it_is_told(niceness: int) -> None:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    async with child("workspace", ["workspace", "--port", "0", "--json"], niceness=niceness) as one:
        assert os.getpriority(os.PRIO_PROCESS, one.process.pid) == max(niceness, mine)
