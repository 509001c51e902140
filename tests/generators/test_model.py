import asyncio
from contextlib import aclosing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import (
    AccessRefused,
    DeadlineExceeded,
    EngineBusy,
    EngineUnavailable,
    GenerationError,
    ModelMissing,
    PromptRejected,
)
from generators.metering import News, Turn, hearing
from generators.model import Model, Reply, spoken
from tests.fake_engine import FakeEngine, Fault, closed_url, running
from tests.generators.leftover import nothing_left

pytestmark = pytest.mark.sockets

ASKED = [{"role": "user", "content": "How long?"}]


async def replies(model: Model) -> list[Reply]:
    return [reply async for reply in model.chat(ASKED, max_tokens=9)]


async def test_replies_grow_and_the_last_holds_the_exact_cost(
    engine: FakeEngine, model: Model
) -> None:
    said = await replies(model)
    assert [reply.text for reply in said] == ["Five ", "Five days", *["Five days [1]."] * 2]
    assert [reply.done for reply in said] == [False, False, False, True]
    assert not said[-1].cut
    cost = said[-1].cost
    assert (cost.model, cost.gpu_ms) == (engine.models["chat"], 4321)
    assert (cost.prompt_tokens, cost.output_tokens) == (7, 5)


async def test_every_reply_has_a_cost_so_that_a_cancelled_one_is_accounted_for(
    model: Model,
) -> None:
    said = await replies(model)
    assert [reply.cost.output_tokens for reply in said[:3]] == [1, 2, 3]


async def test_what_was_asked_reaches_the_engine(engine: FakeEngine, model: Model) -> None:
    chat = model.chat(ASKED, max_tokens=9, temperature=0.5, seed=3, user="U1")
    [_ async for _ in chat]
    path, body = engine.asked[-1]
    assert path == "/v1/chat/completions"
    assert body["messages"] == ASKED
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (9, 0.5, 3)
    told = {"include_usage": True, "include_queue": True}
    assert (body["user"], body["stream_options"]) == ("U1", told)


async def test_a_place_in_line_is_told_and_that_it_is_over(
    engine: FakeEngine, model: Model
) -> None:
    engine.queue = ((2, 40.5), (1, 3), (1, 1.5))
    heard: list[News] = []
    with hearing(heard.append):
        said = await replies(model)
    assert heard == [Turn(2, 40.5), Turn(1, 3), Turn(1, 1.5), Turn(0)]
    assert said[-1].text == "Five days [1]."
    assert said[-1].cost.output_tokens == 5
    with hearing(heard.append):
        engine.queue = ()
        await replies(model)
    assert len(heard) == 4


async def test_a_foreign_engine_is_not_asked_for_its_line() -> None:
    async with running(FakeEngine(foreign=True)) as engine:
        model = Model(engine.url, timeout_s=20)
        assert (await replies(model))[-1].done
        await model.close()
    assert engine.asked[-1][1]["stream_options"] == {"include_usage": True}


async def test_seed_and_user_are_left_out_when_there_are_none(
    engine: FakeEngine, model: Model
) -> None:
    await replies(model)
    assert not {"seed", "user"} & engine.asked[-1][1].keys()


async def test_an_answer_at_its_longest_is_cut(engine: FakeEngine, model: Model) -> None:
    engine.finish = "length"
    assert (await replies(model))[-1].cut


async def test_thoughts_are_not_part_of_a_reply(engine: FakeEngine, model: Model) -> None:
    engine.answer = ("<think>", "He wants", " tea</think>\n\n", "Tea", ".")
    assert [reply.text for reply in await replies(model)] == ["Tea", "Tea.", "Tea."]


async def test_an_answer_of_nothing_is_one_empty_reply(engine: FakeEngine, model: Model) -> None:
    engine.answer = ()
    assert [(reply.text, reply.done) for reply in await replies(model)] == [("", True)]


@given(st.text())
def test_only_thoughts_at_the_beginning_are_cut(text: str) -> None:
    assert spoken(f"<think>x</think>{text}") == text.lstrip()
    assert spoken(f"a{text}") == f"a{text}"


