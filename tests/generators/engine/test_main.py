import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bot.processes import engine_arguments
from bot.settings import Settings
from generators.engine.__main__ import _parser, _settings, bind
from generators.engine.options import EngineSettings

REPOSITORY = Path(__file__).parents[3]
TIMEOUT_S = 60


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "generators.engine", "--offline", *options]
    return subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_process_says_where_it_listens_and_takes_the_next_free_port(taken: int) -> None:
    with start("--port", str(taken), "--json") as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert line["models"] == {"embed": None, "image": None, "text": None}
            assert line["url"].startswith("http://127.0.0.1:")
            assert not line["url"].endswith(f":{taken}")
            assert httpx2.get(f"{line['url']}/health", timeout=TIMEOUT_S).json()["status"] == "ok"
        finally:
            process.terminate()
            _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert f"Port {taken} is taken; using " in stderr


def test_an_interrupt_ends_the_process_without_a_traceback() -> None:
    with start("--port", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("The engine listens on http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, stderr) == (0, "")


@pytest.mark.torch
def test_an_interrupt_ends_answers_under_way_and_the_process(models: Path) -> None:
    given = ["--json", "--port", "0", "--device", "cpu", "--text-model", str(models / "writer")]
    with start(*given) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert process.stderr is not None
        assert any("is ready" in line for line in process.stderr)
        body = {"model": "writer", "messages": [{"role": "user", "content": "你好"}]}
        body |= {"max_tokens": 200, "stream": True, "temperature": 2.0, "seed": 3}
        with httpx2.stream("POST", f"{url}/v1/chat/completions", json=body) as answer:
            next(answer.iter_lines())
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert "Traceback" not in stderr


def test_the_server_listens_without_torch() -> None:
    code = "import sys, generators.engine.__main__; print('torch' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    )
    assert done.stdout.strip() == "False"


def test_a_taken_port_gives_the_next_free_one(
    taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with bind(taken) as listener:
        port = listener.getsockname()[1]
    assert taken < port < taken + 50
    assert capsys.readouterr().err == f"Port {taken} is taken; using {port}.\n"


def test_port_zero_is_any_free_port(capsys: pytest.CaptureFixture[str]) -> None:
    with bind(0) as listener:
        assert listener.getsockname()[1] > 0
    assert capsys.readouterr().err == ""


def test_every_option_reaches_the_engine() -> None:
    given = ["--rows", "3", "--room-tokens", "99", "--dtype", "bfloat16", "--waiting", "7"]
    found = settings_of([*given, "--triton", "--device", "cpu"])
    assert (found.rows, found.room_tokens, found.dtype) == (3, 99, "bfloat16")
    assert (found.waiting, found.triton, found.device) == (7, True, "cpu")
    assert settings_of([]) == EngineSettings()


def test_options_of_pictures_and_of_several_models_reach_the_engine() -> None:
    given = ["--image-model", "a", "--image-model", "b", "--text-model", "c", "--text-model", "d"]
    given += ["--lora", "墨=/l/ink=2.safetensors", "--lora", "b=c", "--memory-gib", "1.5"]
    found = settings_of([*given, "--pictures", "3", "--offload", "group", "--tiling"])
    assert (found.image, found.more_images) == ("a", ("b",))
    assert (found.text, found.more_texts) == ("c", ("d",))
    assert found.loras == (("墨", "/l/ink=2.safetensors"), ("b", "c"))
    assert (found.memory_bytes, found.pictures) == (1610612736, 3)
    assert (found.offload, found.tiling) == ("group", True)


@pytest.mark.parametrize(
    "given",
    [
        *(["--memory-gib", value] for value in ("0", "-1", "nan", "inf", "much")),
        *(["--lora", value] for value in ("ink", "=path", "ink=")),
        ["--offload", "disk"],
    ],
)
def test_an_option_that_cannot_be_is_refused(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        settings_of(given)
    assert refused.value.code == 2
    assert given[0] in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--rows", "--room-tokens", "--waiting"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_count_that_is_none_is_refused(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        settings_of([option, value])
    assert refused.value.code == 2
    assert option in capsys.readouterr().err


def test_the_bots_settings_are_options_of_the_engine() -> None:
    engine = {"rows": 5, "room_tokens": 4096, "dtype": "float32", "triton": True, "device": "cpu"}
    settings = Settings.model_validate({"engine": engine})
    found = settings_of(engine_arguments(settings, port=0)[1:])
    assert (found.rows, found.room_tokens, found.dtype, found.triton) == (5, 4096, "float32", True)
    more = {"more_text_models": ["b"], "image_model": "c", "more_image_models": ["d"]}
    more |= {"memory_gib": 2, "pictures": 4, "loras": {"墨": "/ink"}, "tiling": True}
    settings = Settings.model_validate({"engine": {**more, "text_model": "a", "offload": "model"}})
    found = settings_of(engine_arguments(settings, port=0)[1:])
    assert (found.text, found.more_texts) == ("a", ("b",))
    assert (found.image, found.more_images) == ("c", ("d",))
    assert (found.memory_bytes, found.pictures, found.tiling) == (2 * 2**30, 4, True)
    assert (found.loras, found.offload) == ((("墨", "/ink"),), "model")
    plain = settings_of(engine_arguments(Settings.model_validate({}), port=0)[1:])
    assert plain.room_tokens is None


def settings_of(arguments: list[str]) -> EngineSettings:
    return _settings(_parser().parse_args(arguments))
