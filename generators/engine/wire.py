"""Requests of the OpenAI API as this engine accepts them, checked.

A field that would change the answer and that the engine cannot honour is refused, not ignored.
https://platform.openai.com/docs/api-reference (chat, images, embeddings). To classify a picture
is none of it.
"""

import base64
import binascii
import json
import re
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from starlette.requests import Request

from generators.engine.errors import BadRequest, BodyTooLarge

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_PICTURE_BODY_BYTES = 28 * 1024 * 1024
"""Of a request with a picture: one of 20 MB, in Base64."""
MAX_SIDE_PX = 2048
MAX_PICTURES = 8
MAX_STEPS = 200
MAX_PREVIEWS = 3  # as the OpenAI API has it
MIN_STRENGTH = 0.02
MAX_UPSCALE = 4
MAX_INPUTS = 2048  # as the OpenAI API has it
MAX_STOPS = 4  # as the OpenAI API has it
MAX_SCHEMA_CHARS = 32768
MAX_SEED = 2**63 - 1
MAX_PRIORITY = 100
MAX_LABELS = 64
MAX_LABEL_CHARS = 200

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
NonEmpty = Annotated[str, Field(min_length=1)]


class Ask(BaseModel):
    """What every request has: the id of a model."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    model: NonEmpty


class TextPart(BaseModel):
    """A part of a message's content; only text is understood."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        """The content in one piece."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """`include_usage` asks for a last chunk with the usage.

    An extra: `include_queue` asks for chunks with the place in line while the request waits.
    """

    include_usage: bool = False
    include_queue: bool = False


class JsonSchema(BaseModel):
    """A schema; whether `strict` or not, the answer is of it."""

    model_config = ConfigDict(strict=True, extra="ignore", populate_by_name=True)

    name: str = ""
    form: dict[str, Any] = Field(default_factory=dict, alias="schema")

    @field_validator("form")
    @classmethod
    def _is_small(cls, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MAX_SCHEMA_CHARS:
            raise ValueError(f"a schema has at most {MAX_SCHEMA_CHARS} characters")
        return value


class ResponseFormat(BaseModel):
    """What an answer is: text, any JSON object, or JSON of a schema."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ResponseFormat":
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise ValueError("a json_schema goes with this type and with no other")
        return self


