import json
import subprocess
import sys
from pathlib import Path

import pytest

from generators.engine import models as subject
from generators.engine.models import listed, main
from tests.generators.engine.hub_stub import Hub
from tests.generators.engine.test_hub import ID, WEIGHTS, cache, hub, model

__all__ = ["cache", "hub", "model"]  # fixtures


def test_a_pull_says_size_and_licence_and_prints_the_folder(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", ID]) == 0
    said = capsys.readouterr()
    revision = hub.revision(ID)
    assert said.err.startswith(
        f"{ID}: text model, 10.3 kB, 10.3 kB to fetch, revision {revision[:8]}, "
        "licence: apache-2.0\n"
    )
    assert (Path(said.out.strip()) / "model.safetensors").read_bytes() == WEIGHTS
    assert main(["pull", ID]) == 0
    assert "0 B to fetch" in capsys.readouterr().err


def test_offline_a_pull_is_refused_and_asks_nobody(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", "--offline", ID]) == 2
    assert (
        capsys.readouterr().err == "Downloads are off (`offline = true`), so nothing was fetched.\n"
    )
    assert hub.asked == []


def test_a_pull_that_cannot_be_is_one_sentence(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", "some/other"]) == 2
    assert hub.asked
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "The hub shows no model some/other; if it is private, set HF_TOKEN."


def test_a_model_without_a_licence_says_so(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.licence = ""
    assert main(["pull", ID]) == 0
    assert "licence: no licence named; read its page" in capsys.readouterr().err


def test_what_is_configured_and_what_is_here_is_listed(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pull", ID])
    folder = tmp_path / "模型 🦊"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    capsys.readouterr()
    given = ["--text-model", "Qwen/Qwen3-0.6B", "--image-model", "", "--image-model", str(folder)]
    assert main(["list", *given, "--json"]) == 0
    text, image, other = map(json.loads, capsys.readouterr().out.splitlines())
    assert (text["id"], text["used"], text["usable"]) == ("Qwen/Qwen3-0.6B", "text_model", False)
    assert "`atelier models pull Qwen/Qwen3-0.6B` fetches it" in text["why_not"]
    assert image["used"] == "more_image_models"
    assert image["why_not"] == "模型 🦊 has no model_index.json, so it holds no image model."
    assert (other["id"], other["kind"], other["licence"]) == (ID, "text", "apache-2.0")
    assert (other["usable"], other["used"]) == (True, "")
    assert other["revision"] == hub.revision(ID)
    assert other["size_bytes"] > len(WEIGHTS)


def test_a_configured_model_that_is_here_is_listed_once(hub: Hub) -> None:
    main(["pull", ID])
    (one,) = listed({"text": [ID], "image": [""]})
    assert (one.usable, one.used, one.licence) == (True, "text_model", "apache-2.0")
    assert one.revision == hub.revision(ID)


def test_a_model_that_lost_a_file_is_not_usable(hub: Hub, cache: Path) -> None:
    main(["pull", ID])
    assert hub.asked
    for weights in cache.rglob("*.safetensors"):
        weights.unlink()
    (one,) = listed({})
    assert not one.usable
    assert one.why_not == f"Not all of it is here; `atelier models pull {ID}` fetches the rest."


def test_the_table_has_a_line_for_each_and_says_why_not(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pull", ID])
    capsys.readouterr()
    main(["list", "--text-model", "Qwen/Qwen3-0.6B"])
    head, first, second, why = capsys.readouterr().out.splitlines()
    assert head.split() == ["MODEL", "KIND", "SIZE", "LICENCE", "REVISION", "SETTING", "USABLE"]
    assert first.split() == ["Qwen/Qwen3-0.6B", "text", "-", "-", "-", "text_model", "no"]
    assert second.split()[:2] == [ID, "text"]
    assert second.split()[5] == hub.revision(ID)[:8]
    assert why.startswith("Qwen/Qwen3-0.6B is not on this machine")


def test_an_empty_cache_is_said(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not cache.exists()
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "No model is configured, and none is in the cache.\n"


def test_listing_needs_no_torch() -> None:
    code = f"import sys, {subject.__name__}; print('torch' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "False"
