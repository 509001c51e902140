"""Reads what a request is about where that is an earlier answer of ours: a button said so.

The button's press is a request like any other, committed before its ack; what was made is looked up
only when it is at work. It becomes a part of the prompt, so it is judged like whatever is typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.intake.following import OF
from bot.ledger.recall import Recall
from bot.seams import Reading
from generators.code.cases import language_of_tests
from generators.code.job import job_of
from generators.draft import Code, PromptRejected, Request
from generators.sentences import language

_GONE: Final = (
    "This program cannot be read any more: it was taken back, or has expired. Please ask anew.",
    "这段程序已无法读取：已被撤回或已过期。请重新提问。",
)
_FENCE: Final = "~" * 6


@dataclass(frozen=True, slots=True)
class Recalling:
    """Gathers what is asked about, from the place it was asked in or from our own answers."""

    inner: Reading
    recall: Recall

    async def gather(self, request: Request) -> Request:
        """Return the request with what it is about. Raises GenerationError."""
        earlier = request.flags.get(OF)
        if earlier is None:
            return await self.inner.gather(request)
        found = await self.recall.shown(earlier)
        before, code = found or (request, None)
        if not isinstance(code, Code):
            raise PromptRejected(_GONE[language(request.prompt) == "zh"])
        # A command that was typed is seen by nobody else, so its words stay with who typed it.
        wish = job_of(before).words if before.user == request.user else ""
        said = f"{request.prompt}: {wish}" if wish else request.prompt
        prompt = "\n".join([said, *_fenced(code)])
        return replace(request, prompt=prompt, flags=_without(request.flags))


def _fenced(code: Code) -> list[str]:
    parts = [
        (code.language, code.source),
        *([(language_of_tests(code.language), code.tests)] if code.tests else []),
    ]
    return [f"{_FENCE}{tag}\n{text.rstrip()}\n{_FENCE}" for tag, text in parts]


def _without(flags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in flags.items() if name != OF}
