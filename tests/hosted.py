"""A hosted API as OpenAI's reference and other providers describe theirs: strict about fields."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from tests.fake_engine import FakeEngine, png

Refusal = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]

IMAGE_FIELDS = {
    "dall-e-2": {"model", "prompt", "n", "size", "user", "response_format"},
    "dall-e-3": {"model", "prompt", "n", "size", "user", "response_format", "quality", "style"},
    "gpt-image-1": {"model", "prompt", "n", "size", "user", "output_format", "background"},
}
SIZES = {
    "dall-e-2": {"256x256", "512x512", "1024x1024"},
    "dall-e-3": {"1024x1024", "1792x1024", "1024x1792"},
    "gpt-image-1": {"1024x1024", "1536x1024", "1024x1536", "auto"},
}


def unknown(name: str) -> Mapping[str, Any]:
    return {
        "error": {
            "message": f"Unknown parameter: '{name}'.",
            "type": "invalid_request_error",
            "param": name,
            "code": "unknown_parameter",
        }
    }


def paints(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Refuse what OpenAI's picture models do not take."""
    model = body["model"]
    for name in body:
        if name not in IMAGE_FIELDS[model]:
            return unknown(name)
    if body.get("size", "1024x1024") in SIZES[model]:
        return None
    message = f"Invalid value: '{body['size']}'."
    return {"error": {"message": message, "param": "size", "code": "invalid_value"}}


def reasons(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Refuse what OpenAI's reasoning models do not take."""
    if "max_tokens" in body:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
        return {
            "error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}
        }
    if body.get("temperature", 1) != 1:
        message = "Unsupported value: 'temperature' does not support 0.0 with this model."
        return {"error": {"message": message, "param": "temperature", "code": "unsupported_value"}}
    return None


def forbids_extras(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Refuse as an API made with FastAPI does whose models forbid what they do not name."""
    known = {"model", "messages", "max_tokens", "temperature", "stream"}
    extra = [
        {"type": "extra_forbidden", "loc": ["body", name]} for name in body if name not in known
    ]
    return {"detail": extra} if extra else None


def has_no_priorities(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Refuse as vLLM does without `--scheduling-policy priority`."""
    if not body.get("priority"):
        return None
    message = f"Got priority {body['priority']} but Priority scheduling is not enabled."
    return {"error": {"message": message, "type": "BadRequestError", "param": None, "code": 400}}


@dataclass(kw_only=True)
class Hosted(FakeEngine):
    """Answers what it takes, and says in its own words what it does not."""

    foreign: bool = True
    refuses: Refusal = paints
    lists: bool = True
    keys: list[str] = field(default_factory=list)
    """The Authorization header of each request."""
    encodings: list[str] = field(default_factory=list)
    """Its Accept-Encoding."""

    @override
    async def _list(self, _request: Request) -> Response:
        self.keys.append(_request.headers["authorization"])
        return await super()._list(_request) if self.lists else Response(status_code=404)

    @override
    async def _failed(self, request: Request) -> Response | None:
        self.keys.append(request.headers["authorization"])
        self.encodings.append(request.headers["accept-encoding"])
        refusal = self.refuses(self.asked[-1][1])
        if refusal is not None:
            return JSONResponse(refusal, status_code=422 if "detail" in refusal else 400)
        return await super()._failed(request)

    @override
    async def _image(self, request: Request) -> Response:
        body = await self._note(request)
        failed = await self._failed(request)
        if failed:
            return failed
        picture = png(body["prompt"], None, body.get("size", "1024x1024"))
        data = [{"b64_json": base64.b64encode(picture).decode(), "revised_prompt": "A heart."}]
        usage = {"input_tokens": 12, "output_tokens": 4160, "total_tokens": 4172}
        tells = {"usage": usage} if body["model"] == "gpt-image-1" else {}
        return JSONResponse({"created": 0, "data": data, **tells})


def fields(asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[set[str]]:
    """Return of each request the fields beside those that every request has."""
    usual = {"model", "messages", "prompt", "stream", "n"}
    return [set(body) - usual for _, body in asked]
