import io
import json
import logging
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

pytest.importorskip("huggingface_hub", reason="the engine extra is not installed")

from generators.engine import hub as subject
from generators.engine.fetching import Shown
from generators.engine.hub import Absent, Offer, Unusable, fetch, look_up
from generators.engine.resolve import cached, resolve
from tests.generators.engine.hub_stub import Hub, hub_of

ID = "some/model-0.6B"
WEIGHTS = bytes(range(256)) * 40


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of models."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text('{"你好": "🎉"}')
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "evil.py").write_text("raise SystemExit")
    return folder


@pytest.fixture
def hub(cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    assert not cache.exists()
    with hub_of({ID: model}) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(
            "huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False
        )
        yield hub


def quiet(_offer: Offer, _here: int) -> None:
    """Be told and say nothing."""


def test_what_a_model_takes_and_allows_is_known_before_it_is_fetched(hub: Hub) -> None:
    offer = look_up(ID)
    assert (offer.kind, offer.licence, offer.revision) == ("text", "apache-2.0", hub.revision(ID))
    assert {file.name for file in offer.files} == {
        "config.json", "tokenizer.json", "README.md", "model.safetensors",
    }  # fmt: skip
    assert offer.size_bytes == sum(file.size_bytes for file in offer.files) > len(WEIGHTS)
    assert offer.here_bytes == 0
    assert hub.fetched() == set()


def test_a_fetched_model_is_found_without_the_hub_and_no_pickle_is_in_it(hub: Hub) -> None:
    told: list[int] = []
    folder = fetch(look_up(ID), lambda _, here: told.append(here))
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert told == sorted(told)
    assert told[-1] == look_up(ID).size_bytes == look_up(ID).here_bytes
    assert not list(folder.glob("*.bin"))
    assert not list(folder.glob("*.py"))
    assert not hub.fetched() & {"pytorch_model.bin", "evil.py"}
    assert resolve(ID, "text", offline=True) == folder


def test_an_interrupted_file_goes_on_where_it_stopped(hub: Hub) -> None:
    hub.breaks_after = [1000, 500]
    folder = fetch(look_up(ID), quiet)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    ranges = [told for method, path, told in hub.asked if method == "GET" and "tensors" in path]
    assert ranges == ["bytes=0-", "bytes=1000-", "bytes=1500-"]


def test_a_pull_that_broke_off_is_told_of_and_goes_on_in_the_next_one(hub: Hub) -> None:
    hub.breaks_after = [1000, 0, 0, 0]
    with pytest.raises(Absent, match=r"not fetched to its end .* What is here is kept; try again"):
        fetch(look_up(ID), quiet)
    assert cached(ID, "text") is None
    assert look_up(ID).here_bytes == 1000
    hub.asked.clear()
    fetch(look_up(ID), quiet)
    ranges = [told for method, path, told in hub.asked if method == "GET" and "tensors" in path]
    assert ranges == ["bytes=1000-"]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_other_bytes_than_the_hub_lists_are_not_kept(hub: Hub, name: str) -> None:
    hub.lies = {name}
    with pytest.raises(Unusable, match=f"{name} of {ID} is not what the hub says it is"):
        fetch(look_up(ID), quiet)
    hub.lies = set()
    folder = fetch(look_up(ID), quiet)
    assert (folder / name).read_bytes() == hub.files(ID)[name]


def test_what_is_here_already_is_not_fetched_again(hub: Hub) -> None:
    fetch(look_up(ID), quiet)
    hub.asked.clear()
    fetch(look_up(ID), quiet)
    assert hub.fetched() == set()


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "SPARE_BYTES", shutil.disk_usage("/").total)
    with pytest.raises(Absent, match=r"needs 10\.\d kB more on the disk of .* Make room"):
        fetch(look_up(ID), quiet)
    assert hub.fetched() == set()


def test_a_model_without_safetensors_is_refused(hub: Hub, model: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(Unusable, match="no safetensors weights, and no other format is fetched"):
        look_up(ID)
    assert hub.fetched() == set()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("some/other", "The hub shows no model some/other; if it is private, set HF_TOKEN"),
        ("some/gated", "some/gated has terms to be accepted at http.*some/gated; then set HF_TOK"),
        ("no such/thing/是", "neither a folder nor the id of a model"),
    ],
)
def test_a_model_that_cannot_be_had_is_told_in_one_sentence(
    hub: Hub, asked: str, sentence: str
) -> None:
    hub.gated = {"some/gated"}
    with pytest.raises(Absent, match=sentence):
        look_up(asked)


def test_a_hub_that_takes_too_long_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not cache.exists()
    monkeypatch.setattr(subject, "HUB_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        with pytest.raises(Absent, match=f"{url} does not answer within 0 s"):
            look_up(ID)


def test_offline_nothing_is_asked(hub: Hub) -> None:
    with pytest.raises(Absent, match="downloads are off"):
        resolve(ID, "text", offline=True)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ({"model_index.json", "unet/config.json"}, "image"),
        ({"config.json", "modules.json"}, "embed"),
        ({"config.json"}, "text"),
    ],
)
def test_files_say_of_which_kind_a_model_is(names: set[str], kind: str) -> None:
    assert subject.kind_of(names) == kind


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_size_and_licence(hub: Hub) -> None:
    out, offer = Terminal(), look_up(ID)
    hub.licence = ""
    shown = Shown(out, clock=iter([0.0, 0.1, 0.3, 0.31]).__next__)
    for here in (0, offer.size_bytes // 4, offer.size_bytes // 2, offer.size_bytes):
        shown(offer, here)
    *_, half, whole = out.getvalue().split("\r")
    assert len(out.getvalue().split("\r")) == 4  # the second one came too soon after the first
    assert half.startswith("[###############---------------] some/model-0.6B (apache-2.0): 5.")
    assert whole.endswith("10.3 kB of 10.3 kB are here.\n")


def test_a_log_has_lines_now_and_then(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    offer = look_up(ID)
    assert hub.asked
    shown = Shown(io.StringIO(), clock=iter([0.0, 14.0, 16.0]).__next__)
    with caplog.at_level(logging.INFO):
        for here in (0, 100, 200):
            shown(offer, here)
    assert [json.loads(json.dumps(line.args))["reason"][-30:] for line in caplog.records] == [
        offer.sentence(0)[-30:],
        offer.sentence(200)[-30:],
    ]
