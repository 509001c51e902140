"""The one way to models: chat, pictures and embeddings over the OpenAI API, whatever serves it.

Our own engine, vLLM, `transformers serve` or a hosted API differ only in the URL. Two extras of our
engine are used where they are there: `kind` of a model in /v1/models, and `usage.gpu_ms`. Knows
nothing of torch, and of no request beyond what a call is given.
"""

import asyncio
import base64
import binascii
import ipaddress
import re
import ssl
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from openai import (
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpxClient,
    Timeout,
    omit,
)
from openai.types import Model as Listed
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionMessageParam,
    ChatCompletionStreamOptionsParam,
)
from openai.types.images_response import ImagesResponse
from pydantic import BaseModel

from generators.draft import (
    Cost,
    DeadlineExceeded,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    ModelMissing,
    PromptRejected,
)
from generators.metering import Running, Turn, noted, turned

Kind = Literal["chat", "image", "embed"]
KINDS: tuple[Kind, ...] = ("chat", "image", "embed")
CONNECT_S = 5.0
TEXTS_PER_CALL = 256
"""Texts embedded by one call; the OpenAI API takes 2,048."""

_STREAMED: Mapping[bool, ChatCompletionStreamOptionsParam] = {
    False: {"include_usage": True},
    True: cast("ChatCompletionStreamOptionsParam", {"include_usage": True, "include_queue": True}),
}
"""What a stream tells beside text, by whether the engine is ours: others refuse unknown fields."""
_BROKEN_OFF = frozenset({"ReadError", "RemoteProtocolError", "WriteError", "CloseError"})
"""What the HTTP library calls a connection that ended after it stood."""
_REJECTED = frozenset({400, 404, 413, 422})
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>\s*|$)", re.DOTALL)
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a language model has said so far; the last one holds all of it and the exact cost."""

    text: str
    cost: Cost
    cut: bool = False
    """Whether it stopped because `max_tokens` was reached."""
    done: bool = False
    """Whether this is the last."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG bytes. `seed` is 0 where the engine does not take one."""

    png: bytes
    seed: int
    cost: Cost


