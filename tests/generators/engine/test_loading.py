import json
import shutil
from pathlib import Path

import openai
import pytest

from generators.engine.options import EngineSettings
from tests.generators.engine.conftest import RunningEngine, Serve

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")


def test_ready_models_are_listed_with_their_kind(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    listed = {model.id: (model.owned_by, model.kind) for model in client.models.list().data}  # pyrefly: ignore[missing-attribute] - an extra field
    assert listed == {
        "writer": ("local", "text"),
        "painter": ("local", "image"),
        "encoder": ("local", "embed"),
    }
    health = engine.health()
    assert health["status"] == "ok"
    states = {kind: model["state"] for kind, model in health["models"].items()}
    assert states == {"text": "ready", "image": "ready", "embed": "ready", "classify": "absent"}


def test_broken_models_leave_the_others_working(
    serving: Serve, models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text, image = tmp_path / "cut-off", tmp_path / "half-painter"
    shutil.copytree(models / "writer", text)
    (text / "model.safetensors").write_bytes(b"\0" * 100)
    shutil.copytree(models / "painter", image)
    shutil.rmtree(image / "vae")
    settings = EngineSettings(
        text=str(text), image=str(image), embed=str(models / "encoder"), device="cpu", offline=True
    )
    with serving(settings) as engine, engine.client() as client:
        health = engine.health()["models"]
        assert [health[kind]["state"] for kind in ("text", "image")] == ["failed", "failed"]
        for kind in ("text", "image"):
            assert_is_one_sentence(str(health[kind]["reason"]), tmp_path)
        with pytest.raises(openai.InternalServerError, match="could not be loaded") as error:
            client.chat.completions.create(
                model="cut-off", messages=[{"role": "user", "content": "hi"}]
            )
        assert error.value.status_code == 503
        made = client.embeddings.create(model="encoder", input="hi")
        assert len(made.data[0].embedding) == 16
    assert "Traceback" in caplog.text


def assert_is_one_sentence(reason: str, folder: Path) -> None:
    assert "could not be loaded" in reason
    assert reason.endswith(".")
    assert "\n" not in reason
    assert "Traceback" not in reason
    assert str(folder) not in reason


def load_failure(serving: Serve, settings: EngineSettings, kind: str) -> str:
    with serving(settings) as engine:
        model = engine.health()["models"][kind]
    assert model["state"] == "failed"
    return str(model["reason"])


def test_a_language_model_without_a_chat_template_is_refused(
    serving: Serve, models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "base"
    shutil.copytree(models / "writer", folder)
    (folder / "chat_template.jinja").unlink()
    reason = load_failure(serving, EngineSettings(text=str(folder), device="cpu"), "text")
    assert reason == "base has no chat template, so it cannot hold a conversation."


def test_an_encoder_that_pools_otherwise_is_refused(
    serving: Serve, models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cls"
    shutil.copytree(models / "encoder", folder)
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    reason = load_failure(serving, EngineSettings(embed=str(folder), device="cpu"), "embed")
    assert reason == "cls does not pool by the mean, and nothing else is supported."


def test_code_in_a_models_folder_is_not_run(serving: Serve, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own-code"
    shutil.copytree(models / "writer", folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    reason = load_failure(serving, EngineSettings(text=str(folder), device="cpu"), "text")
    assert "could not be loaded" in reason
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_cuda_where_there_is_none_is_refused(serving: Serve, models: Path) -> None:
    settings = EngineSettings(embed=str(models / "encoder"), device="cuda")
    reason = load_failure(serving, settings, "embed")
    assert reason == "CUDA was asked for, but this machine offers no CUDA device."


def test_offloading_needs_a_device_to_come_back_to(models: Path) -> None:
    from generators.engine import loading  # noqa: PLC0415 - imports torch
    from generators.engine.resolve import Unusable  # noqa: PLC0415 - as above

    with pytest.raises(Unusable, match="Offloading was asked for"):
        loading.image(models / "painter", EngineSettings(device="cpu", offload="model"))


def test_large_pictures_are_decoded_in_parts_where_that_is_asked_for(models: Path) -> None:
    from generators.engine import loading  # noqa: PLC0415 - imports torch

    for tiling in (True, False):
        settings = EngineSettings(device="cpu", tiling=tiling)
        made = loading.image(models / "painter", settings)
        assert made.easel.pipeline("mask").vae.use_tiling is tiling
