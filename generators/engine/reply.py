"""Answers of the OpenAI API: the JSON objects and events that the endpoints send.

Extra fields beyond the API: `gpu_ms` in every usage (milliseconds in the model; of a text, a share
of the steps that it was in), `queue` of a chunk without choices (`place`, `wait_s`), `seed` of a
picture, `vocabulary` beside pictures whose model does not know a word of the prompt (`things`,
`unknown`: `word`, `nearest`) beside OpenAI's own `revised_prompt`, and two events on the way to
one: `….queued` with `ahead` and `wait_s`, and `….in_progress` with `step` and `total`.
"""

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generators.engine.made import Picture, Pictures
from generators.engine.pace import Preview, Queued, Step
from generators.vocabulary import told

if TYPE_CHECKING:  # these import torch, which takes seconds
    from generators.engine.classifying import Looked
    from generators.engine.embedding import Embeddings
    from generators.engine.prompt import Answer, Standing

DONE = "data: [DONE]\n\n"


def sse(data: dict[str, Any], event: str | None = None) -> str:
    """Return one server-sent event; JSON escapes every line break, so the data is one line."""
    name = "" if event is None else f"event: {event}\n"
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The id and time that all chunks of one chat answer share."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    _around: list[str] = field(default_factory=list, init=False, repr=False)

    def completion(self, answer: "Answer") -> dict[str, Any]:
        """Return the whole answer in one object."""
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None}
        choices = [{**choice, "finish_reason": answer.finish_reason}]
        return self._object("chat.completion", choices, usage=chat_usage(answer))

    def delta(self, delta: dict[str, str], finish_reason: str | None = None) -> str:
        """Return a chunk of a streamed answer."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return sse(self._object("chat.completion.chunk", [choice]))

    def text(self, text: str) -> str:
        """Return a chunk of text, the same in fewer steps than `delta`: there are many of them."""
        if not self._around:
            self._around.extend(self.delta({"content": ""}).split('"content": ""'))
        before, after = self._around
        return f'{before}"content": {json.dumps(text, ensure_ascii=False)}{after}'

    def standing(self, standing: "Standing") -> str:
        """Return a chunk without choices that says where a request stands that waits."""
        told = {"place": standing.place, "wait_s": standing.wait_s}
        return sse(self._object("chat.completion.chunk", [], queue=told))

    def usage(self, answer: "Answer") -> str:
        """Return the chunk without choices that ends a stream when usage was asked for."""
        return sse(self._object("chat.completion.chunk", [], usage=chat_usage(answer)))

    def _object(self, name: str, choices: list[dict[str, Any]], **more: object) -> dict[str, Any]:
        head = {"id": self.id, "object": name, "created": self.created, "model": self.model}
        return {**head, "choices": choices, **more}


def chat_usage(answer: "Answer") -> dict[str, int]:
    """Return tokens in, tokens computed, and the time in the model."""
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "gpu_ms": answer.gpu_ms,
    }


def images(made: Pictures) -> dict[str, Any]:
    """Return all pictures of a request in one object."""
    data = [{**_picture(picture), **_revised(made)} for picture in made.pictures]
    created = int(time.time())
    return {"created": created, "data": data, "usage": image_usage(made), **_vocabulary(made)}


def image_event(name: str, event: object) -> str:
    """Return an event on the way to a picture; `name` is what was asked for."""
    match event:
        case Queued():
            wait_s = None if event.wait_s is None else round(event.wait_s, 1)
            return _named(f"{name}.queued", {"ahead": event.ahead, "wait_s": wait_s})
        case Step():
            return _named(f"{name}.in_progress", {"step": event.number, "total": event.total})
        case Preview():
            png = base64.b64encode(event.png).decode()
            about = {"created_at": int(time.time()), "output_format": "png", "index": event.picture}
            about |= {"partial_image_index": event.number, "b64_json": png}
            return _named(f"{name}.partial_image", about)
        case _:
            raise TypeError(type(event).__name__)


def image_completed(name: str, made: Pictures, index: int) -> str:
    """Return the event with one finished picture."""
    head = {"index": index, "created_at": int(time.time()), "output_format": "png"}
    whole = {**head, **_picture(made.pictures[index]), **_revised(made), "usage": image_usage(made)}
    whole |= _vocabulary(made)
    return _named(f"{name}.completed", whole)


def _vocabulary(made: "Pictures") -> dict[str, Any]:
    """Return which words the model does not know, where it is one that knows few."""
    if not made.unknown:
        return {}
    return {"vocabulary": told(made.things, made.unknown)}


def _revised(made: Pictures) -> dict[str, str]:
    """Return the prompt that the model got, where it is another one, as OpenAI's API has it."""
    return {"revised_prompt": made.revised} if made.revised else {}


def _named(name: str, data: dict[str, Any]) -> str:
    return sse({"type": name, **data}, name)


def image_usage(made: Pictures) -> dict[str, Any]:
    """Return zero tokens, which no diffusion model counts, and what was used: pictures, time."""
    details = {"image_tokens": 0, "text_tokens": 0}
    tokens = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    used = {"images": len(made.pictures), "gpu_ms": made.gpu_ms}
    return {**tokens, "input_tokens_details": details, **used}


def embeddings(made: "Embeddings", model: str, *, as_base64: bool) -> dict[str, Any]:
    """Return one vector for each text, as numbers or as base64 of little-endian float32."""
    rows = made.vectors.astype("<f4")
    vectors = (base64.b64encode(row).decode() if as_base64 else row.tolist() for row in rows)
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": made.tokens, "total_tokens": made.tokens, "gpu_ms": made.gpu_ms}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def classified(made: "Looked", model: str) -> dict[str, Any]:
    """Return the score of each label, the likeliest first, and the time in the model."""
    ranked = sorted(made.scores.items(), key=lambda one: -one[1])
    labels = [{"label": label, "score": score} for label, score in ranked]
    usage = {"images": 1, "gpu_ms": made.gpu_ms}
    return {"object": "image.classification", "model": model, "labels": labels, "usage": usage}


def _picture(picture: Picture) -> dict[str, Any]:
    return {"b64_json": base64.b64encode(picture.png).decode(), "seed": picture.seed}
