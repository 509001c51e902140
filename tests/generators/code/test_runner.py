"""A runner behind a real socket, with the real sandbox, and what becomes of it when it is gone."""

import json
import re
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generators.code import runner as subject
from generators.code.proof import Source
from generators.code.remote import Remote, found, reach
from generators.code.runner import Runner
from generators.code.sandbox import Limits, Program, Ran, Sandbox, SandboxGone, Unavailable, probe
from generators.code.trial import Trial
from generators.code.wire import (
    MOST_BYTES,
    Unheard,
    program_of,
    receive,
    run_of,
    send,
    told_program,
    told_run,
)

pytestmark = [pytest.mark.sockets, pytest.mark.thorough]

RIGHT = "def double(x):\n    return 2 * x\n"
TESTS = "from solution import double\n\ndef test_it():\n    assert double(2) == 4\n"
AWAY = "Nothing can be run here: the runner does not answer."


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    made = probe(Limits(wall_s=6.0))
    if isinstance(made, Unavailable):
        pytest.skip(made.why)
    return made


@contextmanager
def served(sandbox: Sandbox, path: Path) -> Iterator[Runner]:
    with Runner(path, sandbox) as runner:
        thread = threading.Thread(target=runner.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield runner
        finally:
            runner.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def runner(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("runner") / "s"
    with served(sandbox, path):
        yield path


def judged(path: Path, program: str) -> tuple[str, bool, str]:
    trial = Trial(found(str(path)))
    said = trial.judge(Source("solution.py", program), Source("test_it.py", TESTS))
    return said.state, said.ran, said.why


def test_tests_that_a_runner_runs_say_as_much_as_here(runner: Path) -> None:
    assert judged(runner, RIGHT) == ("passed", True, "1 test passed in the sandbox.")
    assert judged(runner, RIGHT.replace("2 *", "3 *"))[:2] == ("failed", True)
    remote = reach(str(runner))
    assert isinstance(remote, Remote)
    assert remote.limits.wall_s == 6.0
    assert remote.has("/bin/bash")
    assert not remote.has("/etc/passwd")
    said = Trial(remote).judge(Source("好.sh", "echo 你好 🙂; exit 3"))
    assert (said.state, said.exit, said.output) == ("checked", 3, "你好 🙂\n")


def test_what_is_run_sees_nothing_of_the_runner(
    runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary-7f3a")
    source = (
        "import glob, os\nfor name in glob.glob('/proc/*/environ'):\n"
        f"    print(open(name, 'rb').read())\nprint(os.path.exists({str(runner)!r}))\n"
    )
    said = Trial(found(str(runner))).judge(Source("a.py", source))
    assert said.ran
    assert "canary" not in said.output
    assert said.output.endswith("False\n")


def test_who_opens_the_socket_is_somebody_who_may(runner: Path) -> None:
    assert stat.S_IMODE(runner.lstat().st_mode) == 0o660


def test_without_a_runner_nothing_is_run(tmp_path: Path) -> None:
    assert judged(tmp_path / "nobody", RIGHT) == ("checked", False, f"It parses. {AWAY}")


def test_a_runner_that_goes_away_in_between_leaves_it_checked(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with served(sandbox, tmp_path / "s"):
        remote = reach(str(tmp_path / "s"))
    assert isinstance(remote, Remote)
    said = Trial(remote).judge(Source("solution.py", RIGHT), Source("test_it.py", TESTS))
    assert (said.state, said.ran, said.why) == ("checked", False, f"It parses. {AWAY}")
    with served(sandbox, tmp_path / "s"):  # the socket that it left is taken over
        assert isinstance(reach(str(tmp_path / "s")), Remote)


def test_the_compose_file_gives_a_runner_nothing() -> None:
    root = Path(__file__).parents[3]
    told = yaml.safe_load((root / "docs/compose.yaml").read_text(encoding="utf-8"))
    services = told["services"]
    runner = services["runner"]
    assert runner["command"] == ["atelier", "runner", "--socket", "/run/atelier/runner.sock"]
    user = re.search(r"--uid (\d+)", (root / "Dockerfile").read_text(encoding="utf-8"))
    assert user is not None
    assert f"uid={user[1]},mode=0770" in told["volumes"]["runner"]["driver_opts"]["o"]
    assert runner["network_mode"] == "none"
    assert runner["read_only"] is True
    assert runner["cap_drop"] == ["ALL"]
    assert not runner.keys() & {"environment", "env_file", "secrets", "privileged", "cap_add"}
    assert set(runner["volumes"]) & set(services["bot"]["volumes"]) == set(runner["volumes"])


def asked(path: Path, sent: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(path))
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return receive(line)


def framed(said: object) -> bytes:
    body = json.dumps(said).encode()
    return len(body).to_bytes(8, "big") + body


OUTSIDE = {"ask": "run", **told_program(Program(command=("true",), files={"/etc/a": b""}))}
UP = {"ask": "run", **told_program(Program(command=("true",), files={"/box/../etc/a": b""}))}
LONG = {"ask": "run", **told_program(Program(command=("true",), given=bytes(70_000)))}
MANY = {"ask": "run", **told_program(Program(command=("true",) * 99))}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ((MOST_BYTES + 1).to_bytes(8, "big"), "too long"),
        (b"\xff" * 64, "too long"),
        (b"GET / HTTP/1.1\r\n\r\n", "too long"),
        ((100).to_bytes(8, "big") + b"{", "broke off"),
        (b"", "broke off"),
        ((4).to_bytes(8, "big") + b"none", "no JSON"),
        (framed([1]), "no object"),
        (framed({"ask": "reboot"}), "asks for nothing"),
        (framed({"ask": "run"}), "tells of no program"),
        (framed({"ask": "run", "command": ["a"], "files": {}, "given": "好"}), "of no program"),
        (framed(OUTSIDE), "outside of its folder"),
        (framed(UP), "outside of its folder"),
        (framed(MANY), "too many parts"),
        (framed(LONG), "too much to read"),
    ],
)
def test_what_is_no_program_is_refused(runner: Path, sent: bytes, why: str) -> None:
    assert why in str(asked(runner, sent)["refused"])


def test_when_too_much_runs_it_says_so(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "PATIENCE_S", 0.05)
    with served(sandbox, tmp_path / "s") as runner:
        for _ in range(subject.AT_ONCE):
            runner.turns.acquire()
        assert judged(tmp_path / "s", RIGHT)[:2] == ("checked", False)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ended": "well", "status": 0, "output": "", "cut": False, "report": "", "seconds": 0},
        {"ended": "exited", "status": "0", "output": "", "cut": False, "report": "", "seconds": 0},
        {"ended": "exited", "status": 0, "output": "好", "cut": False, "report": "", "seconds": 0},
    ],
)
def test_a_runner_that_lies_about_a_run_is_not_believed(
    runner: Path, tmp_path: Path, answer: dict[str, object]
) -> None:
    remote = reach(str(runner))
    assert isinstance(remote, Remote)
    path = tmp_path / "liar"
    with socket.socket(socket.AF_UNIX) as liar:
        liar.bind(str(path))
        liar.listen()

        def lie() -> None:
            line, _ = liar.accept()
            with line:
                receive(line)
                send(line, answer)

        thread = threading.Thread(target=lie)
        thread.start()
        with pytest.raises(SandboxGone, match="as it should"):
            replace(remote, path=str(path)).run(Program(command=("true",)))
        thread.join()


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
names = words.filter(lambda word: word.strip("./") == word and "/" not in word and word)


@given(
    st.lists(words, min_size=1, max_size=5),
    st.dictionaries(names.map("/box/code/{}".format), st.binary(max_size=99), max_size=5),
    st.binary(max_size=99),
)
def test_a_program_arrives_as_it_was_sent(
    command: list[str], files: dict[str, bytes], stdin: bytes
) -> None:
    program = Program(command=tuple(command), files=files, given=stdin, virtual_memory=False)
    assert program_of(json.loads(json.dumps(told_program(program)))) == program


@given(st.binary(max_size=99), st.binary(max_size=99), st.none() | st.integers())
def test_a_run_arrives_as_it_was(output: bytes, report: bytes, status: int | None) -> None:
    ran = Ran(ended="time", status=status, output=output, cut=True, report=report, seconds=0.5)
    assert run_of(json.loads(json.dumps(told_run(ran)))) == ran


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x, max_size=3)))
def test_nothing_else_is_taken_for_one(value: object) -> None:
    for reader in (program_of, run_of):
        with pytest.raises(Unheard):
            reader({"command": value, "ended": value, "status": value})
