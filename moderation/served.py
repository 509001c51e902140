"""How a model that judges is asked: over HTTP, and each call noted as whoever constructs it says.

A call of such a model is a call of an engine like any other, so it belongs to the books
(`generators.metering`), which moderation does not know. What keeps a server from answering becomes
an error of `generators.draft`.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Timeout,
)

from generators.draft import (
    Cost,
    DeadlineExceeded,
    EngineCrashed,
    EngineUnavailable,
    PromptRejected,
)

CONNECT_S: Final = 2.0
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Where no proxy leads."""
_BROKEN_OFF: Final = frozenset({"ReadError", "RemoteProtocolError", "WriteError", "CloseError"})
"""What the HTTP library calls a connection that ended after it stood."""
_REJECTED: Final = frozenset({400, 404, 413, 422})
_MOST: Final = 2**31 - 1
"""More tokens, or milliseconds, than any call takes; what a server says beyond is not believed."""

Answer = TypeVar("Answer")


class Bill(Protocol):
    """A call under way: what it cost, once that is known."""

    cost: Cost | None


Noted = Callable[[str, str], AbstractContextManager[Bill]]
"""Notes one call, by its stage and model, when its block ends."""


@dataclass(slots=True)
class _Nobodys:
    cost: Cost | None = None


@contextmanager
def unnoted(stage: str, model: str) -> Iterator[Bill]:
    """Keep no books."""
    del stage, model
    yield _Nobodys()


class Served:
    """One model on one server."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        *,
        timeout_s: float,
        noted: Noted = unnoted,
    ) -> None:
        """Take the server's URL with `/v1`, the model's id there, and who notes the calls."""
        limits = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        trusted = urlsplit(base_url).hostname not in _HERE
        http = DefaultAsyncHttpxClient(timeout=limits, trust_env=trusted)
        self.client = AsyncOpenAI(
            base_url=base_url, api_key=api_key, max_retries=0, timeout=limits, http_client=http
        )
        self.model = model
        self._noted = noted

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def counted(self, stage: str, answer: Awaitable[Answer]) -> Answer:
        """Return an answer of the model's, whose call is noted. Raises a `GenerationError`."""
        began = time.monotonic_ns()
        with self._noted(stage, self.model) as bill, _told():
            made = await answer
            elapsed_ms = (time.monotonic_ns() - began) // 1_000_000
            bill.cost = _charged(Cost(model=self.model, gpu_ms=elapsed_ms), made)
            return made


def _charged(cost: Cost, answer: object) -> Cost:
    """Return the cost with what the answer says of it, as far as that can be."""
    usage = _part(answer, "usage")
    return Cost(
        model=cost.model,
        gpu_ms=_amount(_part(usage, "gpu_ms"), cost.gpu_ms),
        prompt_tokens=_amount(_part(usage, "prompt_tokens"), 0),
        output_tokens=_amount(_part(usage, "completion_tokens"), 0),
    )


def _part(answer: object, name: str) -> object:
    return answer.get(name) if isinstance(answer, Mapping) else getattr(answer, name, None)


def _amount(told: object, otherwise: int) -> int:
    """Return what a server says, where it is an amount.

    >>> _amount(12.4, 0), _amount(None, 7), _amount(float("nan"), 7), _amount(-1, 7)
    (12, 7, 7, 7)
    """
    is_one = isinstance(told, int | float) and 0 <= told <= _MOST
    return round(told) if is_one else otherwise


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the SDK raises into the tree of `generators.draft`."""
    try:
        yield
    except APITimeoutError as error:
        raise DeadlineExceeded("The model took too long.") from error
    except APIStatusError as error:
        if error.status_code in _REJECTED:
            raise PromptRejected("The model does not take a request of this form.") from error
        raise EngineUnavailable(f"It answered with status {error.status_code}.") from error
    except APIConnectionError as error:
        if type(error.__cause__).__name__ in _BROKEN_OFF:
            raise EngineCrashed("The server broke off.") from error
        raise EngineUnavailable("The server does not answer.") from error
    except (APIError, ValueError) as error:
        raise EngineUnavailable("The server's answer is not one of the API.") from error
