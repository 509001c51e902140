"""Generators that a test controls: how long they take stands in the prompt, what they did in a log.

They are named in the settings of the bots under test, as any generator is. A prompt is
`NAME SECONDS ...`; every answer says NAME, and what it costs can be worked out from the prompt.
"""

import asyncio
import io
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pictures
from typing_extensions import override

from generators.draft import Code, Content, Cost, Draft, Image, Request, Text

MODEL = "scripted"
OUTPUT_CANARY = "canary-output-9c27-heron"
"""Words that only a model says, so that they can be looked for where they must not be."""
LINES = 60
"""Of a program: long enough to be a file."""
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of the log: who did what for which prompt."""

    what: str
    name: str
    process: int


def cost(prompt: str) -> Cost:
    """Return what an answer to this prompt costs, always."""
    size = len(prompt)
    return Cost(model=MODEL, prompt_tokens=size, output_tokens=zlib.crc32(prompt.encode()) % 997)


def journal(path: Path) -> list[Noted]:
    """Return the whole lines of a log, oldest first."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Noted(**json.loads(line)) for line in lines if line.endswith("}")]


@dataclass(frozen=True, slots=True)
class Scripted:
    """What all have in common: they take their time, and write down that they did."""

    tools: object
    log: str

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield a growing answer."""
        name, *rest = request.prompt.split()
        wait_s = float(rest[0]) if rest else 0.0
        with self._noted(name):
            for step in range(1, _STEPS + 1):
                await asyncio.sleep(wait_s / _STEPS)
                if wait_s or step == _STEPS:
                    yield Draft(
                        request=request,
                        content=self.content(name, step),
                        cost=cost(request.prompt),
                    )
            self._note("end", name)

    def content(self, name: str, step: int) -> Content:
        """Return the answer up to a step."""
        raise NotImplementedError

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        self._note("begin", name)
        try:
            yield
        finally:
            self._note("left", name)

    def _note(self, what: str, name: str) -> None:
        line = json.dumps({"what": what, "name": name, "process": os.getpid()}) + "\n"
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode())
        os.close(file)


class Tell(Scripted):
    """Answers in words."""

    @override
    def content(self, name: str, step: int) -> Content:
        """Return the sentences up to a step."""
        return Text("\n".join([f"{name} {OUTPUT_CANARY}.", *(f"Part {n}." for n in range(step))]))


class Program(Scripted):
    """Answers with a program too long for a message."""

    @override
    def content(self, name: str, step: int) -> Content:
        """Return the whole program, whatever the step."""
        del step
        return Code("\n".join(f"{name}_{n} = {n}" for n in range(LINES)), "python")


class Paint(Scripted):
    """Answers with a picture, which a reviewer has to let pass."""

    @override
    def content(self, name: str, step: int) -> Content:
        """Return a small picture, whatever the step."""
        del step
        png = io.BytesIO()
        Pictures.new("RGB", (8, 8), (zlib.crc32(name.encode()) % 256, 80, 40)).save(png, "PNG")
        return Image(png.getvalue(), name)