class ChatAsk(Ask):
    """A request to /v1/chat/completions.

    Extra fields as vLLM has them: `top_k` (0 keeps all) and `priority`, lower first. Requests of
    one `user` wait for each other rather than for those of others.
    """

    messages: list[Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    seed: Seed | None = None
    user: str | None = None
    priority: int = Field(default=0, ge=-MAX_PRIORITY, le=MAX_PRIORITY)
    stop: NonEmpty | Annotated[list[NonEmpty], Field(max_length=MAX_STOPS)] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    tools: object = None
    functions: object = None
    response_format: ResponseFormat | None = None
    logprobs: object = None
    logit_bias: object = None
    audio: object = None

    @field_validator("tools", "functions", "logprobs", "logit_bias", "audio")
    @classmethod
    def _is_absent(cls, value: object) -> object:
        if value:
            raise ValueError("this engine does not support it")
        return value

    @property
    def new_tokens(self) -> int | None:
        """The longest answer allowed, in tokens; None leaves it to the engine."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def form(self) -> dict[str, Any] | None:
        """The JSON schema that the answer must be of; None for any text."""
        asked = self.response_format
        if asked is None or asked.type == "text":
            return None
        return {"type": "object"} if asked.json_schema is None else asked.json_schema.form

    @property
    def wants_usage(self) -> bool:
        """Whether the stream ends with a usage chunk."""
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def wants_queue(self) -> bool:
        """Whether the stream tells the place in line."""
        asked = self.stream_options
        return self.stream and asked is not None and asked.include_queue


class ImageAsk(Ask):
    """A request to /v1/images/generations.

    Extra fields: `seed`, `steps`, `guidance`, `negative_prompt` (what it should not show), `lora`
    (the name of an adapter) with `lora_scale`,
    `priority` as of a chat, and `exact`, which makes the pictures one by one, so that the same seed
    gives the same bytes.
    """

    prompt: str = Field(min_length=1)
    n: int | None = Field(default=None, ge=1, le=MAX_PICTURES)
    size: str | None = None
    seed: Seed | None = None
    steps: int | None = Field(default=None, ge=1, le=MAX_STEPS)
    guidance: float | None = Field(default=None, ge=0, le=50)
    negative_prompt: str = ""
    lora: NonEmpty | None = None
    lora_scale: float = Field(default=1.0, ge=-2, le=2)
    exact: bool = False
    user: str | None = None
    priority: int = Field(default=0, ge=-MAX_PRIORITY, le=MAX_PRIORITY)
    partial_images: int | None = Field(default=None, ge=0, le=MAX_PREVIEWS)
    response_format: Literal["b64_json"] | None = None
    output_format: Literal["png"] | None = None
    stream: bool = False

    @field_validator("size")
    @classmethod
    def _is_a_size(cls, value: str | None) -> str | None:
        if value in {None, "auto"}:
            return None
        sides = _sides(value or "")
        if sides is None or any(side % 8 or not 0 < side <= MAX_SIDE_PX for side in sides):
            limit = f"multiples of 8 up to {MAX_SIDE_PX}"
            raise ValueError(f"a size is WIDTHxHEIGHT in pixels, {limit}, such as 512x512")
        return value

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height in pixels; None leaves them to the model."""
        return None if self.size is None else _sides(self.size)


class EditAsk(ImageAsk):
    """The fields of a request to /v1/images/edits or /v1/images/variations, beside its pictures.

    Extra fields: `strength`, from nearly nothing to 1, a new picture; and `upscale`, which makes
    the sides so many times as long.
    """

    prompt: str = ""
    strength: float | None = Field(default=None, ge=MIN_STRENGTH, le=1)
    upscale: float | None = Field(default=None, gt=1, le=MAX_UPSCALE)


class EmbedAsk(Ask):
    """A request to /v1/embeddings; only text, no token ids."""

    input: NonEmpty | Annotated[list[NonEmpty], Field(min_length=1, max_length=MAX_INPUTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: None = None
    user: str | None = None

    @property
    def texts(self) -> list[str]:
        """The texts to embed."""
        return [self.input] if isinstance(self.input, str) else self.input


class ClassifyAsk(Ask):
    """A request to /v1/images/classifications: `image` is a PNG in Base64.

    `labels` are those whose scores are wanted: all of them must be the model's own, or, for CLIP,
    are all that it chooses from.
    """

    max_body_bytes: ClassVar[int] = MAX_PICTURE_BODY_BYTES

    image: NonEmpty
    labels: list[Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARS)]] = Field(
        default_factory=list, max_length=MAX_LABELS
    )

    @field_validator("image")
    @classmethod
    def _is_base64(cls, value: str) -> str:
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("it is not Base64") from error
        return value

    @field_validator("labels")
    @classmethod
    def _differ(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("a label is given twice")
        return value

    @property
    def png(self) -> bytes:
        """The picture."""
        return base64.b64decode(self.image)


AnyAsk = TypeVar("AnyAsk", bound=Ask)


async def read(request: Request, kind: type[AnyAsk]) -> AnyAsk:
    """Read and check the body of a request. Raises BadRequest or BodyTooLarge."""
    try:
        return kind.model_validate_json(await read_body(request, kind.max_body_bytes))
    except ValidationError as error:
        raise refusal(error) from error


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Read the body. Raises BodyTooLarge as soon as it has more bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise BodyTooLarge(f"A request has at most {most_bytes} bytes.")
    return bytes(body)


def refusal(error: ValidationError) -> BadRequest:
    """Return the first thing that is wrong, without what was sent."""
    return _refusal(error.errors(include_input=False, include_url=False)[0])


def _refusal(error: Any) -> BadRequest:  # noqa: ANN401 - pydantic's ErrorDetails is not exported
    param = str(error["loc"][0]) if error["loc"] else None
    subject = f"'{param}'" if param else "The request"
    reason = error["msg"].removeprefix("Value error, ")
    return BadRequest(f"{subject}: {reason}.", param=param)


def _sides(size: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", size)
    return (int(found[1]), int(found[2])) if found else None
