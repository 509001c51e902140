"""Programs: written by a language model and tried, or somebody's own, looked at."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final

from generators.builtin import COST, missing
from generators.code.author import Author, Budget, only
from generators.code.blocks import Block, outside
from generators.code.cases import looks_like_cases
from generators.code.job import Job, job_of
from generators.code.loop import Loop, Presets, Written, fault_of
from generators.code.modest import modest
from generators.code.proof import Judged
from generators.code.remote import found
from generators.code.report import changes, facts, fenced, reported, say, why
from generators.code.trial import Trial
from generators.code.workbench import Looked, Workbench
from generators.draft import Code, Draft, PromptRejected, Request, Text
from generators.model import Reply
from generators.preset import Preset, ended, written
from generators.tools import Tools

_PRESETS: Final = ("code_port", "code_explain", "code_review")
_WORKING: Final = frozenset({"write", "fix", "port", "test"})
_TASK: Final = "Make the program do what it is meant to do."
_SILENT: Final = Judged(state="passed", why="")
"""In place of a run of which there is nothing more to say."""


class Write:
    """Writes, tests, fixes, ports programs, and runs them; explains and reviews them.

    Without a language model it checks, lints and runs what is somebody's own.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        preset: str = "code",
        lang: str = "",
        runner: str = "",
        bench: Workbench | None = None,
        **budget: int,
    ) -> None:
        """Take the language for requests that name none; empty: the model's choice.

        `budget` is what `Budget` has: seconds, tokens and repairs of one request. `runner` is the
        socket of a runner that has the sandbox; empty: it is made here.
        """
        self._tools = tools
        self._preset = Preset.load(preset)
        self._others = {name: Preset.load(name) for name in _PRESETS}
        self._presets = Presets()
        self._lang = lang
        self._budget = Budget(**budget)
        self._bench = bench or Workbench(tools.vetting, lambda: Trial(found(runner)))

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the answer as it comes; last the program with its state, or what was found."""
        job = await self._told_apart(job_of(request, self._lang))
        plain = job.act in {"check", "show"}  # which an engine that is away must not hold up
        able = not plain and await self._tools.model.has("chat")
        lost = _needs_program(job) and (able or plain)
        if lost or not (request.prompt.strip() or job.program):
            raise PromptRejected(say("no program", job.speak))
        if not able:
            yield await self._plain(request, job)
            return
        working = job.act in _WORKING
        async with aclosing((self._made if working else self._told)(request, job)) as drafts:
            async for draft in drafts:
                yield draft

    async def _told_apart(self, job: Job) -> Job:
        """Return a job whose program is in a language."""
        if job.program is None or job.program.language or not job.program.source.strip():
            return job
        source = job.program.source
        return replace(job, program=Block(source, await self._bench.language(source)))

    async def _plain(self, request: Request, job: Job) -> Draft:
        """Say what can be said without a model."""
        if job.act == "show":
            kind = "json" if looks_like_cases(job.tests) else "python"
            body = fenced(job.tests.strip(), kind) if job.tests else say("no tests", job.speak)
        elif job.program is None:
            body = missing("chat", job.speak)
        else:
            looked = await self._looked(job.program, job.tests)
            body = reported(looked, job.program.source, job.program.language, job.speak)
            body += "" if job.act == "check" else f"\n\n{say('no model', job.speak)}"
        return Draft(request=request, content=Text(body), cost=COST)

    async def _told(self, request: Request, job: Job) -> AsyncGenerator[Draft]:
        """Explain a program, or review it after the tools have."""
        program = job.program or Block("", "")
        said = ""
        if job.act == "review":
            looked = await self._looked(program, job.tests)
            said = reported(looked, program.source, program.language, job.speak)
        values = {"task": job.words, "program": program.source}
        values |= {"facts": said} if said else {}
        shown = partial(_after, said, job)
        preset = self._others[f"code_{job.act}"]
        async with aclosing(
            written(self._tools.model, preset, request, shown, **_speaking(job, values))
        ) as answers:
            async for draft in answers:
                yield draft

    async def _made(self, request: Request, job: Job) -> AsyncGenerator[Draft]:
        """Yield the first answer as it comes, and at last the program that came of it."""
        author = Author(self._tools.model, request, self._budget)
        begun, said = job.program, ""
        if job.act != "test":
            reply = None
            preset, values = await self._opening(job)
            async with aclosing(author.first(preset, **_speaking(job, values))) as growing:
                async for reply in growing:
                    if body := _so_far(reply, job):
                        yield Draft(request=request, content=Text(body), cost=reply.cost)
            answer = only(reply)
            if answer is None:
                return
            begun, said = answer.block, answer.text
        if begun is not None:
            spoken = job.language or begun.language or await self._bench.language(begun.source)
            made = await self._loop(author, job).run(begun.source, spoken or "text", said)
            cost = replace(author.cost, model=author.cost.model or COST.model)
            yield Draft(request=request, content=_code(made, job), cost=cost)

    async def _opening(self, job: Job) -> tuple[Preset, dict[str, str]]:
        """Return how the model is asked first."""
        program = job.program
        if job.act == "write" or program is None:
            task = job.words if program is None else f"{job.words}\n\n{fenced(program.source)}"
            lang = job.language
            return self._preset, {"prompt": task, "in_language": f" in {lang}" if lang else ""}
        values = {"task": job.words or _TASK, "program": program.source}
        if job.act == "port":
            more = {"from": program.language or "text", "to": job.language or "another language"}
            return self._others["code_port"], values | more
        fault = fault_of(await self._looked(program, job.tests))
        told = (job.words, fault.said if fault else "")
        values |= {"fault": "\n".join(filter(None, told)) or _TASK}
        return self._presets.repair, values | {"in_language": f" in {program.language or 'text'}"}

    def _loop(self, author: Author, job: Job) -> Loop:
        return Loop(
            author=author,
            bench=self._bench,
            budget=self._budget,
            task=job.words or _TASK,
            presets=self._presets,
            tests=job.tests if job.act != "port" else "",
            repairs_program=job.act != "test",
        )

    async def _looked(self, program: Block, tests: str) -> Looked:
        return await self._bench.look(program.source, program.language, tests)


def _needs_program(job: Job) -> bool:
    return job.program is None and job.act not in {"write", "show"}


def _speaking(job: Job, values: Mapping[str, str]) -> dict[str, str]:
    """Return what a preset is filled with, in the language of the words that were typed."""
    return {**values, **({"language": "Chinese (中文)"} if job.speak == "zh" else {})}


def _after(said: str, job: Job, reply: Reply) -> str:
    body = ended(reply, modest(reply.text), job.speak)
    return f"{said}\n\n{body}" if said else body


def _so_far(reply: Reply, job: Job) -> str:
    """Return what is shown while it grows: the program, and at the end words where it is none."""
    if reply.done and only(reply) is None:
        return ended(reply, modest(reply.text), job.speak)
    at = reply.text.find("```")
    if at < 0:
        return ""
    head, fence, _ = reply.text[at + 3 :].partition("\n```")
    return f"```{head}{fence}"


def _code(made: Written, job: Job) -> Code:
    """Return what is shown: a program in the state that was seen, with its tests and notes."""
    return Code(
        _own(made.source),
        made.language,
        made.looked.judged.state,
        tests=_own(made.tests),
        notes=_own(_notes(made, job)),
        tried=made.looked.tried(made.repairs),
    )


def _notes(made: Written, job: Job) -> str:
    judged, speak = made.looked.judged, job.speak
    parts = [modest(outside(made.said))]
    if job.act == "fix" and job.program:
        parts.append(changes(job.program.source, made.source, speak))
    if judged.state != "passed":
        parts.append(why(judged.why, speak))
    seen = made.looked if judged.state != "passed" else replace(made.looked, judged=_SILENT)
    return "\n\n".join(part for part in (*parts, *facts(seen, speak)) if part)


def _own(text: str) -> str:
    """Return a text that holds none of the lines by which a program's parts are told apart."""
    return text.replace("────", "----")
