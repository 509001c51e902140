"""One server of the OpenAI API: its connections, its models, and the fields that it does not take.

Servers differ in what they refuse. A field that only makes an answer better (a seed, a priority) is
sent once to each model; where the server says that it does not know it, it is left out afterwards.
"""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar, cast
from urllib.parse import urlsplit

import httpx2
from openai import (
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Timeout,
)
from openai.types import Model as Listed
from openai.types.chat import ChatCompletionMessageParam
from openai.types.create_embedding_response import CreateEmbeddingResponse
from openai.types.images_response import ImagesResponse
from pydantic import BaseModel

from generators.bounds import PLAIN, bounded
from generators.change import Change
from generators.draft import (
    DeadlineExceeded,
    EngineCrashed,
    EngineUnavailable,
    ModelMissing,
    PromptRejected,
)
from generators.failures import refused_fields, told

Kind = Literal["chat", "image", "embed", "restore"]
KINDS: Final[tuple[Kind, ...]] = ("chat", "image", "embed", "restore")
CONNECT_S: Final = 5.0
LIST_S: Final = 20.0
"""How long a list of models may take: a server that does not tell it is away, not slow."""
_SIZES: Final[Mapping[str, tuple[str, ...]]] = {
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
    "dall-e-3": ("1024x1024", "1792x1024", "1024x1792"),
    "gpt-image-1": ("1024x1024", "1536x1024", "1024x1536"),
}
"""Of hosted models, as OpenAI's reference of /v1/images/generations has them."""
_RENAMED: Final[Mapping[str, str]] = {"max_tokens": "max_completion_tokens"}
"""OpenAI's reasoning models take the second name only."""

_EXTRAS: Final = ({"seed", "steps", "strength"}, {"response_format"})
"""Fields for pictures that are left out, in this order, where a server does not say which it is."""

Fields = Mapping[str, object]
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Stopwatch:
    """When a call began, and by when it must be over; it counts on the loop's clock."""

    allowed_s: float
    began_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self.began_s = asyncio.get_running_loop().time()

    @property
    def deadline(self) -> float:
        """When it must be over."""
        return self.began_s + self.allowed_s

    @property
    def ms(self) -> int:
        """Milliseconds since it began."""
        return round((asyncio.get_running_loop().time() - self.began_s) * 1000)


