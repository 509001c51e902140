"""A slot whose model comes later."""

import threading
from pathlib import Path

import pytest

from generators.engine import slot as subject
from generators.engine.errors import NotReady
from generators.engine.options import EngineSettings
from generators.engine.roster import Roster
from tests.generators.engine.hub_stub import Hub
from tests.generators.engine.test_hub import ID, cache, hub, model

__all__ = ["cache", "hub", "model"]  # fixtures
TIMEOUT_S = 60


def test_a_model_that_was_pulled_meanwhile_is_found(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from generators.engine.models import main  # noqa: PLC0415 - a command, run beside the engine

    monkeypatch.setattr(subject, "LOOK_AGAIN_S", 0.05)
    heard: list[str] = []
    absent, found = threading.Event(), threading.Event()
    roster = Roster(EngineSettings(text=ID, offline=True))

    def hear(state: str) -> None:
        heard.append(state)
        (absent if state == "absent" else found).set()

    roster.text.hear(hear)
    roster.text.start()
    assert absent.wait(TIMEOUT_S)
    with pytest.raises(NotReady, match="is not on this machine, and downloads are off"):
        roster.text.ready(ID)
    assert main(["pull", ID]) == 0
    assert hub.asked
    assert capsys.readouterr().out
    assert found.wait(TIMEOUT_S)
    assert heard == ["absent", "failed"]  # it is there; that it is a model nobody has said
    roster.stop()


def test_a_download_is_told_by_health_while_it_runs(hub: Hub) -> None:
    hub.held.clear()
    roster = Roster(EngineSettings(text=ID))
    ended = threading.Event()
    roster.text.hear(lambda _: ended.set())
    roster.text.start()
    told = threading.Event()
    while "are here" not in str(roster.health()["models"]["text"]["reason"]):
        assert not told.wait(0.01)
    health = roster.health()
    assert health["status"] == "loading"
    assert health["models"]["text"]["reason"].startswith(f"{ID} (apache-2.0): 5.")
    hub.held.set()
    assert ended.wait(TIMEOUT_S)
    roster.stop()


def test_a_folder_that_comes_later_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "LOOK_AGAIN_S", 0.05)
    states: list[str] = []
    seen = threading.Semaphore(0)
    roster = Roster(EngineSettings(text=str(tmp_path / "later model"), offline=True))

    def hear(state: str) -> None:
        states.append(state)
        seen.release()

    roster.text.hear(hear)
    roster.text.start()
    assert seen.acquire(timeout=TIMEOUT_S)
    (tmp_path / "later model").mkdir()
    assert seen.acquire(timeout=TIMEOUT_S)
    assert states == ["absent", "failed"]
    assert roster.text.reason == "later model has no config.json, so it holds no text model."
    roster.stop()
