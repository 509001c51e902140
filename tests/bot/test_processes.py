import os

import pytest

from bot.processes import child, engine_arguments
from bot.settings import EngineSettings, HostSettings, load

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("niceness", [0, 10])
async def test_a_child_stands_back_as_far_as_it_is_told(niceness: int) -> None:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    async with child("workspace", ["workspace", "--port", "0", "--json"], niceness=niceness) as one:
        assert os.getpriority(os.PRIO_PROCESS, one.process.pid) == max(niceness, mine)


def test_our_engine_does_not_load_what_another_server_has() -> None:
    text = HostSettings(url="http://gpu-1:8000/v1")
    settings = load(engine=EngineSettings(text_model="qwen", image_model="flux", text=text))
    arguments = engine_arguments(settings, port=0)
    assert "--text-model" not in arguments
    assert arguments[arguments.index("--image-model") + 1] == "flux"
