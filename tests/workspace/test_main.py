"""`python -m workspace` as a process."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from workspace.__main__ import main
from workspace.server import listen

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-m", "workspace", "--json", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _ask(url: str) -> dict[str, Any]:
    with urlopen(url) as answer:  # noqa: S310  # our own server
        return json.load(answer)


def test_it_answers_when_it_has_said_its_address() -> None:
    with started("--port", "0") as (_, url):
        assert _ask(f"{url}/_control/health") == {"ok": True}


def test_a_taken_port_is_said_and_the_next_is_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started("--port", str(port)) as (process, url):
            assert url != f"http://127.0.0.1:{port}"
            assert process.stderr is not None
            assert f"Port {port} is taken" in process.stderr.readline()


def test_a_manifest_is_loaded(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    commands = [{"command": "/画", "description": "draw"}]
    manifest.write_text(json.dumps({"features": {"slash_commands": commands}}), "utf-8")
    with started("--port", "0", "--manifest", str(manifest)) as (_, url):
        assert _ask(f"{url}/_control/state?user=ana")["commands"] == commands


def test_it_ends_while_streams_are_open() -> None:
    with started("--port", "0") as (process, url):
        stream = urlopen(f"{url}/_control/events?user=ana")  # noqa: S310  # our own server
        stream.readline()
        process.terminate()
        process.wait(timeout=20)
        stream.close()


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_an_unreadable_manifest_stops_it(tmp_path: Path, content: str | None) -> None:
    manifest = tmp_path / "manifest.json"
    if content is not None:
        manifest.write_text(content)
    with pytest.raises(SystemExit, match=r"manifest\.json"):
        main(["--manifest", str(manifest)])


def test_it_listens_on_this_machine_only() -> None:
    listener = listen(0)
    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()


def test_it_needs_no_torch_no_slack_and_nothing_of_ours() -> None:
    script = (
        "import sys, workspace.__main__, workspace.client; "
        "print([m for m in sys.modules if m.partition('.')[0] in "
        "{'torch', 'transformers', 'slack_sdk', 'slack_bolt', 'bot', 'generators', 'moderation'}])"
    )
    output = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)  # noqa: S603  # ourselves
    assert output.strip() == "[]"


def test_a_folder_and_a_seed_outlive_the_process(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    said = [{"channel": "general", "user": "ana", "text": "seeded", "ago_s": 9}]
    seed.write_text(json.dumps({"messages": said}))
    data = str(tmp_path / "kept")
    for _ in range(2):  # the second time the folder has it, and the seed is left alone
        with started("--port", "0", "--data", data, "--seed", str(seed)) as (_, url):
            found = _ask(f"{url}/_control/messages?channel=general")["messages"]
            assert [message["text"] for message in found] == ["seeded"]


def test_a_seed_that_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"people": [{}]}')
    ended = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-m", "workspace", "--port", "0", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("needs a text under 'name'.")
    assert "Traceback" not in ended.stderr
