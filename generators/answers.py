"""What of a server's answer is used, checked: nobody promises that it has the form that it should.

The SDK makes objects of any JSON without a look at it. What is missing or odd beside the answer
itself (usage, ids, roles) is left out; what makes an answer unreadable raises ValueError.
"""

import base64
import binascii
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generators.draft import EngineCrashed
from generators.vocabulary import Heeded, Unknown

MOST: Final = 2**31 - 1
PNG: Final = b"\x89PNG\r\n\x1a\n"
_IHDR: Final = struct.Struct(">8s4x4sII")
_ROUNDED_PX: Final = 32
"""Models round a side to blocks of up to so many pixels."""

Count = Annotated[int, Field(ge=0, le=MOST)]


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True, allow_inf_nan=False)


class Usage(_Read):
    """What a server says that a call took; `gpu_ms` is ours alone. None where it says nothing."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    gpu_ms: Annotated[float, Field(ge=0, le=MOST)] | None = None

    @property
    def read(self) -> int:
        """Tokens of the prompt, under either of OpenAI's two names."""
        return self.prompt_tokens or self.input_tokens or 0

    @property
    def written(self) -> int:
        """Tokens of the answer."""
        return self.completion_tokens or self.output_tokens or 0


class Delta(_Read):
    """A further piece of text."""

    content: str | None = None


class Choice(_Read):
    """One of the answers; there is one."""

    delta: Delta | None = None
    finish_reason: str | None = None


class _Event(_Read):
    choices: list[Choice] | None = None


class Queue(_Read):
    """Where a call stands in our engine's line, and seconds."""

    place: Count
    wait_s: Annotated[float, Field(ge=0, le=MOST)]


class _Vector(_Read):
    index: Count
    embedding: list[float]


class _Vectors(_Read):
    data: list[_Vector]


class _Encoded(_Read):
    b64_json: str


class _Pictures(_Read):
    data: list[_Encoded] = Field(min_length=1)


class _Word(_Read):
    """A word that a picture model never read, and the thing that comes nearest to it."""

    word: Annotated[str, Field(max_length=200)]
    nearest: Annotated[str, Field(max_length=200)] = ""


class _Words(_Read):
    """What our engine tells of the words of a prompt, where its model knows few."""

    things: Count = 0
    unknown: Annotated[list[_Word], Field(max_length=100)] = Field(default_factory=list[_Word])


class _Revised(_Read):
    revised_prompt: Annotated[str, Field(max_length=100_000)] | None = None


class Painting(_Read):
    """An event on the way to a picture, by the last part of its type."""

    type: str
    step: Count | None = None
    total: Count | None = None
    ahead: Count | None = None
    wait_s: Annotated[float, Field(ge=0, le=MOST)] | None = None
    seed: Count | None = None

    @property
    def name(self) -> str:
        """What happened: `queued`, `in_progress`, `partial_image`, `completed`.

        >>> Painting(type="image_generation.queued").name
        'queued'
        """
        return self.type.rpartition(".")[2]


def choices(event: object) -> Sequence[Choice]:
    """Return the choices of an event of a chat. Raises ValueError where it is none."""
    return _Event.model_validate(event).choices or ()


def queue(event: object) -> Queue | None:
    """Return the place in line that an event tells; None where it tells none, or nonsense."""
    said = _field(event, "queue")
    try:
        return None if said is None else Queue.model_validate(said)
    except ValidationError:
        return None


def usage(answer: object) -> Usage | None:
    """Return the usage that an answer tells; None where it tells none, or nonsense."""
    said = _field(answer, "usage")
    try:
        return None if said is None else Usage.model_validate(said)
    except ValidationError:
        return None


def heeded(answer: object) -> Heeded:
    """Return what an answer tells of the words of a prompt; nothing of what is nonsense."""
    said = _field(answer, "vocabulary")
    parts = _field(answer, "data")
    holder = parts[0] if isinstance(parts, list) and parts else answer
    try:
        words = _Words() if said is None else _Words.model_validate(said)
        revised = _Revised.model_validate(holder).revised_prompt
    except ValidationError:
        return Heeded()
    unknown = tuple(Unknown(one.word, one.nearest) for one in words.unknown)
    return Heeded(things=words.things, unknown=unknown, revised=revised or "")


def _field(answer: object, name: str) -> object:
    """Return a field of an object of the SDK's, or of JSON."""
    return answer.get(name) if isinstance(answer, Mapping) else getattr(answer, name, None)


def vectors(answer: object) -> list[list[float]]:
    """Return the vectors of an answer in their order. Raises ValueError where it holds none."""
    given = _Vectors.model_validate(answer).data
    return [one.embedding for one in sorted(given, key=lambda vector: vector.index)]


def unit(rows: Sequence[Sequence[float]], count: int) -> NDArray[np.float32]:
    """Return rows of length 1. Raises EngineCrashed where they are not one for each text."""
    if len(rows) != count or len({len(row) for row in rows}) > 1:
        raise EngineCrashed("The engine's answer holds not one vector for each text.")
    made = np.asarray(rows, dtype=np.float32).reshape(count, -1 if count else 0)
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    return (made / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def picture(answer: object, size: str) -> bytes:
    """Return the PNG of an answer, of about `size` (WIDTHxHEIGHT; empty: any).

    Raises EngineCrashed or ValueError where it holds no such picture.
    """
    try:
        return drawn(_Pictures.model_validate(answer).data[0], size)
    except ValidationError as error:
        raise EngineCrashed("The engine's answer holds no picture.") from error


def drawn(holder: object, size: str) -> bytes:
    """Return the PNG in `b64_json` of an event, or of a part of an answer. Raises alike."""
    try:
        png = base64.b64decode(_Encoded.model_validate(holder).b64_json, validate=True)
        head, kind, *sides = _IHDR.unpack_from(png)
    except (binascii.Error, struct.error, ValidationError) as error:
        raise EngineCrashed("The engine's answer holds no picture.") from error
    if (head, kind) != (PNG, b"IHDR"):
        raise EngineCrashed("The engine's answer holds no picture.")
    asked = pixels(size) or sides
    if any(abs(side - other) >= _ROUNDED_PX for side, other in zip(sides, asked, strict=True)):
        raise EngineCrashed("The engine's picture is not of the size that was asked for.")
    return png


def pixels(size: str) -> list[int]:
    """Return the sides of WIDTHxHEIGHT; none where that is not what it says.

    >>> pixels("512x768"), pixels("")
    ([512, 768], [])
    """
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", size)
    return [int(side) for side in found.groups()] if found else []


def whole(text: str) -> str:
    r"""Return text that can be stored: halves of characters are joined, or replaced if alone.

    JSON can say half a character, and servers cut emoji into such halves.

    >>> whole("\ud83d\ude00 \ud83d") == "\U0001f600 \ufffd"
    True
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