class Model:
    """One engine. Every method raises a `GenerationError`, and no text of the engine's in it."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "local",
        *,
        timeout_s: float = 120.0,
        fresh_s: float = 3.0,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        """Take the engine's URL with `/v1`, and model ids by kind for one that tells no kinds.

        A whole call may take `timeout_s`; a list of models is believed for `fresh_s`.
        """
        limits = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        trusted = not _is_here(base_url)  # a proxy cannot reach this machine's own engine
        http = DefaultAsyncHttpxClient(
            timeout=limits, trust_env=trusted, verify=_authorities(base_url)
        )
        self._client = AsyncOpenAI(
            base_url=base_url, api_key=api_key, max_retries=0, timeout=limits, http_client=http
        )
        self._timeout_s = timeout_s
        self._fresh_s = fresh_s
        self._chosen = dict(chosen or {})
        self._known: Mapping[str, str] = {}
        self._known_until = 0.0
        self._ours = False

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def installed(self) -> Mapping[str, str]:
        """Return the model id for each kind ("chat", "image", "embed") that can be used now."""
        if time.monotonic() >= self._known_until:
            with _told():
                async with asyncio.timeout(self._timeout_s):
                    listed = [model async for model in self._client.models.list()]
            self._ours = any("kind" in _extra(model) for model in listed)
            self._known = _by_kind(listed) if self._ours else self._guessed([m.id for m in listed])
            self._known_until = time.monotonic() + self._fresh_s
        return self._known

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        user: str = "",
    ) -> AsyncGenerator[Reply, None]:
        """Yield ever longer replies to `messages` (role and content). Closing it cancels the call.

        `user` goes to the engine as it is, for fair shares between people.
        """
        model = await self._named("chat")
        started = _Stopwatch(self._timeout_s)
        with noted("chat", model) as call:
            with _told():
                async with asyncio.timeout_at(started.deadline):
                    stream = await self._client.chat.completions.create(
                        model=model,
                        messages=cast("Iterable[ChatCompletionMessageParam]", messages),
                        max_tokens=max_tokens,
                        temperature=temperature,
                        seed=omit if seed is None else seed,
                        user=user or omit,
                        stream=True,
                        stream_options=_STREAMED[self._ours],
                    )
            call.cost = Cost(model=model)
            async with _closing(stream):
                async for reply in _replies(stream, call, started):
                    yield reply

    async def image(
        self, prompt: str, *, size: str, seed: int, steps: int | None = None, user: str = ""
    ) -> Picture:
        """Return one picture. `size` is WIDTHxHEIGHT in pixels, or empty for the model's own."""
        model = await self._named("image")
        ask = {"model": model, "prompt": prompt, "size": size, "user": user}
        *hopeful, last = self._picture_fields(seed, steps)
        for extra in hopeful:
            with suppress(PromptRejected):
                return await self._picture(ask, extra)
        return await self._picture(ask, last)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text, shape (n, d), each of length 1."""
        model = await self._named("embed")
        rows: list[list[float]] = []
        until = _Stopwatch(self._timeout_s)
        for at in range(0, len(texts), TEXTS_PER_CALL):
            batch = [text or " " for text in texts[at : at + TEXTS_PER_CALL]]
            rows += await self._embedded(model, batch, until)
        return _unit(rows, len(texts))

    async def _embedded(
        self, model: str, texts: Sequence[str], until: "_Stopwatch"
    ) -> list[list[float]]:
        started = _Stopwatch(self._timeout_s)
        with noted("embed", model) as call, _told():
            async with asyncio.timeout_at(until.deadline):
                answer = await self._client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float"
                )
            usage: BaseModel | None = answer.usage  # some servers leave it out
            read = 0 if usage is None else answer.usage.prompt_tokens
            call.cost = _charged(Cost(model=model, prompt_tokens=read), usage, started)
            return [one.embedding for one in sorted(answer.data, key=lambda d: d.index)]

    async def _picture(self, ask: Mapping[str, str], extra: Mapping[str, object]) -> Picture:
        started = _Stopwatch(self._timeout_s)
        with noted("image", ask["model"]) as call:
            with _told():
                async with asyncio.timeout_at(started.deadline):
                    answer = await self._client.images.generate(
                        model=ask["model"],
                        prompt=ask["prompt"],
                        n=1,
                        size=ask["size"] or omit,
                        user=ask["user"] or omit,
                        extra_body=extra,
                    )
            cost = _charged(Cost(model=ask["model"], images=1), answer.usage, started)
            call.cost = cost
            seed = extra.get("seed", 0)
            return Picture(_png(answer), seed if isinstance(seed, int) else 0, cost)

    async def _named(self, kind: Kind) -> str:
        model = (await self.installed()).get(kind)
        if model is None:
            raise ModelMissing(f"The engine serves no {kind} model.")
        return model

    def _guessed(self, ids: Sequence[str]) -> dict[str, str]:
        special = {kind: name for kind, name in self._chosen.items() if name in ids}
        others = [name for name in ids if name not in special.values()]
        return {"chat": others[0], **special} if others else special

    def _picture_fields(self, seed: int, steps: int | None) -> tuple[dict[str, object], ...]:
        """Return the bodies to try in turn: hosted APIs refuse fields that they do not know."""
        plain: dict[str, object] = {"response_format": "b64_json"}
        whole = {**plain, "seed": seed}
        if steps is not None:
            whole["steps"] = steps
        return (whole,) if self._ours else (whole, plain, {})


@dataclass(slots=True)
class _Stopwatch:
    """When a call began, and by when it must be over."""

    allowed_s: float
    began_s: float = 0.0

    def __post_init__(self) -> None:
        self.began_s = asyncio.get_running_loop().time()

    @property
    def deadline(self) -> float:
        return self.began_s + self.allowed_s

    @property
    def ms(self) -> int:
        return round((asyncio.get_running_loop().time() - self.began_s) * 1000)


async def _replies(
    stream: AsyncStream[ChatCompletionChunk], call: Running, started: _Stopwatch
) -> AsyncIterator[Reply]:
    """Yield replies with the cost so far; the exact cost is known at the end."""
    text, finish, usage, cost, waited = "", None, None, call.cost or Cost(model=""), False
    async for chunk in _chunks(stream, started):
        usage = chunk.usage or usage
        waited = _heard(chunk, waited=waited)
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            if choice.delta.content:
                text += choice.delta.content
                tokens = cost.output_tokens + 1
                call.cost = cost = replace(cost, output_tokens=tokens, gpu_ms=started.ms)
                if spoken(text):
                    yield Reply(spoken(text), cost)
    if finish is None:
        raise EngineCrashed("The engine ended its answer half way.")
    if usage is not None:
        cost = replace(
            cost, prompt_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens
        )
    call.cost = cost = _charged(cost, usage, started)
    yield Reply(spoken(text), cost, cut=finish == "length", done=True)


def _heard(chunk: ChatCompletionChunk, *, waited: bool) -> bool:
    """Tell on where a call stands, and at its first text that it does no more; whether it waits."""
    told = _extra(chunk).get("queue")
    if isinstance(told, Mapping):
        place, wait_s = told.get("place"), told.get("wait_s")
        if isinstance(place, int) and isinstance(wait_s, int | float):
            turned(Turn(place, wait_s))
        return True
    if waited and chunk.choices:
        turned(Turn(0))
    return waited and not chunk.choices


async def _chunks(
    stream: AsyncStream[ChatCompletionChunk], started: _Stopwatch
) -> AsyncIterator[ChatCompletionChunk]:
    while True:
        with _told():
            async with asyncio.timeout_at(started.deadline):
                chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


def spoken(text: str) -> str:
    r"""Return a reply without the model's thoughts before it, finished or not.

    >>> spoken("<think>Hm.</think>\n\nYes."), spoken("<think>Hm"), spoken("No.")
    ('Yes.', '', 'No.')
    """
    return _THOUGHT.sub("", text, count=1) if text.lstrip().startswith("<think>") else text


@asynccontextmanager
async def _closing(stream: AsyncStream[ChatCompletionChunk]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await stream.response.aclose()  # the engine sees the disconnect, and stops


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the SDK raises into the tree of `generators.draft`."""
    try:
        yield
    except (APITimeoutError, TimeoutError) as error:
        raise DeadlineExceeded("The engine took too long.") from error
    except APIStatusError as error:
        raise _meaning(error) from error
    except (APIError, ValueError) as error:  # no connection, or not what the API says
        if type(error.__cause__).__name__ in _BROKEN_OFF:
            raise EngineCrashed("The engine broke off.") from error
        raise EngineUnavailable("The engine does not answer.") from error


