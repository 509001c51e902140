import asyncio
import base64
import threading
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest

from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

TEXTS = ["The build is green.", "请大家准时参加", "🦊", "a red circle on a white background " * 9]


def embed(client: openai.OpenAI, texts: Any, **fields: Any) -> Any:
    return client.embeddings.create(model="encoder", input=texts, **fields)


def vectors_of(response: Any) -> np.ndarray:
    return np.array([row.embedding for row in response.data])


@pytest.fixture(scope="module")
def reference(models: Path) -> tuple[Any, Any]:
    """The same model and tokenizer, loaded by transformers alone."""
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - takes seconds

    model: Any = AutoModel.from_pretrained(models / "encoder")
    return model, AutoTokenizer.from_pretrained(models / "encoder")


def expected(reference: tuple[Any, Any], text: str) -> tuple[np.ndarray, int]:
    """The published recipe for one text without padding, and the tokens it read."""
    model, tokenizer = reference
    ids = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        mean = model(ids).last_hidden_state[0].mean(dim=0).numpy()
    return mean / np.linalg.norm(mean), ids.shape[1]


def test_vectors_are_the_normalised_mean_of_each_text_alone(
    client: openai.OpenAI, reference: tuple[Any, Any]
) -> None:
    response = embed(client, TEXTS)
    pairs = [expected(reference, text) for text in TEXTS]
    assert np.allclose(vectors_of(response), [vector for vector, _ in pairs], atol=1e-5)
    assert response.usage.prompt_tokens == sum(tokens for _, tokens in pairs)
    assert [row.index for row in response.data] == [0, 1, 2, 3]


def test_many_texts_keep_their_order(client: openai.OpenAI) -> None:
    texts = [f"{'word ' * (number % 7)}{number}" for number in range(70)]
    whole = vectors_of(embed(client, texts))
    for number in (0, 1, 33, 69):
        assert np.allclose(whole[number], vectors_of(embed(client, texts[number]))[0], atol=1e-5)
    assert np.allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-5)


def test_only_the_first_256_tokens_are_read(
    client: openai.OpenAI, reference: tuple[Any, Any]
) -> None:
    response = embed(client, "公告" * 400)
    vector, tokens = expected(reference, "公告" * 400)
    assert response.usage.prompt_tokens == tokens == 256
    assert np.allclose(vectors_of(response)[0], vector, atol=1e-5)


def test_floats_and_base64_are_the_same_numbers(engine: RunningEngine) -> None:
    def post(encoding: str) -> Any:
        body = {"model": "encoder", "input": TEXTS[0], "encoding_format": encoding}
        return httpx2.post(f"{engine.url}/v1/embeddings", json=body).json()["data"][0]["embedding"]

    numbers = np.frombuffer(base64.b64decode(post("base64")), dtype="<f4")
    assert numbers.shape == (16,)
    assert np.array_equal(numbers, np.array(post("float"), dtype=np.float32))


def encoded(engine: RunningEngine) -> list[int]:
    """Rows of each batch that the model computes from now on."""
    rows: list[int] = []

    def see(_model: Any, _given: Any, named: dict[str, Any]) -> None:
        rows.append(len(named["input_ids"]))

    model: Any = engine.roster.embed.ready("encoder")
    model._model.register_forward_pre_hook(see, with_kwargs=True)
    return rows


async def test_waiting_requests_are_encoded_together_and_each_as_if_alone(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    model: Any = engine.roster.embed.ready("encoder")
    texts = [f"{'天气 ' * number}请求 {number} 🦊" for number in range(12)]
    alone = [vectors_of(embed(client, text))[0] for text in texts]
    model.memory._known.clear()
    gate, rows = threading.Event(), encoded(engine)
    engine.roster.embed.worker.load(lambda: gate.wait(TIMEOUT_S))
    async with engine.async_client() as asker:
        asked = [
            asyncio.create_task(asker.embeddings.create(model="encoder", input=text))
            for text in texts
        ]
        for _ in range(int(TIMEOUT_S * 20)):
            if engine.roster.embed.worker.waiting == len(texts):
                break
            await asyncio.sleep(0.05)
        gate.set()
        together = [vectors_of(await task)[0] for task in asked]
    assert rows == [12]
    assert np.allclose(alone, together, atol=1e-6, rtol=0)


def test_what_was_encoded_before_is_not_encoded_again(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    texts = ["只算一次", "only once", "只算一次", "🦊" * 3]
    first = embed(client, texts)
    rows = encoded(engine)
    again = embed(client, texts[::-1])
    assert rows == []
    assert np.array_equal(vectors_of(first)[::-1], vectors_of(again))
    assert first.usage.prompt_tokens == again.usage.prompt_tokens
    assert np.array_equal(vectors_of(first)[0], vectors_of(first)[2])


def test_only_so_many_vectors_are_remembered_and_the_oldest_goes() -> None:
    from generators.engine.embedding import Memory, Vector  # noqa: PLC0415 - imports torch

    memory = Memory(2)
    vectors = {text: Vector(values=np.full(3, n), tokens=n) for n, text in enumerate("一二三")}
    memory.keep("一", vectors["一"])
    memory.keep("二", vectors["二"])
    assert memory.of("一") is vectors["一"]
    memory.keep("三", vectors["三"])
    assert [memory.of(text) for text in "一二三"] == [vectors["一"], None, vectors["三"]]
    assert len(memory) == 2


def test_a_client_that_leaves_takes_only_its_own_texts_along(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    assert engine.roster.embed.worker.active == 0
    with pytest.raises(openai.APITimeoutError):
        embed(client.with_options(timeout=1e-3), [f"text {number}" for number in range(2000)])
    engine.settle()
    assert vectors_of(embed(client, "still there")).shape == (1, 16)
    assert engine.roster.embed.worker.waiting == 0


@pytest.mark.parametrize("texts", [[], "", ["a", ""], [[1, 2]], ["x"] * 2049])
def test_what_is_no_text_is_refused(client: openai.OpenAI, texts: Any) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        embed(client, texts)
    assert refusal.value.param == "input"
