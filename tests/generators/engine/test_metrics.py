import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from prometheus_client.parser import text_string_to_metric_families

from generators.engine.errors import BadRequest, Busy, NotReady, Refusal, UnknownModel
from generators.engine.gather import Gatherer, Job
from generators.engine.metrics import MEANS, Metrics
from generators.engine.options import EngineSettings
from generators.engine.worker import Cancelled
from tests.generators.engine.conftest import RunningEngine, Serve

DOCS = Path(__file__).parents[3] / "docs" / "models.md"
MESSAGES: Any = [{"role": "user", "content": "你好 🎉"}]


def numbers(text: str) -> dict[tuple[str, str, str], float]:
    """Return every sample by name, kind and how it ended."""
    return {
        (sample.name, sample.labels.get("kind", ""), sample.labels.get("end", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def seen(engine: RunningEngine) -> dict[tuple[str, str, str], float]:
    answer = httpx2.get(f"{engine.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return numbers(answer.text)


@pytest.mark.torch
# diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_what_is_asked_is_counted(engine: RunningEngine, client: openai.OpenAI) -> None:
    before = seen(engine)
    chat = client.chat.completions.create(
        model="writer", messages=MESSAGES, max_tokens=5, user="chen"
    )
    client.images.generate(model="painter", prompt="a heart", size="16x16", n=2)
    client.embeddings.create(model="encoder", input="你好")
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="writer", messages=MESSAGES, temperature=9)
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="other", input="x")
    engine.settle()
    after = seen(engine)

    def more(name: str, kind: str = "", end: str = "") -> float:
        return after[name, kind, end] - before.get((name, kind, end), 0)

    for kind in ("text", "image", "embed"):
        assert more("atelier_engine_requests_total", kind, "done") == 1
        assert after["atelier_engine_ready", kind, ""] == 1
        assert after["atelier_engine_running", kind, ""] == 0
        assert after["atelier_engine_stalled_seconds", kind, ""] == 0
        assert after["atelier_engine_model_loads_total", kind, "ready"] == 1
        assert more("atelier_engine_beats_total", kind) > 0
    assert more("atelier_engine_requests_total", "text", "refused") == 1
    assert more("atelier_engine_requests_total", "embed", "refused") == 1
    assert more("atelier_engine_pictures_total") == 2
    assert more("atelier_engine_first_token_seconds_count", "text") == 1
    assert chat.usage is not None
    assert more("atelier_engine_step_seconds_count", "text") >= chat.usage.completion_tokens
    assert more("atelier_engine_batch_size_count", "text") >= chat.usage.completion_tokens
    assert after["atelier_engine_seats", "text", ""] == 2
    assert after["process_resident_memory_bytes", "", ""] > 1e6
    assert "chen" not in httpx2.get(f"{engine.url}/metrics").text


@pytest.mark.torch
def test_tokens_are_counted_on_both_sides(engine: RunningEngine, client: openai.OpenAI) -> None:
    def tokens() -> list[float]:
        text = httpx2.get(f"{engine.url}/metrics").text
        found = re.findall(r'atelier_engine_tokens_total\{of="(\w+)"\} (\S+)', text)
        return [float(value) for _, value in sorted(found)]

    before = tokens() or [0.0, 0.0]
    usage = client.chat.completions.create(model="writer", messages=MESSAGES, max_tokens=7).usage
    assert usage is not None
    engine.settle()
    written, read = (after - since for after, since in zip(tokens(), before, strict=True))
    assert (written, read) == (usage.completion_tokens, usage.prompt_tokens)


@pytest.mark.torch
def test_health_says_that_steps_go_on(engine: RunningEngine, client: openai.OpenAI) -> None:
    before = engine.health()["models"]["text"]
    client.chat.completions.create(model="writer", messages=MESSAGES, max_tokens=5)
    after = engine.health()["models"]["text"]
    assert int(str(after["steps"])) > int(str(before["steps"]))
    assert (after["state"], after["stalled_s"]) == ("ready", 0)


def test_an_engine_without_models_has_numbers_too(serving: Serve) -> None:
    with serving(EngineSettings(text="/no/such folder", offline=True)) as engine:
        found = seen(engine)
        health = engine.health()
    assert found["atelier_engine_ready", "text", ""] == 0
    assert found["atelier_engine_model_loads_total", "text", "absent"] == 1
    assert found["atelier_engine_device_memory_bytes", "", ""] == 0
    assert health["status"] == "ok"


def test_a_thread_that_stands_still_is_told_by_health(serving: Serve) -> None:
    with serving(EngineSettings()) as engine:
        pulse = engine.roster.text.worker.pulse
        pulse.beat()
        pulse._now = lambda: 10.0**9
        assert engine.health()["status"] == "stalled"
        assert seen(engine)["atelier_engine_stalled_seconds", "text", ""] > 1000
        pulse.rest()
        assert engine.health()["status"] == "ok"


def test_an_engine_that_stops_says_so_and_refuses(serving: Serve) -> None:
    with serving(EngineSettings()) as engine:
        engine.roster.drain()
        assert engine.health()["status"] == "stopping"
        answer = httpx2.post(f"{engine.url}/v1/embeddings", json={"model": "m", "input": "x"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "engine_stopping"


@pytest.mark.parametrize(
    ("refusal", "end"),
    [
        (Busy("x"), "busy"),
        (NotReady("x"), "unavailable"),
        (BadRequest("x"), "refused"),
        (UnknownModel("x"), "refused"),
    ],
)
def test_a_refusal_is_counted_as_what_it_is(refusal: Refusal, end: str) -> None:
    metrics = Metrics()
    with pytest.raises(Refusal), metrics.asked("text"):
        raise refusal
    assert numbers(metrics.text().decode())["atelier_engine_requests_total", "text", end] == 1


@pytest.mark.parametrize(
    ("error", "end"),
    [(None, "done"), (Cancelled(), "cancelled"), (RuntimeError("秘密"), "failed")],
)
async def test_a_request_ends_in_one_way(error: Exception | None, end: str) -> None:
    metrics, worker = Metrics(), Gatherer("test", capacity=2)

    def make(pieces: Sequence[object]) -> list[object]:
        if error is not None:
            raise error
        return list(pieces)

    job = Job(parts=["图"], key=None, cost=1, make=make, finish=len, most=lambda: 1)
    call = worker.submit(job)
    metrics.follow("image", call)
    assert [event async for event in call] == []
    await asyncio.wrap_future(worker.load(lambda: None))  # its thread is done with the call
    worker.stop()
    found = numbers(metrics.text().decode())
    assert found["atelier_engine_requests_total", "image", end] == 1


def test_every_name_is_explained() -> None:
    told = DOCS.read_text(encoding="utf-8")
    made = re.findall(r"# TYPE atelier_engine_(\w+)", Metrics().text().decode())
    names = [name for name in made if not name.endswith("_created")] + list(MEANS)
    assert [name for name in names if f"\n| {name}" not in told and f", {name}" not in told] == []
