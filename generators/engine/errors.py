"""What the engine refuses, as an HTTP status and OpenAI's error object.

    Refusal
      BadRequest      400   a field that this engine cannot honour
      ContextTooLong  400   prompt and answer do not fit the model's context
      TooLarge        400   a picture does not fit the device's memory
      NothingKnown    400   a small picture model knows no thing that the prompt names
      UnknownModel    404   a model that this engine does not serve
      BodyTooLarge    413
      Busy            429   the waiting queue is full
      ModelFailed     500   the model raised; the log says what
      NotReady        503   the model is absent, loading or failed to load
        Stopping            the engine stops, and has no time for more

No message carries text of a prompt or of an exception.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from typing_extensions import override

from generators.vocabulary import Unknown, told


class Refusal(Exception):  # noqa: N818 - reads as what it is
    """An answer without a result: `status`, and `payload()` as the body."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None

    def __init__(self, message: str, *, param: str | None = None) -> None:
        """Take a sentence for the client and the field it is about."""
        super().__init__(message)
        self.message = message
        self.param = param

    def payload(self) -> dict[str, Any]:
        """`{"error": {"message", "type", "param", "code"}}`, as the OpenAI API has it."""
        error = {"message": self.message, "type": self.type}
        return {"error": {**error, "param": self.param, "code": self.code}}


class BadRequest(Refusal):
    """A field is missing, out of range or not supported; `param` names it."""

    status = 400
    type = "invalid_request_error"


class ContextTooLong(BadRequest):
    """The prompt and the tokens asked for exceed the model's context."""

    code = "context_length_exceeded"


class TooLarge(BadRequest):
    """Even alone, the picture does not fit the device's memory."""

    code = "too_large_for_device"


class NothingKnown(BadRequest):
    """Nothing that the prompt names can be drawn; the payload says what is near its words."""

    code = "nothing_known"

    def __init__(self, things: int, unknown: Sequence[Unknown]) -> None:
        """Take how many things the model knows, and the words that are none of them."""
        super().__init__(f"This model draws {things} things, and none of these.", param="prompt")
        self._told = told(things, unknown)

    @override
    def payload(self) -> dict[str, Any]:
        """As ever, with the `vocabulary` that a picture has beside it."""
        error = super().payload()["error"]
        return {"error": {**error, "vocabulary": self._told}}


class UnknownModel(Refusal):
    """The model asked for is not the one this engine serves."""

    status = 404
    type = "invalid_request_error"
    code = "model_not_found"


class BodyTooLarge(Refusal):
    """The request has more bytes than the engine reads."""

    status = 413
    type = "invalid_request_error"


class Busy(Refusal):
    """As many requests wait as the engine lets wait."""

    status = 429
    type = "rate_limit_error"
    code = "queue_full"


class ModelFailed(Refusal):
    """The model raised an exception on this request."""

    code = "model_failed"


class NotReady(Refusal):
    """There is no model of this kind, or not yet."""

    status = 503
    type = "service_unavailable_error"
    code = "model_not_ready"


class Stopping(NotReady):
    """The engine is being stopped; whoever asks again finds the next one."""

    code = "engine_stopping"

    def __init__(self) -> None:
        """Say so."""
        super().__init__("The engine is stopping. Ask again in a moment.")
