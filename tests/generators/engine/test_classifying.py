"""Pictures through the classes that load real classifiers: a tiny ViT and a tiny CLIP."""

import base64
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytest.importorskip("torch")

from PIL import Image

from generators.draft import Image as Picture
from generators.engine.options import EngineSettings
from generators.metering import metered, noted
from moderation.advice import Sight
from moderation.checks import standard
from moderation.checks.classifier import Classifier
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.served import Served
from moderation.tables import Scope
from tests import tiny
from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine, Serve

pytestmark = [pytest.mark.torch, pytest.mark.sockets]

RED, GREEN = (250, 5, 5), (20, 200, 40)


def png(
    colour: tuple[int, ...] = RED, size: tuple[int, int] = (40, 24), mode: str = "RGB"
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour if len(colour) > 1 else colour[0]).save(file, "PNG")
    return file.getvalue()


def ask(engine: RunningEngine, model: str, picture: bytes, **more: object) -> httpx2.Response:
    body = {"model": model, "image": base64.b64encode(picture).decode(), **more}
    url = f"{engine.url}/v1/images/classifications"
    return httpx2.post(url, json=body, timeout=TIMEOUT_S)


def scores(answer: httpx2.Response) -> dict[str, float]:
    assert answer.status_code == 200, answer.text
    return {one["label"]: one["score"] for one in answer.json()["labels"]}


def settings(folder: Path) -> EngineSettings:
    return EngineSettings(classify=str(folder), device="cpu", offline=True)


@pytest.fixture(scope="module")
def looking(serving: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    folder = tiny.picture_classifier(tmp_path_factory.mktemp("classifiers") / "eye")
    with serving(settings(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def reading(serving: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    folder = tiny.clip_model(tmp_path_factory.mktemp("classifiers") / "clip")
    with serving(settings(folder)) as running:
        yield running


def test_each_label_has_its_score(looking: RunningEngine) -> None:
    red = ask(looking, "eye", png(RED), labels=["nsfw", "normal"])
    green = scores(ask(looking, "eye", png(GREEN)))
    assert scores(red)["nsfw"] > 0.9
    assert green["nsfw"] < 0.5
    assert math.isclose(sum(green.values()), 1, abs_tol=1e-5)
    told: dict[str, Any] = red.json()
    assert [one["label"] for one in told["labels"]] == ["nsfw", "normal"]  # the likeliest first
    assert told["usage"]["images"] == 1
    assert told["usage"]["gpu_ms"] >= 0


def test_the_same_picture_has_the_same_scores(looking: RunningEngine) -> None:
    first, second = (scores(ask(looking, "eye", png(RED))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("mode", "colour"), [("L", (80,)), ("P", (3,)), ("RGBA", (250, 5, 5, 0)), ("1", (1,))]
)
def test_every_kind_of_png_is_looked_at(
    looking: RunningEngine, mode: str, colour: tuple[int, ...]
) -> None:
    found = scores(ask(looking, "eye", png(colour, mode=mode)))
    if mode == "RGBA":
        assert found["nsfw"] > 0.9  # what transparency hides is there for whoever saves the file


def test_a_label_that_it_has_not_is_refused(looking: RunningEngine) -> None:
    refused = ask(looking, "eye", png(), labels=["nsfw", "血腥"])
    assert refused.status_code == 400
    assert "血腥" in refused.json()["error"]["message"]


@pytest.mark.parametrize("broken", [b"", b"GIF89a", png()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_picture_is_refused(looking: RunningEngine, broken: bytes) -> None:
    assert ask(looking, "eye", broken).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"model": "eye"},
        {"model": "eye", "image": "%%%"},
        {"model": "eye", "image": "QUJD", "labels": ["a", "a"]},
        {"model": "eye", "image": "QUJD", "labels": ["x" * 201]},
    ],
)
def test_a_malformed_request_is_refused(looking: RunningEngine, body: dict[str, object]) -> None:
    answer = httpx2.post(f"{looking.url}/v1/images/classifications", json=body, timeout=TIMEOUT_S)
    assert answer.status_code == 400


def test_another_model_is_not_there(looking: RunningEngine) -> None:
    assert ask(looking, "other", png()).status_code == 404


def test_health_and_the_list_of_models_tell_of_it(looking: RunningEngine) -> None:
    assert looking.health()["models"]["classify"]["state"] == "ready"
    listed = httpx2.get(f"{looking.url}/v1/models", timeout=TIMEOUT_S).json()["data"]
    assert [(one["id"], one["kind"]) for one in listed] == [("eye", "classify")]


def test_clip_says_how_well_each_sentence_fits(reading: RunningEngine) -> None:
    sentences = ["an ordinary picture", "a picture of a naked person", "一张血腥的照片"]
    found = scores(ask(reading, "clip", png(), labels=sentences))
    assert set(found) == set(sentences)
    assert math.isclose(sum(found.values()), 1, abs_tol=1e-5)
    assert ask(reading, "clip", png(), labels=["alone"]).status_code == 400


def test_a_folder_without_safetensors_is_not_loaded(serving: Serve, tmp_path: Path) -> None:
    folder = tiny.picture_classifier(tmp_path / "eye")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with serving(settings(folder)) as running:
        assert running.health()["models"]["classify"]["state"] == "failed"
        assert ask(running, "eye", png()).status_code == 503


async def test_the_gate_holds_by_what_it_sees(looking: RunningEngine) -> None:
    served = Served(f"{looking.url}/v1", "eye", "none", timeout_s=60, noted=noted)
    classifier = Classifier(served, {"nsfw": "harm.sexual", "normal": "safe"})
    policy = Policy()
    gate = Gate(standard(policy), policy, sight=Sight(classifier, 60))
    channel = Scope(channel="C1")
    with metered() as calls:
        red = await gate.judge(Picture(png(RED), "a red square"), Direction.OUTPUT, channel)
        green = await gate.judge(Picture(png(GREEN), "a green one"), Direction.OUTPUT, channel)
    await classifier.close()
    assert (red.action, red.categories) == (Action.HOLD, ("harm.sexual",))
    assert (green.action, green.categories) == (Action.ALLOW, ())
    assert 0.9 < red.scores["harm.sexual"] <= 1
    assert [(call.stage, call.model, call.images) for call in calls] == [("classify", "eye", 0)] * 2


async def test_the_gate_chooses_clip_labels_by_the_settings(reading: RunningEngine) -> None:
    labels = {"a naked person": "harm.sexual", "血": "harm.violence", "an ordinary picture": "safe"}
    classifier = Classifier(Served(f"{reading.url}/v1", "clip", "none", timeout_s=60), labels)
    found = await classifier.seen(Picture(png(GREEN), "绿色 🟩"))
    await classifier.close()
    assert [one.category for one in sorted(found, key=lambda one: one.category)] == [
        "harm.sexual",
        "harm.violence",
    ]
