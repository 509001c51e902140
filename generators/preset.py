"""A way to ask a language model, kept in a TOML file, and the drafts that come of it.

A preset has `system` and `template` (with `$name` fields), `max_tokens`, `temperature`, and what it
`needs`: "prompt", or "context", where the messages of the place will do instead of a prompt.
"""

import tomllib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

from generators.builtin import say
from generators.draft import Draft, GenerationError, PromptRejected, Request, Text
from generators.model import Model, Reply
from generators.sentences import Language, language

FOLDER = Path(__file__).with_name("prompts")
_FIELDS = frozenset({"needs", "max_tokens", "temperature", "system", "template"})
_NAMES: Mapping[Language, str] = {"en": "the language of the question", "zh": "Chinese (中文)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What is said to a language model around a request."""

    system: str
    template: str
    max_tokens: int
    temperature: float
    needs: Literal["prompt", "context"]

    @classmethod
    def load(cls, name: str) -> "Preset":
        """Read one of our own by its name, or a file of the operator's by its path.

        Raises ValueError for a field that is unknown, missing or of no use.
        """
        path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        if fields.keys() != _FIELDS or fields["needs"] not in {"prompt", "context"}:
            raise ValueError(f"{path.name} must have the fields {', '.join(sorted(_FIELDS))}")
        return cls(
            system=str(fields["system"]).strip(),
            template=str(fields["template"]).strip(),
            max_tokens=int(fields["max_tokens"]),
            temperature=float(fields["temperature"]),
            needs=fields["needs"],
        )

    def require(self, request: Request) -> None:
        """Raise PromptRejected when the request has nothing to work on."""
        if request.prompt.strip() or (self.needs == "context" and request.context):
            return
        raise PromptRejected("There is nothing to work on: write a text after the command.")

    def messages(self, request: Request, **values: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the system's and the person's message; `prompt` and `language` are always set."""
        known = {"prompt": request.prompt, "language": _NAMES[language(request.prompt)], **values}
        return (
            {"role": "system", "content": Template(self.system).substitute(known)},
            {"role": "user", "content": Template(self.template).substitute(known).strip()},
        )


async def written(
    model: Model,
    preset: Preset,
    request: Request,
    shown: Callable[[Reply], str],
    **values: str,
) -> AsyncGenerator[Draft, None]:
    """Yield a draft for each reply as `shown` puts it. Closing it cancels the model's call."""
    async with aclosing(replies(model, preset, request, values)) as growing:
        async for reply in growing:
            body = shown(reply)
            if body:
                yield Draft(request=request, content=Text(body), cost=reply.cost)


async def last_word(model: Model, preset: Preset, request: Request, **values: str) -> Reply | None:
    """Return the last thing a model said; None when there is none, or it failed at once."""
    reply = None
    try:
        if not await model.has("chat"):
            return None
        async with aclosing(replies(model, preset, request, values)) as growing:
            async for so_far in growing:
                reply = so_far
    except GenerationError:
        return reply
    return reply


def replies(
    model: Model, preset: Preset, request: Request, values: Mapping[str, str]
) -> AsyncGenerator[Reply, None]:
    """Yield what a model says, ever longer. Closing it cancels the model's call."""
    return model.chat(
        preset.messages(request, **values),
        max_tokens=preset.max_tokens,
        temperature=preset.temperature,
        seed=seed_of(request),
        user=request.user,
    )


def ended(reply: Reply, body: str, speak: Language) -> str:
    """Return the body with what has to be said at the end: that it is cut, or that it is empty."""
    if not reply.done:
        return body
    if not body.strip():
        return say("nothing", speak)
    return f"{body}\n\n{say('cut', speak)}" if reply.cut else body


def seed_of(request: Request) -> int:
    """Return a seed that a retry of the same request has again, below 2^31."""
    return request.id.int % 2**31
