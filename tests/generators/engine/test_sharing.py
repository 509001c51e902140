"""Several models of a kind, and more models than the device has room for."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from generators.engine.footprint import declared_bytes
from generators.engine.options import EngineSettings
from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine, Serve

torch = pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def folders(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny models, and a second one of each of two kinds."""
    from tests import tiny  # noqa: PLC0415 - imports torch, which may be missing

    root = tmp_path_factory.mktemp("more")
    tiny.picture_model(root / "sketcher", width=24)
    tiny.language_model(root / "poet", context_tokens=128)
    for name in ("writer", "painter", "encoder"):
        (root / name).symlink_to(models / name)
    return root


def settings_of(folders: Path, **changed: Any) -> EngineSettings:
    settings = EngineSettings(
        text=str(folders / "writer"),
        image=str(folders / "painter"),
        embed=str(folders / "encoder"),
        more_texts=(str(folders / "poet"),),
        more_images=(str(folders / "sketcher"),),
        device="cpu",
        offline=True,
    )
    return replace(settings, **changed)


def need(folders: Path, *names: str) -> int:
    return sum(declared_bytes(folders / name, value_bytes=4) for name in names)


async def drawn(client: openai.AsyncOpenAI, model: str) -> str:
    fields: dict[str, Any] = {"extra_body": {"steps": 2, "seed": 1}}
    made = await client.images.generate(model=model, prompt="圆 🔴", **fields)
    return (made.data or [])[0].b64_json or ""


async def written(client: openai.AsyncOpenAI, model: str) -> str:
    messages: Any = [{"role": "user", "content": "你好"}]
    made = await client.chat.completions.create(
        model=model, messages=messages, max_tokens=8, temperature=0
    )
    return made.choices[0].message.content or ""


def states_of(engine: RunningEngine) -> dict[str, str]:
    return {name: str(model["state"]) for name, model in engine.health()["models"].items()}


async def test_several_models_of_a_kind_answer_by_their_names(
    folders: Path, serving: Serve
) -> None:
    with serving(settings_of(folders)) as engine:
        async with engine.async_client() as client:
            names = ["painter", "sketcher"]
            pictures = await asyncio.gather(*(drawn(client, name) for name in names))
            texts = await asyncio.gather(*(written(client, name) for name in ("writer", "poet")))
            listed = {model.id async for model in client.models.list()}
            with pytest.raises(openai.NotFoundError):
                await drawn(client, "poet")
        assert len(set(pictures)) == 2
        assert all(texts)
        assert listed == {"writer", "poet", "painter", "sketcher", "encoder"}
        assert set(states_of(engine)) == {
            *("text", "image", "embed", "classify"),
            *("text:poet", "image:sketcher"),
        }


@pytest.fixture(scope="module")
def crowded(folders: Path, serving: Serve) -> Iterator[RunningEngine]:
    """An engine with room for one picture model and one language model beside the encoder."""
    room = need(folders, "encoder", "painter", "writer") + need(folders, "poet") // 2
    with serving(settings_of(folders, memory_bytes=room)) as engine:
        task: Any = engine.roster._settling
        asyncio.run_coroutine_threadsafe(_finished(task), task.get_loop()).result(TIMEOUT_S)
        engine.roster.arbiter._stay_s = 0.0
        yield engine


async def _finished(task: "asyncio.Task[None]") -> None:
    await task


async def test_what_fits_is_loaded_and_the_rest_is_listed_too(crowded: RunningEngine) -> None:
    states = states_of(crowded)
    assert states == {
        "embed": "ready",
        "classify": "absent",
        "image": "ready",
        "text": "ready",
        "image:sketcher": "asleep",
        "text:poet": "asleep",
    }
    assert crowded.health()["status"] == "ok"
    async with crowded.async_client() as client:
        assert len([model async for model in client.models.list()]) == 5


async def test_models_take_turns_on_the_device_and_stay_what_they_were(
    crowded: RunningEngine,
) -> None:
    async with crowded.async_client() as client:
        first = [await drawn(client, "painter"), await written(client, "writer")]
        await drawn(client, "sketcher")
        assert states_of(crowded)["image:sketcher"] == "ready"
        assert "asleep" in states_of(crowded).values()
        await written(client, "poet")
        again = [await drawn(client, "painter"), await written(client, "writer")]
    assert again == first
    arbiter = crowded.roster.arbiter
    assert arbiter.capacity_bytes is not None
    assert 0 <= arbiter.free_bytes < arbiter.capacity_bytes


async def test_a_further_model_has_numbers_of_its_own(crowded: RunningEngine) -> None:
    async with crowded.async_client() as client:
        await written(client, "poet")
    lines = httpx2.get(f"{crowded.url}/metrics").text.splitlines()
    ready = sorted(line.split()[0] for line in lines if line.startswith("atelier_engine_ready{"))
    parts = ("classify", "embed", "image", "image:sketcher", "text", "text:poet")
    assert ready == [f'atelier_engine_ready{{kind="{part}"}}' for part in parts]
    names = set(crowded.roster.pulses())
    assert {"language", "picture", "language poet", "picture sketcher"} <= names


async def test_a_model_that_leaves_is_no_failed_step(
    crowded: RunningEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with crowded.async_client() as client:
        for name in ("writer", "poet", "writer"):
            await written(client, name)
            await drawn(client, "sketcher")
            await drawn(client, "painter")
    assert [entry for entry in caplog.records if entry.levelname == "ERROR"] == []


async def test_everything_at_once_gets_its_answer(crowded: RunningEngine) -> None:
    async with crowded.async_client() as client:
        asked = [drawn(client, name) for name in ("painter", "sketcher") * 3]
        asked += [written(client, name) for name in ("writer", "poet") * 3]
        answers = await asyncio.gather(*asked)
    assert all(answers)
    assert len(set(answers[:6])) == 2
    places = crowded.roster.arbiter._places.values()
    assert [place.users for place in places] == [0] * len(places)


async def test_a_model_that_left_leaves_no_weights_behind(crowded: RunningEngine) -> None:
    roster = crowded.roster
    async with crowded.async_client() as client:
        await written(client, "writer")
        gone = weakref.ref(crowded.decoder())
        for name in ("painter", "sketcher"):
            await drawn(client, name)
        await written(client, "poet")
    assert roster.find("text", "writer").state == "asleep"
    gc.collect()
    assert gone() is None


def test_a_model_that_is_not_there_keeps_nobody_from_loading(
    folders: Path, serving: Serve, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    changed = {"memory_bytes": need(folders, "painter", "writer", "encoder"), "more_images": ()}
    settings = settings_of(folders, **changed, more_texts=(str(tmp_path / "broken"),))
    with serving(settings) as engine:
        for _ in range(int(TIMEOUT_S * 20)):
            if states_of(engine)["text"] == "ready":
                break
            asyncio.run(asyncio.sleep(0.05))
        assert states_of(engine)["text:broken"] == "failed"
        assert states_of(engine)["text"] == "ready"
