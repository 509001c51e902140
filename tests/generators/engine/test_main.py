import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from bot.processes import engine_arguments
from bot.settings import Settings
from generators.engine.__main__ import _parser, _settings, bind
from generators.engine.options import EngineSettings
from generators.engine.watchdog import STATUS

REPOSITORY = Path(__file__).parents[3]
TIMEOUT_S = 60
HANGING = "tests.generators.engine.hanging"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def start(*options: str, module: str = "generators.engine") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, "--offline", *options]
    return subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_process_says_where_it_listens_and_takes_the_next_free_port(taken: int) -> None:
    with start("--port", str(taken), "--json") as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            others = dict.fromkeys(("embed", "classify", "image", "text"))
            assert line["models"] == {"restore": "restore", **others}
            assert line["url"].startswith("http://127.0.0.1:")
            assert not line["url"].endswith(f":{taken}")
            assert httpx2.get(f"{line['url']}/health", timeout=TIMEOUT_S).json()["status"] == "ok"
        finally:
            process.terminate()
            _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert f"Port {taken} is taken; using " in stderr


def test_an_interrupt_ends_the_process_without_a_traceback() -> None:
    with start("--port", "0", "--restore-model", "") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("The engine listens on http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, stderr) == (0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An engine with a tiny language model in a process of its own."""

    url: str
    process: "subprocess.Popen[str]"

    def asked(self, tokens: int) -> contextlib.AbstractContextManager[httpx2.Response]:
        body = {"model": "writer", "messages": [{"role": "user", "content": "你好 🎉"}]}
        body |= {"max_tokens": tokens, "stream": True, "temperature": 2.0, "seed": 3}
        return httpx2.stream(
            "POST", f"{self.url}/v1/chat/completions", json=body, timeout=TIMEOUT_S
        )

    def ended(self) -> tuple[int, str]:
        _, stderr = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, stderr


@contextlib.contextmanager
def writing(models: Path, *options: str, module: str = "generators.engine") -> Iterator[Started]:
    given = ["--json", "--port", "0", "--device", "cpu", "--text-model", str(models / "writer")]
    with start(*given, *options, module=module) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            assert process.stderr is not None
            assert any("language model writer is ready" in line for line in process.stderr)
            yield Started(url=url, process=process)
        finally:
            process.kill()


def payloads(lines: Iterator[str]) -> Iterator[str]:
    return (line.removeprefix("data: ") for line in lines if line.startswith("data: "))


@pytest.mark.torch
def test_a_signal_lets_an_answer_under_way_end_and_takes_nothing_new(models: Path) -> None:
    with writing(models) as engine, engine.asked(200) as answer:
        lines = payloads(answer.iter_lines())
        next(lines)
        engine.process.send_signal(signal.SIGTERM)
        *told, last = lines
        assert last == "[DONE]"
        reasons = [json.loads(one)["choices"][0]["finish_reason"] for one in told]
        assert reasons[-1] in {"length", "stop"}
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{engine.url}/health")
        code, stderr = engine.ended()
    assert code == 0
    assert "Traceback" not in stderr


@pytest.mark.torch
def test_an_answer_that_is_not_done_in_time_gets_a_last_event_even_if_its_step_hangs(
    models: Path,
) -> None:
    given = ["--drain-s", "0.2"]
    with writing(models, *given, module=HANGING) as engine, engine.asked(9) as answer:
        lines = payloads(answer.iter_lines())
        next(lines)
        engine.process.send_signal(signal.SIGTERM)
        *_, last = lines
        error = json.loads(last)["error"]
        assert (error["code"], error["type"]) == ("engine_stopping", "service_unavailable_error")
        code, stderr = engine.ended()
    assert code == 0
    assert "requests were not done in time" in stderr


@pytest.mark.torch
def test_a_second_signal_skips_the_waiting(models: Path) -> None:
    given = ["--drain-s", "1000"]
    with writing(models, *given, module=HANGING) as engine, engine.asked(9) as answer:
        lines = payloads(answer.iter_lines())  # kept: the connection is closed along with it
        next(lines)
        engine.process.send_signal(signal.SIGTERM)
        assert engine.process.stderr is not None
        assert any("the engine stops" in line for line in engine.process.stderr)
        engine.process.send_signal(signal.SIGTERM)
        code, _ = engine.ended()
    assert code == 0


@pytest.mark.torch
def test_a_model_that_hangs_ends_the_process_after_a_last_event(models: Path) -> None:
    given = ["--stall-s", "1"]
    with writing(models, *given, module=HANGING) as engine, engine.asked(9) as answer:
        *_, last = payloads(answer.iter_lines())
        assert json.loads(last)["error"]["code"] == "engine_stopping"
        code, stderr = engine.ended()
    assert code == STATUS
    assert "the language model has made no step for" in stderr
    assert "hanging.py" in stderr


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
    assert settings_of([]) == EngineSettings(restore="restore")
    more = settings_of(["--adapter", "a=/x=y", "--adapter", "客服=b/c", "--quantization", "nf4"])
    assert more.adapters == (("a", "/x=y"), ("客服", "b/c"))
    assert more.quantization == "nf4"


@pytest.mark.parametrize("value", ["legal", "=x", "legal=", "a:b=x"])
def test_an_adapter_without_name_or_place_is_refused(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        settings_of(["--adapter", value])
    assert "--adapter" in capsys.readouterr().err


def test_limits_in_seconds_reach_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    found = _parser().parse_args(["--drain-s", "1.5", "--stall-s", "0"])
    assert (found.drain_s, found.stall_s) == (1.5, 0)
    for wrong in ("-1", "inf", "nan", "soon"):
        with pytest.raises(SystemExit):
            _parser().parse_args(["--stall-s", wrong])
        assert "--stall-s" in capsys.readouterr().err


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
    engine |= {"adapters": {"legal": "some/folder"}, "quantization": "int8"}
    settings = Settings.model_validate({"engine": engine})
    found = settings_of(engine_arguments(settings, port=0)[1:])
    assert (found.rows, found.room_tokens, found.dtype, found.triton) == (5, 4096, "float32", True)
    assert (found.adapters, found.quantization) == ((("legal", "some/folder"),), "int8")
    told = _parser().parse_args(engine_arguments(settings, port=0)[1:])
    assert (told.drain_s, told.stall_s) == (settings.drain_s, settings.engine.stall_s)
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


@pytest.mark.parametrize("download", [False, True])
def test_offline_turns_every_download_off(*, download: bool) -> None:
    settings = Settings.model_validate({"engine": {"download": download}, "offline": True})
    assert settings_of(engine_arguments(settings, port=0)[1:]).offline
    settings = settings.model_copy(update={"offline": False})
    assert settings_of(engine_arguments(settings, port=0)[1:]).offline is not download


def settings_of(arguments: list[str]) -> EngineSettings:
    return _settings(_parser().parse_args(arguments))