async def test_closing_the_replies_ends_the_call_at_the_engine(
    engine: FakeEngine, model: Model
) -> None:
    engine.fault = "hang in stream"
    with nothing_left():
        async with aclosing(model.chat(ASKED, max_tokens=9)) as said:
            assert (await anext(said)).text == "Five "
    async with asyncio.timeout(20):
        await engine.left.wait()


async def test_cancelling_the_task_ends_the_call_at_the_engine(
    engine: FakeEngine, model: Model
) -> None:
    engine.fault = "hang in stream"
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in model.chat(ASKED, max_tokens=9):
            begun.set()

    reading = asyncio.create_task(read())
    async with asyncio.timeout(20):
        await begun.wait()
        reading.cancel()
        await engine.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_foreign_engine_is_charged_by_the_clock(engine: FakeEngine, model: Model) -> None:
    engine.foreign = True
    cost = (await replies(model))[-1].cost
    assert cost.gpu_ms != 4321
    assert cost.output_tokens == 5


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (400, None, PromptRejected),
        (404, None, PromptRejected),
        (413, None, PromptRejected),
        (422, None, PromptRejected),
        (400, "context_length_exceeded", PromptRejected),
        (404, "model_not_found", ModelMissing),
        (401, None, AccessRefused),
        (429, "queue_full", EngineBusy),
        (429, "insufficient_quota", AccessRefused),
        (500, None, EngineUnavailable),
        (503, "model_not_ready", EngineUnavailable),
    ],
)
async def test_a_status_becomes_one_of_our_errors_without_the_engines_words(
    engine: FakeEngine, model: Model, status: int, code: str | None, meaning: type[GenerationError]
) -> None:
    engine.fault, engine.status, engine.code = "status", status, code
    for call in (replies(model), model.image("a cat", size="", seed=1), model.embed(["a"])):
        with pytest.raises(GenerationError) as caught:
            await call
        assert type(caught.value) is meaning
        assert "secret" not in str(caught.value)


async def test_a_prompt_that_is_too_long_is_called_too_long(
    engine: FakeEngine, model: Model
) -> None:
    engine.fault, engine.status, engine.code = "status", 400, "context_length_exceeded"
    with pytest.raises(PromptRejected, match="too long"):
        await replies(model)


@pytest.mark.parametrize("fault", ["broken stream", "unfinished stream", "error in stream"])
async def test_an_answer_that_ends_half_way_is_no_answer(
    engine: FakeEngine, model: Model, fault: Fault
) -> None:
    engine.fault = fault
    said: list[str] = []
    with pytest.raises(EngineUnavailable) as caught:
        said.extend([reply.text async for reply in model.chat(ASKED, max_tokens=9)])
    assert "secret" not in str(caught.value)


async def test_no_connection_is_an_engine_that_is_unavailable() -> None:
    model = Model(closed_url())
    with pytest.raises(EngineUnavailable):
        await replies(model)
    await model.close()


@pytest.mark.parametrize("fault", ["hang", "hang in stream"])
async def test_an_engine_that_hangs_is_given_up_and_told_so(
    engine: FakeEngine, fault: Fault
) -> None:
    engine.fault = fault
    model = Model(engine.url, timeout_s=0.5)
    with pytest.raises(DeadlineExceeded):
        await replies(model)
    await engine.left.wait()
    await model.close()


async def test_the_models_of_our_engine_are_known_by_kind(model: Model) -> None:
    names = {"chat": "tiny-chat", "image": "tiny-image", "embed": "tiny-embed"}
    assert await model.installed() == names


async def test_a_model_of_kind_text_is_for_chat(engine: FakeEngine, model: Model) -> None:
    engine.models = {"text": "qwen"}
    assert await model.installed() == {"chat": "qwen"}


async def test_a_model_that_becomes_ready_is_noticed(engine: FakeEngine, model: Model) -> None:
    engine.models = {}
    assert await model.installed() == {}
    engine.models = {"chat": "late"}
    assert await model.installed() == {"chat": "late"}


async def test_a_list_of_models_is_believed_for_a_while(engine: FakeEngine) -> None:
    model = Model(engine.url, fresh_s=3600)
    before = await model.installed()
    engine.models = {}
    assert await model.installed() == before
    await model.close()


