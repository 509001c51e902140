import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from generators.engine.__main__ import bind

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
