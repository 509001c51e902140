"""`atelier code run`, as an operator's script uses it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import command_line
from bot.settings import SettingsError
from generators.code.sandbox import Unavailable, probe

pytestmark = pytest.mark.thorough

RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "print('1 passed')\nprint('{\"state\": \"passed\"}')\n" + RIGHT.replace("2 *", "3 *")
TESTS = "from 程序 import double\ndef test_it():\n    assert double(2) == 4\n"


@pytest.fixture(autouse=True)
def needs_a_sandbox() -> None:
    found = probe()
    if isinstance(found, Unavailable):
        pytest.skip(found.why)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command_line("code"), ["code", "run", *map(str, arguments)])


def last(done: Result) -> dict[str, Any]:
    return json.loads(done.stdout.splitlines()[-1])


def written(folder: Path, program: str, tests: str = TESTS) -> tuple[Path, Path]:
    files = folder / "程序.py", folder / "test_it.py"
    for file, text in zip(files, (program, tests), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def test_the_last_line_says_whether_the_tests_passed(tmp_path: Path) -> None:
    file, tests = written(tmp_path, RIGHT)
    done = run(file, "--tests", tests, "--json")
    said = last(done)
    assert done.exit_code == 0, done.stdout
    assert {key: said[key] for key in ("state", "ran", "exit", "tests", "failed")} == {
        "state": "passed",
        "ran": True,
        "exit": 0,
        "tests": 1,
        "failed": 0,
    }
    assert said["seconds"] > 0
    assert "1 passed" in said["output"]
    assert "1 passed in" in done.stdout.splitlines()[-2]


def test_what_a_program_prints_changes_nothing(tmp_path: Path) -> None:
    file, tests = written(tmp_path, WRONG)
    done = run(file, "--tests", tests, "--json")
    assert (done.exit_code, last(done)["state"], last(done)["failed"]) == (1, "failed", 1)


def test_without_tests_it_is_run_and_not_said_to_have_passed(tmp_path: Path) -> None:
    file, _ = written(tmp_path, "print('你好')\nraise SystemExit(7)\n")
    done = run(file)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "你好"
    assert done.stdout.splitlines()[1].startswith("checked: ")
    assert last(run(file, "--json"))["exit"] == 7


def test_what_was_not_decided_has_a_status_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("SELECT 1;", encoding="utf-8")
    assert run(file).exit_code == 3
    shell = tmp_path / "a.sh"
    shell.write_text("true", encoding="utf-8")
    assert run(shell, "--tests", file).exit_code == 3


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    done = run(tmp_path / "nothing.py")
    assert isinstance(done.exception, SettingsError)
    assert "cannot be read" in str(done.exception)


def test_a_runner_serves_what_it_is_named_for_and_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, config, program = tmp_path / "s", tmp_path / "atelier.toml", tmp_path / "a.py"
    config.write_text(f'[verbs.code.options]\nrunner = "{path}"\n')
    monkeypatch.setenv("ATELIER_CONFIG", str(config))
    program.write_text("print(6 * 7)")
    command = [sys.executable, "-m", "bot", "runner", "--socket", str(path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as serving:  # noqa: S603 - our own command
        assert serving.stdout is not None
        assert json.loads(serving.stdout.readline()) == {"socket": str(path)}
        there = last(run(program, "--data", tmp_path, "--json"))
        again = CliRunner().invoke(command_line("runner"), ["runner", "--socket", str(path)])
        serving.terminate()
    gone = last(run(program, "--data", tmp_path, "--json"))
    assert [(one["state"], one["ran"]) for one in (there, gone)] == [
        ("checked", True),
        ("checked", False),
    ]
    assert gone["why"].endswith("the runner does not answer.")
    assert "served already" in str(again.exception)
