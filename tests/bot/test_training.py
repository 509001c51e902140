from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import training
from bot.__main__ import command_line
from bot.settings import SettingsError


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been started in place of this process."""
    found: list[list[str]] = []

    def become(arguments: list[str]) -> None:
        found.append(arguments)

    def find_spec(name: str) -> str:
        return name

    monkeypatch.setattr(training, "become", become)
    monkeypatch.setattr(training, "find_spec", find_spec)
    return found


def test_only_the_options_that_were_given_are_handed_on(
    started: list[list[str]], tmp_path: Path
) -> None:
    given = ["train", "picture", "--pictures", "p", "--steps", "9", "--data", str(tmp_path)]
    result = CliRunner().invoke(command_line(given[0]), given, catch_exceptions=False)
    assert result.exit_code == 0
    run = str(tmp_path / "training" / "picture")
    wanted = ["generators.training", "--threads", "0", "picture", "--run", run]
    assert started == [[*wanted, "--pictures", "p", "--steps", "9"]]


def test_what_was_trained_in_the_data_folder_is_measured(
    started: list[list[str]], tmp_path: Path
) -> None:
    given = ["evaluate", "picture", "--pictures", "p", "--data", str(tmp_path)]
    result = CliRunner().invoke(command_line(given[0]), given, catch_exceptions=False)
    assert result.exit_code == 0
    assert started[0][3:6:2] == ["evaluate", str(tmp_path / "training" / "picture" / "model")]


def test_without_its_packages_it_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nothing(_name: str) -> None:
        """Find no package."""

    monkeypatch.setattr(training, "find_spec", nothing)
    given = ["train", "picture", "--pictures", "p", "--data", str(tmp_path)]
    with pytest.raises(SettingsError, match=r"atelier\[train\]"):
        CliRunner().invoke(command_line(given[0]), given, catch_exceptions=False)
