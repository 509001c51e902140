"""A guard model behind any OpenAI-compatible server: it reads a prompt, or a prompt and its answer.

Knows the answers of Qwen3Guard-Gen (Qwen3Guard technical report, 2025, section 3): a line `Safety:`
with Safe, Controversial or Unsafe, and a line `Categories:`. What is not such an answer is an
error. The prompt's template is the server's, from the model's folder.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openai.types.chat import ChatCompletionMessageParam, ChatCompletionTokenLogprob
from openai.types.chat.chat_completion import Choice

from generators.draft import PromptRejected
from moderation.finding import Finding
from moderation.served import Served
from moderation.stages import GUARD_INPUT, GUARD_OUTPUT

_MAX_TOKENS: Final = 64
_TOP: Final = 10
_SEVERITY: Final = re.compile(r"^Safety: *(Safe|Controversial|Unsafe)\s*$", re.MULTILINE)
_CATEGORIES: Final = re.compile(r"^Categories: *(\S[^\n]*)$", re.MULTILINE)
_WEIGHTS: Final[Mapping[str, float]] = {"safe": 0.0, "controversial": 0.5, "unsafe": 1.0}
_NAMES: Final[Mapping[str, str]] = {
    "violent": "violence",
    "non-violent illegal acts": "illicit",
    "sexual content or sexual acts": "sexual",
    "personally identifiable information": "privacy",
    "pii": "privacy",
    "suicide & self-harm": "self_harm",
    "unethical acts": "unethical",
    "politically sensitive topics": "political",
    "copyright violation": "copyright",
    "jailbreak": "jailbreak",
}
"""The model's categories, as policies name them after `harm.guard.`."""


class GuardError(Exception):
    """The server did not answer as a guard does; never quotes it."""


class Qwen3Guard:
    """Asks one model. Its score is how likely it calls the text unsafe, controversial for half."""

    def __init__(self, served: Served) -> None:
        """Take the model as it is served; its template is the server's."""
        self._served = served
        self._tells = True
        """Whether the server takes a request for log-probabilities."""

    @property
    def name(self) -> str:
        """Name the guard as reports do."""
        return "guard"

    async def close(self) -> None:
        """Close the connections."""
        await self._served.close()

    async def opinion(self, prompt: str, answer: str | None) -> Sequence[Finding]:
        """Return a finding `harm.guard.<category>` for each category that the model names.

        Raises GuardError, GenerationError.
        """
        choice = await self._asked(prompt, answer)
        text = choice.message.content or ""
        severity = _SEVERITY.search(text)
        if severity is None:
            raise GuardError("no severity")
        label = severity[1].lower()
        score = _score(choice, label)
        return tuple(
            Finding(category=f"harm.guard.{name}", detector=self.name, score=score)
            for name in _categories(text, label)
        )

    async def _asked(self, prompt: str, answer: str | None) -> Choice:
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": prompt}]
        if answer is not None:
            messages.append({"role": "assistant", "content": answer})
        stage = GUARD_INPUT if answer is None else GUARD_OUTPUT
        if self._tells:
            try:
                return await self._completed(stage, messages, tells=True)
            except PromptRejected:
                self._tells = False
        return await self._completed(stage, messages, tells=False)

    async def _completed(
        self, stage: str, messages: list[ChatCompletionMessageParam], *, tells: bool
    ) -> Choice:
        extra = {"logprobs": True, "top_logprobs": _TOP} if tells else {}
        asking = self._served.client.chat.completions.create(
            model=self._served.model,
            messages=messages,
            max_tokens=_MAX_TOKENS,
            temperature=0.0,
            extra_body=extra,
        )
        answer = await self._served.counted(stage, asking)
        if not answer.choices:
            raise GuardError("no choice")
        return answer.choices[0]


def _categories(text: str, label: str) -> Iterator[str]:
    """Yield the names of the categories; one that nobody knows, or none at all, is `other`."""
    found = _CATEGORIES.search(text)
    named = re.split(r"\s*,\s*", found[1].strip()) if found else ["None"]
    known = [_NAMES.get(name.lower(), "other") for name in named if name != "None"]
    yield from dict.fromkeys(known or ["any" if label == "safe" else "other"])


def _score(choice: Choice, label: str) -> float:
    """Return 0 for safe to 1 for unsafe, from the token that says which, or from the word."""
    tokens = (choice.logprobs.content if choice.logprobs else None) or []
    shares = _shares(tokens)
    total = sum(shares.values())
    if total == 0:
        return _WEIGHTS[label]
    if not math.isfinite(total):
        raise GuardError("no probability")
    return min(1.0, sum(_WEIGHTS[name] * share for name, share in shares.items()) / total)


def _shares(tokens: Sequence[ChatCompletionTokenLogprob]) -> dict[str, float]:
    """Return the probability of each label at the first token after `Safety:`."""
    said = ""
    for token in tokens:
        if said.rstrip().endswith("Safety:") and token.token.strip():
            shares: dict[str, float] = {}
            for other in token.top_logprobs or ():
                if name := _label(other.token):
                    shares[name] = shares.get(name, 0.0) + math.exp(other.logprob)
            return shares
        said += token.token
    return {}


def _label(token: str) -> str | None:
    """Return the one label that a token begins.

    >>> [_label(token) for token in (" Safe", "Un", " Contr", "The", "")]
    ['safe', 'unsafe', 'controversial', None, None]
    """
    word = token.strip()
    fits = [name for name in _WEIGHTS if word and name.capitalize().startswith(word)]
    return fits[0] if len(fits) == 1 else None
