"""The scenario with Slack's packages for Node."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest

from tests.workspace.clients import nodejs
from tests.workspace.clients.scenario import scenario
from workspace.client import Client
from workspace.server import listen, running
from workspace.state import Workspace

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder with the installed packages."""
    return nodejs.installed()


@pytest.mark.parametrize("script", ["app.mjs", "bolt.mjs"])
async def test_socket_mode(
    ws: Workspace, control: Client, modules: Path, tmp_path: Path, script: str
) -> None:
    async with nodejs.connected(modules, script, tmp_path, WORKSPACE_URL=ws.base_url):
        await scenario(control)


async def test_signed_http(modules: Path, tmp_path: Path) -> None:
    with listen(0) as listener:  # a free port, which is the app's once this is closed
        port = listener.getsockname()[1]
    ws = Workspace(request_url=f"http://127.0.0.1:{port}/slack/events")
    async with (
        running(ws) as url,
        nodejs.connected(modules, "bolt.mjs", tmp_path, WORKSPACE_URL=url, PORT=str(port)),
        Client(url) as control,
    ):
        await scenario(control)


async def test_no_process_is_left_behind(ws: Workspace, modules: Path, tmp_path: Path) -> None:
    with suppress(ZeroDivisionError):
        async with nodejs.connected(
            modules, "app.mjs", tmp_path, WORKSPACE_URL=ws.base_url
        ) as process:
            assert process.returncode is None
            raise ZeroDivisionError
    assert process.returncode is not None


async def test_an_app_whose_parent_is_gone_ends(
    ws: Workspace, modules: Path, tmp_path: Path
) -> None:
    async with nodejs.connected(modules, "app.mjs", tmp_path, WORKSPACE_URL=ws.base_url) as process:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0


def test_the_lock_names_no_registry_and_no_range() -> None:
    wanted = json.loads(nodejs.SOURCES.joinpath("package.json").read_text())["dependencies"]
    lock = json.loads(nodejs.SOURCES.joinpath("package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    locked = {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
    assert locked == wanted == lock["packages"][""]["dependencies"]