class Host:
    """A server. Every method raises a `GenerationError`, and no text of the server's in it."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "local",
        *,
        timeout_s: float = 120.0,
        fresh_s: float = 3.0,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        """Take its URL with `/v1`, and model ids by kind for one that tells no kinds.

        An empty id is the first model of its list.

        A whole call may take `timeout_s`, half of which a stream may be silent at a time; a list of
        models is believed for `fresh_s`.
        """
        self.timeout_s = timeout_s
        self._silent = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s), read=timeout_s / 2)
        limits = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        http = DefaultAsyncHttpxClient(
            timeout=limits,
            trust_env=not is_here(base_url),  # a proxy cannot reach this machine's own engine
            verify=authorities(base_url),
            follow_redirects=False,  # prompts go where the operator said, and nowhere else
            event_hooks={"response": [bounded]},
        )
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,  # the ledger tries again, and counts it
            timeout=limits,
            http_client=http,
            default_headers={"accept-encoding": PLAIN},
        )
        self._fresh_s = fresh_s
        self._chosen = dict(chosen or {})
        self._known: Mapping[str, str] = {}
        self._known_until = 0.0
        self._refused: dict[str, set[str]] = {}
        self.ours = False
        """Whether it tells the kinds of its models, as our own engine does."""
        self._sizes: Mapping[str, str] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def installed(self) -> Mapping[str, str]:
        """Return the model id for each kind that can be used now."""
        if time.monotonic() >= self._known_until:
            self._known = await self._found()
            self._known_until = time.monotonic() + self._fresh_s
        return self._known

    async def _found(self) -> Mapping[str, str]:
        try:
            listed = await self._listed()
        except PromptRejected as error:  # it has no list, as some hosts have none
            named = {kind: name for kind, name in self._chosen.items() if name}
            if not named:
                raise EngineUnavailable("The engine does not tell its models.") from error
            return named
        self.ours = any("kind" in _extra(model) for model in listed)
        self._sizes = {model.id: str(_extra(model).get("size", "")) for model in listed}
        return _by_kind(listed) if self.ours else self._guessed([model.id for model in listed])

    async def named(self, kind: Kind) -> str:
        """Return the model of a kind. Raises ModelMissing."""
        model = (await self.installed()).get(kind)
        if model is None:
            raise ModelMissing(f"The engine serves no {kind} model.")
        return model

    async def chat(
        self, model: str, messages: Sequence[Mapping[str, str]], fields: Fields
    ) -> httpx2.Response:
        """Begin a stream, to be closed; the fields are those that a server may refuse."""
        turns = cast("Iterable[ChatCompletionMessageParam]", messages)
        with told():
            begun = await self._asked(
                model,
                fields,
                lambda body: self._client.chat.completions.with_raw_response.create(
                    model=model,
                    messages=turns,
                    stream=True,
                    extra_body=body,
                    timeout=self._silent,
                ),
            )
            return begun.http_response

    async def image(self, model: str, prompt: str, fields: Fields) -> tuple[ImagesResponse, Fields]:
        """Make one picture; return also the fields that were not left out.

        Raises PromptRejected for a size that a hosted model does not have.
        """
        if not self.ours:
            _check_size(model, str(fields.get("size", "")), self.sizes(model))
        with told(EngineCrashed):
            answer = await self._asked(
                model,
                fields,
                lambda body: self._client.images.generate(
                    model=model, prompt=prompt, n=1, extra_body=body
                ),
                _EXTRAS,
            )
            return answer, _without(fields, self._refused[model])

    async def edit(self, model: str, change: Change, user: str) -> tuple[ImagesResponse, Fields]:
        """Change a picture; return also the fields that were not left out.

        Raises PromptRejected where it is to be larger and this is no engine of ours.
        """
        if change.upscale > 1 and not self.ours:
            raise PromptRejected("Only Atelier's own engine makes pictures larger.")
        fields = change.fields(user)
        files = cast("dict[str, Any]", change.files)
        with told(EngineCrashed):
            answer = await self._asked(
                model,
                fields,
                lambda body: self._client.images.edit(
                    model=model, prompt=change.prompt, n=1, extra_body=body, **files
                ),
                _EXTRAS,
            )
            return answer, _without(fields, self._refused[model])

    async def paint(self, model: str, prompt: str, fields: Fields) -> httpx2.Response:
        """Begin a stream, to be closed, that tells how far a picture is: our own engine does."""
        with told(EngineCrashed):
            begun = await self._client.images.with_raw_response.generate(
                model=model, prompt=prompt, n=1, stream=True, extra_body=dict(fields)
            )
            return begun.http_response

    def sizes(self, model: str) -> tuple[str, ...]:
        """Return the only sizes that a picture model has, WIDTHxHEIGHT; none where it takes any."""
        return next((sizes for name, sizes in _SIZES.items() if model.startswith(name)), ())

    def own_size(self, model: str) -> str:
        """Return the size of a model's pictures where none is asked for; empty: nobody told."""
        return self._sizes.get(model, "")

    async def embed(self, model: str, texts: Sequence[str]) -> CreateEmbeddingResponse:
        """Return vectors as numbers, not as Base64."""
        with told(EngineCrashed):
            return await self._client.embeddings.create(
                model=model, input=list(texts), encoding_format="float"
            )

    async def _asked(
        self,
        model: str,
        fields: Fields,
        ask: Callable[[Fields], Awaitable[Answer]],
        extras: Iterable[set[str]] = (),
    ) -> Answer:
        """Ask with all fields that the model is not known to refuse, then with fewer."""
        dropped = set(self._refused.get(model, ()))
        while True:
            left = _without(fields, dropped)
            try:
                answer = await ask(left)
            except APIStatusError as error:
                gone = set() if self.ours else refused_fields(error, left.keys(), extras)
                if not gone:
                    raise
                dropped |= gone
            else:
                self._refused[model] = dropped
                return answer

    async def _listed(self) -> list[Listed]:
        try:
            with told():
                async with asyncio.timeout(LIST_S):
                    asked = self._client.models.list(timeout=LIST_S)
                    listed = [model async for model in asked]
        except (DeadlineExceeded, AttributeError, TypeError) as error:
            raise EngineUnavailable("The engine does not tell its models.") from error
        return [model for model in listed if _is_named(model)]

    def _guessed(self, ids: Sequence[str]) -> dict[str, str]:
        named = {kind: name or next(iter(ids), "") for kind, name in self._chosen.items()}
        special = {kind: name for kind, name in named.items() if name in ids}
        others = [name for name in ids if name not in special.values()]
        return {"chat": others[0], **special} if others else special


def _without(fields: Fields, dropped: set[str]) -> dict[str, object]:
    left = {name: value for name, value in fields.items() if name not in dropped}
    for old, new in _RENAMED.items():
        if old in fields and old in dropped and new not in dropped:
            left[new] = fields[old]
    return left


def _check_size(model: str, size: str, has: Sequence[str]) -> None:
    if size and has and size not in has:
        raise PromptRejected(f"{model} makes pictures of {', '.join(has)} only; name one of these.")


def _is_named(listed: object) -> bool:
    return isinstance(getattr(listed, "id", None), str)


def _by_kind(listed: Sequence[Listed]) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for model in listed:
        said = str(_extra(model).get("kind", ""))
        kind = "chat" if said == "text" else said
        if kind in KINDS:
            kinds.setdefault(kind, model.id)
    return kinds


def _extra(value: BaseModel) -> Mapping[str, object]:
    return value.model_extra or {}


def authorities(base_url: str) -> ssl.SSLContext | Literal[True]:
    """Return whom to trust: nobody where no TLS is spoken, for reading the list takes long."""
    plain = is_here(base_url) and urlsplit(base_url).scheme == "http"
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def is_here(url: str) -> bool:
    """Tell whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
