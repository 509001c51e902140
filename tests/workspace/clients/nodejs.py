"""Slack's Node packages, installed once beside the tests, and the processes that use them.

What is installed is what `node/package-lock.json` says, in the user's cache, by the lock's hash.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "node"
_INSTALL = ("ci", "--no-audit", "--no-fund", "--ignore-scripts")
_INSTALL += ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=500")
_TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-local",
    "SLACK_APP_TOKEN": "xapp-local",
    "SLACK_SIGNING_SECRET": "local",
}
_INSTALL_S = 300
_START_S = 30
_UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT")
_UNREACHABLE += ("ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT")


def installed() -> Path:
    """Return the folder with `node_modules`; skips where there is no npm or no registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs node and npm")
    lock = SOURCES.joinpath("package-lock.json").read_bytes()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atelier-tests"
    folder = home / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        _install(npm, Path(tempfile.mkdtemp(dir=home)), folder)
    return folder


def _install(npm: str, scratch: Path, folder: Path) -> None:
    """Install into the scratch folder, and give it its name when all of it is there."""
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, scratch)
        done = subprocess.run(  # noqa: S603  # npm, with our own words
            [npm, *_INSTALL],
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
        )
        if done.returncode and any(code in done.stderr for code in _UNREACHABLE):
            pytest.skip("needs npm's registry, which cannot be reached")
        assert done.returncode == 0, done.stderr
        with suppress(OSError):  # another run was faster
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@asynccontextmanager
async def connected(
    modules: Path, script: str, folder: Path, **environment: str
) -> AsyncIterator[Process]:
    """Run a script of `node/` in a folder until the end of the block, once it is connected.

    It is told the address of the workspace (`WORKSPACE_URL`) and no proxy.
    """
    for source in SOURCES.glob("*.mjs"):
        shutil.copy(source, folder)
    folder.joinpath("node_modules").symlink_to(modules / "node_modules")
    log = folder / "node.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            shutil.which("node") or "node",
            script,
            cwd=folder,
            env=_TOKENS | {"PATH": os.environ["PATH"]} | environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
        )
        try:
            assert await _first_line(process) == {"connected": True}, log.read_text()
            yield process
        finally:
            await _ended(process)


async def _first_line(process: Process) -> object:
    assert process.stdout is not None
    async with asyncio.timeout(_START_S):
        line = await process.stdout.readline()
    return json.loads(line) if line else None


async def _ended(process: Process) -> None:
    """End a process, whatever it is doing, and wait until it is gone."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()
