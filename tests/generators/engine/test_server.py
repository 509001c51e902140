from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

from generators.engine.options import EngineSettings
from tests.generators.engine.conftest import RunningEngine, Serve

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def empty(serving: Serve) -> Iterator[RunningEngine]:
    """An engine with no model, or with none that is there."""
    with serving(EngineSettings(embed="/no/such folder", offline=True)) as engine:
        yield engine


def test_health_says_what_is_absent_and_why(empty: RunningEngine) -> None:
    health = empty.health()
    assert health["status"] == "ok"
    assert health["models"]["text"]["state"] == "absent"
    assert health["models"]["text"]["id"] is None
    assert health["models"]["text"]["reason"] == "No language model is configured (--text-model)."
    assert health["models"]["embed"]["state"] == "absent"
    assert "neither a folder nor the id" in str(health["models"]["embed"]["reason"])


def test_no_model_is_listed(empty: RunningEngine) -> None:
    with empty.client() as client:
        assert client.models.list().data == []


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("chat/completions", CHAT, "No language model is configured"),
        ("chat/completions", {**CHAT, "stream": True}, "No language model is configured"),
        ("images/generations", {"model": "m", "prompt": "p"}, "No picture model is configured"),
        ("embeddings", {"model": "/no/such folder", "input": "x"}, "neither a folder nor"),
    ],
)
def test_a_missing_model_is_503_with_its_reason(
    empty: RunningEngine, path: str, body: dict[str, object], reason: str
) -> None:
    response = httpx2.post(f"{empty.url}/v1/{path}", json=body)
    assert response.status_code == 503
    error = response.json()["error"]
    assert reason in error["message"]
    assert (error["type"], error["code"]) == ("service_unavailable_error", "model_not_ready")


def test_another_model_than_the_configured_one_is_404(empty: RunningEngine) -> None:
    with empty.client() as client, pytest.raises(openai.NotFoundError) as error:
        client.embeddings.create(model="other", input="x")
    assert error.value.code == "model_not_found"


def test_a_bad_request_is_400_with_openais_error_object(empty: RunningEngine) -> None:
    with empty.client() as client, pytest.raises(openai.BadRequestError) as error:
        client.images.generate(model="m", prompt="x", extra_body={"size": "17x8"})
    assert error.value.param == "size"
    assert error.value.type == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1]"])
def test_bytes_that_are_no_json_are_400(empty: RunningEngine, body: bytes) -> None:
    response = httpx2.post(f"{empty.url}/v1/embeddings", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_the_server_knows_no_other_path(empty: RunningEngine) -> None:
    assert httpx2.get(f"{empty.url}/v1/chat/completions").status_code == 405
    assert httpx2.get(f"{empty.url}/docs").status_code == 404


def test_a_broken_folder_fails_with_one_sentence(serving: Serve, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    with serving(EngineSettings(text=str(tmp_path / "broken"), offline=True)) as engine:
        health = engine.health()
    assert health["status"] == "failed"
    assert health["models"]["text"]["state"] == "failed"
    sentence = "broken has no config.json, so it holds no text model."
    assert health["models"]["text"]["reason"] == sentence
