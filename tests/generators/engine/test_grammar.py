"""Whatever the model would like to say, its answer is of the schema, and neighbours see nothing."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import openai
import pytest

from generators.engine.errors import BadRequest
from tests.generators.engine.conftest import RunningEngine

pytestmark = pytest.mark.torch
pytest.importorskip("torch")
pytest.importorskip("llguidance", reason="the engine extra is not installed")

TICKET = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["退款", "shipping 🎉", "مرتجع", 'a "quoted" one']},
        "urgent": {"type": "boolean"},
        "count": {"type": "integer", "minimum": -3, "maximum": 120},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3},
    },
    "required": ["kind", "urgent", "count", "tags"],
    "additionalProperties": False,
}
MESSAGES: Any = [{"role": "user", "content": "退款 please 🎉"}]


def asked(schema: object, **more: object) -> dict[str, Any]:
    shape = {"name": "ticket", "schema": schema, "strict": True}
    return {
        "model": "writer",
        "messages": MESSAGES,
        "max_tokens": 120,
        "response_format": {"type": "json_schema", "json_schema": shape},
        **more,
    }


@pytest.mark.parametrize("temperature", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_an_answer_is_of_its_schema(client: openai.OpenAI, temperature: float, seed: int) -> None:
    done: Any = client.chat.completions.create(**asked(TICKET, temperature=temperature, seed=seed))
    (choice,) = done.choices
    assert choice.finish_reason == "stop"
    jsonschema.validate(json.loads(choice.message.content), TICKET)


def test_a_stream_is_the_same_answer(client: openai.OpenAI) -> None:
    given = asked(TICKET, temperature=1.5, seed=5)
    whole: Any = client.chat.completions.create(**given)
    chunks: Any = client.chat.completions.create(**given, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content


def test_any_object_is_one(client: openai.OpenAI) -> None:
    given = asked(None, temperature=0, max_tokens=60)
    given["response_format"] = {"type": "json_object"}
    done: Any = client.chat.completions.create(**given)
    text = done.choices[0].message.content
    assert text.startswith("{")
    if done.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(text), dict)


def test_plain_text_may_be_asked_for(client: openai.OpenAI) -> None:
    plain: Any = {"model": "writer", "messages": MESSAGES, "max_tokens": 9, "temperature": 0}
    without: Any = client.chat.completions.create(**plain)
    given: Any = client.chat.completions.create(**plain, response_format={"type": "text"})
    assert given.choices[0].message.content == without.choices[0].message.content


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "uniqueItems": True}, "the schema uses uniqueItems, which this engine"),
        ({"if": {}, "then": {}}, "the schema uses if, then, which"),
        ({"type": "秘密"}, "is not valid"),
        ({"$ref": "https://example.com/schema"}, "refers to another document"),
        ({"type": "string", "pattern": "(?=a)b"}, "is not valid"),
        ({"enum": []}, "is not valid"),
    ],
)
def test_a_schema_that_cannot_be_kept_is_refused(
    client: openai.OpenAI, schema: object, words: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=words) as error:
        client.chat.completions.create(**asked(schema))
    assert error.value.param == "response_format"
    assert "秘密" not in error.value.message


def test_a_schema_that_is_too_large_is_refused(client: openai.OpenAI) -> None:
    large = {"enum": [f"value {number}" for number in range(4000)]}
    with pytest.raises(openai.BadRequestError, match="at most 32768 characters"):
        client.chat.completions.create(**asked(large))


def test_a_neighbour_writes_what_it_writes_alone(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    plain: Any = {"model": "writer", "messages": MESSAGES, "max_tokens": 90, "temperature": 1.3}

    def said(seed: int) -> str:
        done: Any = client.chat.completions.create(**plain, seed=seed)
        return done.choices[0].message.content

    def shaped(seed: int) -> str:
        done: Any = client.chat.completions.create(**asked(TICKET, temperature=1.3, seed=seed))
        return done.choices[0].message.content

    alone = said(3), shaped(4)
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(said, 3), pool.submit(shaped, 4)
        assert tuple(one.result() for one in beside) == alone
    engine.settle()


def test_a_rule_allows_exactly_what_completes_the_schema(engine: RunningEngine) -> None:
    model: Any = engine.roster.text.ready("writer")
    rule, pick = model.shape({"enum": ["你好", "你们好"]}), random.Random(2)  # noqa: S311 - no secret
    written: list[int] = []
    while not written or written[-1] not in model.stop_tokens:
        written.append(pick.choice(rule.allowed(written).nonzero()[0].tolist()))
    assert json.loads(model.decode(written)) in {"你好", "你们好"}
    assert not rule.broken


def test_a_token_that_does_not_fit_breaks_the_rule(engine: RunningEngine) -> None:
    model: Any = engine.roster.text.ready("writer")
    rule = model.shape({"type": "integer"})
    forbidden = (~rule.allowed([])).nonzero()[0].tolist()
    assert rule.allowed(forbidden[-1:]).all()
    assert rule.broken


def test_a_broken_rule_ends_its_request_alone(
    engine: RunningEngine, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generators.engine.grammar import Rule  # noqa: PLC0415 - needs the engine's packages

    def gives_up(self: Rule, _written: object) -> Any:
        self.broken = True
        return original(self, [])

    original = Rule.allowed
    monkeypatch.setattr(Rule, "allowed", gives_up)
    with pytest.raises(openai.InternalServerError, match="took more than a step may take"):
        client.chat.completions.create(**asked(TICKET))
    engine.settle()
    plain: Any = {"model": "writer", "messages": MESSAGES, "max_tokens": 9}
    assert client.chat.completions.create(**plain).choices


def test_a_tokenizer_of_another_kind_is_refused() -> None:
    from generators.engine.grammar import Grammar  # noqa: PLC0415 - needs the engine's packages

    other: Any = object()
    with pytest.raises(BadRequest, match="tokenizer is of another kind"):
        Grammar(other, width=100, ends=[1]).rule({"type": "object"})
