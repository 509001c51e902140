"""The engine on a CUDA device: the same requests, the same rules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from generators.engine.roster import EngineSettings  # noqa: E402 - after the skip
from tests.generators.engine.conftest import (  # noqa: E402 - after the skip
    RunningEngine,
    serve,
)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """An engine with three tiny models on the device."""
    from tests import tiny  # noqa: PLC0415 - imports torch, which may be missing

    root: Path = tmp_path_factory.mktemp("models")
    settings = EngineSettings(
        text=str(tiny.language_model(root / "writer")),
        image=str(tiny.picture_model(root / "painter")),
        embed=str(tiny.embedding_model(root / "encoder")),
        device="cuda",
        offline=True,
    )
    with serve(settings) as running:
        yield running


def write(engine: RunningEngine, **fields: Any) -> Any:
    messages = [{"role": "user", "content": "你好 🦊"}]
    body: dict[str, Any] = {"model": "writer", "messages": messages, "max_tokens": 24, **fields}
    with engine.client() as client:
        return client.chat.completions.create(**body)


def test_every_model_is_ready_and_on_the_device(engine: RunningEngine) -> None:
    states = {kind: model["state"] for kind, model in engine.health()["models"].items()}
    assert states == {"text": "ready", "image": "ready", "embed": "ready"}
    model: Any = engine.decoder()
    assert model.device.type == "cuda"
    assert model.dtype == torch.bfloat16


def test_a_seed_repeats_its_answer(engine: RunningEngine) -> None:
    answers = [write(engine, seed=seed).choices[0].message.content for seed in (1, 2, 1)]
    assert answers[0] == answers[2]
    assert answers[0] != answers[1]


def test_usage_counts_the_tokens(engine: RunningEngine) -> None:
    usage = write(engine, temperature=0).usage
    assert 0 < usage.completion_tokens <= 24
    assert usage.gpu_ms >= 0


def test_a_picture_comes_again_from_its_seed(engine: RunningEngine) -> None:
    with engine.client() as client:
        first, again = (
            client.images.generate(
                model="painter", prompt="a circle", extra_body={"steps": 3, "seed": 5}
            )
            for _ in range(2)
        )
    assert first.data is not None
    assert again.data is not None
    assert first.data[0].b64_json == again.data[0].b64_json


def test_embeddings_are_unit_vectors(engine: RunningEngine) -> None:
    with engine.client() as client:
        made = client.embeddings.create(model="encoder", input=["hello", "你好"])
    lengths = torch.tensor([row.embedding for row in made.data]).norm(dim=1)
    assert torch.allclose(lengths, torch.ones(2), atol=1e-4)
