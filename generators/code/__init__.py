"""Programs: written by a language model, or pasted and checked. Nothing is run here."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from generators.builtin import COST, missing
from generators.code.blocks import LANGUAGES, blocks, named
from generators.code.python import looks_like_python, parse, report
from generators.draft import Code, Draft, PromptRejected, Request, Text
from generators.model import Reply
from generators.preset import Preset, ended, written
from generators.sentences import Language, language
from generators.tools import Tools


class Write:
    """Writes a program; without a language model it checks one that is pasted."""

    def __init__(self, tools: Tools, *, preset: str = "code", lang: str = "") -> None:
        """Take the language for requests that name none; empty: the model's choice."""
        self._tools = tools
        self._preset = Preset.load(preset)
        self._lang = lang

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the answer as it comes; last the program alone, if the answer holds just one."""
        self._preset.require(request)
        lang = _asked(request.flags.get("lang", self._lang))
        if not await self._tools.model.has("chat"):
            yield Draft(request=request, content=Text(_checked(request.prompt)), cost=COST)
            return
        last: Draft | None = None
        values = {"in_language": f" in {lang}" if lang else ""}
        shown = partial(_shown, language(request.prompt))
        answers = written(self._tools.model, self._preset, request, shown, **values)
        async with aclosing(answers):
            async for draft in answers:
                yield draft
                last = draft
        program = _program(last, lang)
        if last is not None and program is not None:
            yield replace(last, content=program)


def _asked(flag: str) -> str:
    lang = named(flag) if flag else ""
    if lang is None:
        raise PromptRejected(f"I know these languages: {', '.join(LANGUAGES)}.")
    return lang


def _shown(speak: Language, reply: Reply) -> str:
    return ended(reply, reply.text.rstrip(), speak)


def _program(last: Draft | None, lang: str) -> Code | None:
    """Return the one program of an answer in words; None if there is none, or more than one."""
    found = blocks(last.content.body) if last and isinstance(last.content, Text) else ()
    if len(found) != 1 or not found[0].source.strip():
        return None
    name = lang or found[0].language or "text"
    sound = name == "python" and not parse(found[0].source).error
    return Code(found[0].source, name, "checked" if sound else "unchecked")


def _checked(prompt: str) -> str:
    """Report on the Python in a prompt, or say that nothing can be done."""
    speak = language(prompt)
    fenced = [block.source for block in blocks(prompt) if block.language in {"python", ""}]
    if not fenced and looks_like_python(prompt):
        fenced = [prompt]
    if not fenced:
        return missing("chat", speak)
    return "\n\n".join(report(source, speak) for source in fenced)