@pytest.mark.parametrize(
    ("chosen", "known"),
    [
        ({}, {"chat": "llama"}),
        ({"image": "flux"}, {"chat": "llama", "image": "flux"}),
        ({"chat": "flux", "embed": "e5"}, {"chat": "flux", "embed": "e5"}),
        ({"chat": "absent"}, {"chat": "llama"}),
    ],
)
async def test_a_foreign_model_is_for_chat_unless_the_settings_say_otherwise(
    engine: FakeEngine, chosen: dict[str, str], known: dict[str, str]
) -> None:
    engine.foreign = True
    engine.models = {"a": "llama", "b": "flux", "c": "e5"}
    model = Model(engine.url, chosen=chosen)
    assert await model.installed() == known
    await model.close()


async def test_what_is_not_installed_is_missing(engine: FakeEngine, model: Model) -> None:
    engine.models = {}
    for call in (replies(model), model.image("a cat", size="", seed=1), model.embed(["a"])):
        with pytest.raises(ModelMissing):
            await call


async def test_a_picture_comes_with_its_seed_and_cost(engine: FakeEngine, model: Model) -> None:
    made = await model.image("a cat", size="64x64", seed=7, steps=3, user="U1")
    assert made.png.startswith(b"\x89PNG")
    assert (made.seed, made.cost.images, made.cost.gpu_ms) == (7, 1, 4321)
    body = engine.asked[-1][1]
    assert (body["size"], body["seed"], body["steps"], body["user"]) == ("64x64", 7, 3, "U1")
    assert body["response_format"] == "b64_json"


async def test_the_models_own_size_and_steps_are_not_sent(engine: FakeEngine, model: Model) -> None:
    await model.image("a cat", size="", seed=7)
    assert not {"size", "steps", "user"} & engine.asked[-1][1].keys()


async def test_a_hosted_engine_that_takes_no_seed_still_paints(engine: FakeEngine) -> None:
    engine.foreign = True
    model = Model(engine.url, chosen={"image": "tiny-image"})
    made = await model.image("a cat", size="", seed=7)
    assert made.seed == 0
    assert [set(body) - {"model", "prompt", "n"} for _, body in engine.asked] == [
        {"response_format", "seed"},
        {"response_format"},
    ]
    await model.close()


async def test_our_own_engine_is_asked_once(engine: FakeEngine, model: Model) -> None:
    engine.fault, engine.status = "status", 400
    with pytest.raises(PromptRejected):
        await model.image("a cat", size="", seed=7)
    assert len(engine.asked) == 1


@pytest.mark.parametrize("fault", ["no picture", "no JSON"])
async def test_bytes_that_are_no_picture_are_not_passed_on(
    engine: FakeEngine, model: Model, fault: Fault
) -> None:
    engine.fault = fault
    with pytest.raises(EngineUnavailable):
        await model.image("a cat", size="", seed=7)


async def test_vectors_come_in_order_and_have_length_one(engine: FakeEngine, model: Model) -> None:
    engine.vectors = {"a": [3.0, 4.0], "b": [0.0, 2.0], "zero": [0.0, 0.0]}
    vectors = await model.embed(["a", "b", "zero"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [[0.6, 0.8], [0, 1], [0, 0]])


async def test_many_texts_are_embedded_in_several_calls(engine: FakeEngine, model: Model) -> None:
    engine.vectors = {"last": [0.0, 1.0]}
    vectors = await model.embed(["", *["一"] * 300, "last"])
    assert vectors.shape == (302, 2)
    assert vectors[-1].tolist() == [0, 1]
    assert [len(body["input"]) for _, body in engine.asked] == [256, 46]
    assert engine.asked[0][1]["input"][0] == " "


async def test_no_texts_are_no_vectors(model: Model) -> None:
    assert (await model.embed([])).shape == (0, 0)


async def test_vectors_of_unequal_length_are_refused(engine: FakeEngine, model: Model) -> None:
    engine.vectors = {"a": [1.0], "b": [1.0, 2.0]}
    with pytest.raises(EngineUnavailable):
        await model.embed(["a", "b"])


async def test_a_proxy_of_the_environment_is_not_used_on_this_machine(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, closed_url())
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    model = Model(engine.url)
    assert (await replies(model))[-1].done
    await model.close()