def _meaning(error: APIStatusError) -> GenerationError:
    if error.code == "model_not_found":
        return ModelMissing("The engine no longer serves this model.")
    if error.status_code == 413 or error.code == "context_length_exceeded":  # noqa: PLR2004 - HTTP
        return PromptRejected("This is too long for the model; please shorten it.")
    if error.status_code in _REJECTED:
        return PromptRejected("The model does not take a request of this form.")
    return EngineUnavailable(f"The engine answered with status {error.status_code}.")


def _by_kind(listed: Sequence[Listed]) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for model in listed:
        told = str(_extra(model).get("kind", ""))
        kind = "chat" if told == "text" else told
        if kind in KINDS:
            kinds.setdefault(kind, model.id)
    return kinds


def _charged(cost: Cost, usage: BaseModel | None, started: _Stopwatch) -> Cost:
    """Return the cost with the engine's own time in the model, or else the time of the call."""
    told = _extra(usage).get("gpu_ms") if usage is not None else None
    return replace(cost, gpu_ms=round(told) if isinstance(told, int | float) else started.ms)


def _extra(value: BaseModel) -> Mapping[str, object]:
    return value.model_extra or {}


def _png(answer: ImagesResponse) -> bytes:
    encoded = answer.data[0].b64_json if answer.data else None
    try:
        png = base64.b64decode(encoded or "", validate=True)
    except binascii.Error as error:
        raise EngineUnavailable("The engine's answer holds no picture.") from error
    if not png.startswith(_PNG):
        raise EngineUnavailable("The engine's answer holds no picture.")
    return png


def _unit(rows: list[list[float]], count: int) -> NDArray[np.float32]:
    if len(rows) != count or len({len(row) for row in rows}) > 1:
        raise EngineUnavailable("The engine's answer holds not one vector for each text.")
    vectors = np.asarray(rows, dtype=np.float32).reshape(count, -1 if count else 0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _authorities(base_url: str) -> ssl.SSLContext | Literal[True]:
    """Return whom to trust: nobody where no TLS is spoken, for reading the list takes long."""
    plain = _is_here(base_url) and urlsplit(base_url).scheme == "http"
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
