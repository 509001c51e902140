import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import adapting
from bot.__main__ import command_line
from bot.processes import engine_arguments
from bot.settings import load
from generators import adapters
from generators.dataset import DatasetError
from tests.generators.shelved import offered
from tests.generators.test_dataset import folder, talk


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been started in place of this process."""
    found: list[list[str]] = []
    monkeypatch.setattr(adapting, "become", found.append)
    monkeypatch.setattr(adapting, "find_spec", len)
    return found


def run(*given: str) -> tuple[int, str]:
    result = CliRunner().invoke(command_line(given[0]), list(given), catch_exceptions=False)
    return result.exit_code, result.stdout


def test_data_are_judged_before_a_training_begins(started: list[list[str]], tmp_path: Path) -> None:
    data = folder(tmp_path, talks=[talk("one"), talk("two")])
    given = ["support", str(data), "--base", "our/model", "--steps", "9", "--data", str(tmp_path)]
    assert run("train", "text-lora", *given)[0] == 0
    where = tmp_path / "training" / "text-lora" / "support"
    shelf = str(tmp_path / "adapters" / "support")
    wanted = ["text-lora", "--run", str(where), "--shelf", shelf, "--base", "our/model"]
    assert started == [["generators.training", "--threads", "0", *wanted, "--steps", "9"]]
    assert len(json.loads(where.joinpath("suite.json").read_text(encoding="utf-8"))) >= 30
    assert json.loads(where.joinpath("dataset.json").read_text(encoding="utf-8"))["learned"] == 1


def test_data_without_a_record_start_nothing(started: list[list[str]], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no DATASET\.toml"):
        run("train", "gan", str(tmp_path), "--data", str(tmp_path))
    assert started == []


def test_a_candidate_is_promoted_used_and_taken_back(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    version = offered(shelf, b"one")
    code, told = run("train", "promote", "support", "--data", str(tmp_path))
    assert (code, json.loads(told)["promoted"]) == (0, True)
    settings = load(data=tmp_path, engine={"text_model": "our/model"})
    used = f"--adapter=support={shelf.version(version)}"
    assert used in engine_arguments(settings, port=0)
    code, told = run("train", "back", "support", "--data", str(tmp_path))
    assert (code, json.loads(told)["left"]) == (0, version)
    assert used not in engine_arguments(settings, port=0)


def test_a_worse_candidate_ends_with_1(tmp_path: Path) -> None:
    offered(adapters.shelf(tmp_path, "support"), b"one", held_out=3.0)
    code, told = run("train", "promote", "support", "--data", str(tmp_path))
    assert (code, json.loads(told)["promoted"]) == (1, False)


def test_what_waits_is_measured(started: list[list[str]], tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    version = offered(shelf, b"one")
    run("evaluate", "text", "support", "--data", str(tmp_path))
    assert started[0][3] == "evaluate-text"
    assert started[0][-1] == str(shelf.version(version))
