"""What a server of models refuses or fails at, as the errors of `generators.draft`.

No text of the server's is in them: it could quote a prompt, or a path.
"""

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Final

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

from generators.answers import heeded
from generators.draft import (
    AccessRefused,
    DeadlineExceeded,
    EngineBusy,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    ModelMissing,
    PromptRejected,
)
from generators.vocabulary import Heeded

_BROKEN_OFF: Final = frozenset({"ReadError", "RemoteProtocolError", "WriteError", "CloseError"})
"""What the HTTP library calls a connection that ended after it stood."""
_REJECTED: Final = frozenset({400, 404, 413, 422})
_INVALID: Final = frozenset({400, 422})
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_AWAY: Final = 503
_LET_IN: Final = frozenset({401, 402, 403})
_POLICY: Final = frozenset({"content_policy_violation", "moderation_blocked", "content_filter"})
_TOO_LONG: Final = re.compile(r"maximum (?:context|model) length|context length", re.IGNORECASE)
"""How vLLM says it, which gives no code."""
_UNKNOWN_FIELD: Final = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|extra |"
    r"not (?:allowed|permitted|supported|enabled)",
    re.IGNORECASE,
)


class NothingKnown(PromptRejected):
    """A small picture model knows no thing that the prompt names."""

    def __init__(self, heeded: Heeded) -> None:
        """Take what the engine tells of the words."""
        super().__init__("The picture model knows none of these things; ask for another.")
        self.heeded = heeded


@contextmanager
def told(garbled: type[EngineUnavailable] = EngineUnavailable) -> Iterator[None]:
    """Turn what the SDK raises into our errors; `garbled` is what senseless bytes are."""
    try:
        yield
    except (APITimeoutError, TimeoutError) as error:
        raise DeadlineExceeded("The engine took too long.") from error
    except APIStatusError as error:
        raise _meaning(error) from error
    except APIConnectionError as error:
        if type(error.__cause__).__name__ in _BROKEN_OFF:
            raise EngineCrashed("The engine broke off.") from error
        raise EngineUnavailable("The engine does not answer.") from error
    except (APIError, ValueError) as error:  # not what the API says, or an error amid an answer
        raise garbled("The engine's answer makes no sense.") from error


def _meaning(error: APIStatusError) -> GenerationError:
    code = _text(error.code)
    if code == "model_not_found":
        return ModelMissing("The engine no longer serves this model.")
    if error.status_code in _LET_IN or code == "insufficient_quota":
        return AccessRefused(f"The engine lets nobody in with this key: {error.status_code}.")
    if code == "nothing_known":
        return NothingKnown(heeded(error.body))
    if error.status_code in _REJECTED:
        return PromptRejected(_objection(error, code))
    after_s = _after_s(error.response.headers)
    if error.status_code == _TOO_MANY or (error.status_code == _AWAY and after_s):
        return EngineBusy("The engine has too much to do.", after_s=after_s)
    return EngineUnavailable(f"The engine answered with status {error.status_code}.")


def _objection(error: APIStatusError, code: str) -> str:
    long = error.status_code == _TOO_LARGE or code == "context_length_exceeded"
    if long or _TOO_LONG.search(_text(error.message)):
        return "This is too long for the model; please shorten it."
    if code in _POLICY:
        return "The model's provider refuses this prompt; please rephrase it."
    return "The model does not take a request of this form."


def _text(value: object) -> str:
    """Return what should be text, and may be any JSON."""
    return value if isinstance(value, str) else ""


def _after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds of Retry-After, which is a number or a date; 0 where there is none."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", said):
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def refused_fields(
    error: APIStatusError, sent: Collection[str], extras: Iterable[set[str]]
) -> set[str]:
    """Return which of the fields that were sent a server does not know.

    OpenAI names it in `param`, FastAPI in `detail`, vLLM in its sentence. Where none is named, it
    is the first of `extras` that was sent. Empty where it is not about a field.
    """
    code, message = _text(error.code), _text(error.message)
    if error.status_code not in _INVALID or code in {*_POLICY, "context_length_exceeded"}:
        return set()
    said = list(_forbidden(error.body))
    if _UNKNOWN_FIELD.search(f"{code} {message}"):
        said += [_text(error.param), *re.findall(r"[a-z_]+", message)]
    named = next(({name} for name in said if name in sent), None)
    return named or next((group & set(sent) for group in extras if group & set(sent)), set())


def _forbidden(body: object) -> Iterator[str]:
    detail = body.get("detail") if isinstance(body, dict) else None
    for entry in detail if isinstance(detail, list) else []:
        where = entry.get("loc") if isinstance(entry, dict) else None
        if isinstance(where, list) and where and entry.get("type") == "extra_forbidden":
            yield str(where[-1])
