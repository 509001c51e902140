"""The processes of one Atelier on one machine: started, waited for, stopped together."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.settings import Settings, SettingsError, without_proxies
from generators.adapters import in_use

START_S = 120.0
STOP_S = 10.0
LINE_BYTES = 1 << 20
LOOK_AGAIN_S = 0.2

_Flag = tuple[str, str | float]
"""A flag and its value. A number that counts also when it is 0 is given as text."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that said on one line of JSON that it is ready, and what it said."""

    name: str
    process: asyncio.subprocess.Process
    said: Mapping[str, object]

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.said.get("url", ""))


@asynccontextmanager
async def child(
    name: str,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    niceness: int = 0,
) -> AsyncGenerator[Child]:
    """Start `python -m ARGUMENTS`, wait for its line, and stop it at the end of the block.

    `niceness` is 1 to 19 for what stands back where other processes need the processor.
    Raises SettingsError when it ends before it is ready; what it wrote on stderr says why.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**without_proxies(os.environ), **(environment or {})},
        limit=LINE_BYTES,
    )
    try:
        if niceness:
            _stand_back(process.pid, niceness)
        yield Child(name, process, await _ready(name, process))
    finally:
        await _stop(process)


def become(arguments: Sequence[str], *, proxies: bool = False) -> None:
    """Go on as `python -m ARGUMENTS`, without proxies unless it talks to the outside."""
    environment = dict(os.environ) if proxies else without_proxies(os.environ)
    os.execve(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 - ours


def engine_arguments(settings: Settings, *, port: int) -> list[str]:
    """Return the command line of our own engine."""
    engine = settings.engine
    flags: list[_Flag] = [
        ("--json", True),
        ("--port", str(port)),
        ("--device", engine.device),
        ("--dtype", engine.dtype),
        ("--rows", str(engine.rows)),
        ("--room-tokens", engine.room_tokens),
        ("--drain-s", str(settings.drain_s)),
        ("--stall-s", str(engine.stall_s)),
        ("--quantization", engine.quantization),
        ("--triton", engine.triton),
        ("--memory-gib", engine.memory_gib),
        ("--pictures", str(engine.pictures)),
        ("--offload", engine.offload),
        ("--tiling", engine.tiling),
        *_models(settings),
        ("--offline", settings.offline or not engine.download),
        ("--log-format", settings.log_format),
    ]
    return ["generators.engine", *(part for flag in flags for part in _parts(*flag))]


def _models(settings: Settings) -> Iterator[_Flag]:
    """Yield what is loaded, but for what other servers have, and what is laid upon it."""
    engine = settings.engine
    text = () if engine.text.url else (engine.text_model, *engine.more_text_models)
    image = () if engine.image.url else (engine.image_model, *engine.more_image_models)
    adapters = in_use(settings.data, "text", text[:1]) | engine.adapters
    loras = in_use(settings.data, "image", image) | engine.loras
    yield from ((f"--adapter={name}={spec}", True) for name, spec in adapters.items())
    yield from (("--lora", f"{name}={spec}") for name, spec in loras.items())
    yield from (("--text-model", model) for model in text)
    yield from (("--image-model", model) for model in image)
    yield "--embed-model", "" if engine.embed.url else engine.embed_model
    yield "--classify-model", engine.classify_model


def _parts(name: str, value: str | float) -> Sequence[str]:
    """Return a flag as arguments: none where it is off, empty or 0, itself alone where it is on."""
    if not value:
        return ()
    return (name,) if value is True else (name, str(value))


@asynccontextmanager
async def engine_for(settings: Settings) -> AsyncGenerator[Settings]:
    """Start our own engine for one command, unless one is named or listens; yield its settings."""
    port = settings.engine.port
    if settings.engine.url or await _health(f"http://127.0.0.1:{port}"):
        yield settings
        return
    sys.stderr.write("Starting the engine…\n")
    niceness = settings.engine.niceness
    async with child("engine", engine_arguments(settings, port=0), niceness=niceness) as engine:
        while await _loading(engine.url):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(LOOK_AGAIN_S)
        given = settings.engine.model_copy(update={"url": f"{engine.url}/v1"})
        yield settings.model_copy(update={"engine": given})


async def listens(settings: Settings) -> bool:
    """Tell whether something that embeds is named in the settings, or listens on this machine."""
    engine = settings.engine
    if engine.url or engine.embed.url:
        return True
    return bool(await _health(f"http://127.0.0.1:{engine.port}"))


async def _loading(url: str) -> bool:
    health = await _health(url)
    return any(model.get("state") == "loading" for model in health.get("models", {}).values())


async def _health(url: str) -> Mapping[str, Any]:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/health") as answer:
            health: Mapping[str, Any] = await answer.json()
            return health
    except (aiohttp.ClientError, ValueError):
        return {}


def _stand_back(pid: int, niceness: int) -> None:
    """Lower the priority of a process that has just begun: the threads that it starts have it."""
    lowest = max(niceness, os.getpriority(os.PRIO_PROCESS, 0))  # nobody may take it back
    with contextlib.suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, lowest)


async def _ready(name: str, process: asyncio.subprocess.Process) -> Mapping[str, object]:
    if process.stdout is None:
        raise SettingsError(f"The {name} could not be started.")
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
    except TimeoutError:
        raise SettingsError(f"The {name} was not ready after {START_S:.0f} s.") from None
    if not line:
        code = await process.wait()
        raise SettingsError(f"The {name} ended at its start (status {code}); see above for why.")
    return json.loads(line)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
