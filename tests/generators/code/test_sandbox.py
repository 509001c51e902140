"""Attacks on the sandbox, from root's sandbox and from an ordinary user's."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from generators.code.sandbox import Limits, Program, Sandbox, Unavailable, probe
from tests.generators.code.attacks import ALL, CANARY, Attack, Ended, Refused

pytestmark = [pytest.mark.thorough, pytest.mark.sockets]

ROOT = Path(__file__).parents[3]
ROOTS_OWN, SOMEBODY = 62_001, 62_002
"""Users that nobody has; what is left of them after a run would be the run's."""
QUICK = Limits(wall_s=4.0, memory_bytes=256 << 20)
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a program, and how many of its user's processes were left."""

    output: str
    ended: str
    left: int


def as_somebody(work: Callable[[], Any]) -> Any:
    """Do something as an ordinary user, in a child; returns what it returned (JSON)."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setgid(SOMEBODY)
        os.setuid(SOMEBODY)
        try:
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said)


def processes_of(uid: int) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == uid:
                found.append((folder / "stat").read_text(encoding="utf-8"))
        except OSError:  # it has ended meanwhile
            continue
    return [stat for stat in found if stat.rpartition(")")[2].split()[0] != "Z"]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    found = probe(QUICK, uid=ROOTS_OWN)
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    return found


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Open what a program must not reach, to everybody who is outside."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret").write_text(CANARY, encoding="utf-8")
    abstract = f"atelier-{os.getpid()}"
    local = socket.AF_UNIX
    with socket.socket() as server, socket.socket(local) as named, socket.socket(local) as hidden:
        server.bind(("127.0.0.1", 0))
        named.bind(str(folder / "socket"))
        hidden.bind(f"\0{abstract}")
        for each in (server, named, hidden):
            each.listen()
        yield {
            "port": str(server.getsockname()[1]),
            "socket": str(folder / "socket"),
            "abstract": abstract,
            "secret": str(folder / "secret"),
            "repository": str(ROOT),
            "canary": CANARY,
        }


def attacked(sandbox: Sandbox, attack: Attack, outside: dict[str, str]) -> dict[str, str]:
    source = attack.program
    for name, value in outside.items():
        source = source.replace(f"{{{name}}}", value)
    source = source.replace("{{", "{").replace("}}", "}")
    command = (sandbox.python.path, "-I", "-B", "/box/code/main.py")
    ran = sandbox.run(Program(command=command, files={command[-1]: source.encode()}))
    return {"output": ran.output.decode(errors="replace"), "ended": ran.ended}


def try_attack(sandbox: Sandbox, attack: Attack, outside: dict[str, str], *, plain: bool) -> Seen:
    os.environ["SLACK_BOT_TOKEN"] = CANARY
    try:
        if plain and IS_ROOT:
            said = as_somebody(lambda: attacked(replace(sandbox, uid=None), attack, outside))
        else:
            said = attacked(sandbox, attack, outside)
    finally:
        del os.environ["SLACK_BOT_TOKEN"]
    return Seen(said["output"], said["ended"], len(processes_of(SOMEBODY if plain else ROOTS_OWN)))


@pytest.mark.parametrize("plain", [False, True], ids=["root", "somebody"])
@pytest.mark.parametrize("name", ALL)
def test_an_attack_is_contained(
    name: str, sandbox: Sandbox, outside: dict[str, str], *, plain: bool
) -> None:
    if not IS_ROOT and not plain:
        pytest.skip("only root can drop to another user")
    attack = ALL[name]
    seen = try_attack(sandbox, attack, outside, plain=plain)
    assert CANARY not in seen.output
    assert "ESCAPED" not in seen.output
    if isinstance(attack, Ended):
        assert seen.ended == attack.at, seen.output[-500:]
    else:
        says = "contained" if isinstance(attack, Refused) else attack.says
        assert seen.output.strip().splitlines()[-1].startswith(says), seen
    if IS_ROOT:
        assert seen.left == 0


def test_an_ordinary_user_gets_a_sandbox_too(sandbox: Sandbox) -> None:
    if not IS_ROOT:
        pytest.skip("the other tests are run by an ordinary user")
    found = as_somebody(lambda: isinstance(probe(QUICK), Sandbox))
    assert found, sandbox


def test_several_run_at_once(sandbox: Sandbox) -> None:
    program = Program(command=(sandbox.python.path, "-I", "-c", "print('好' * 3)"))
    with ThreadPoolExecutor(3) as pool:
        outputs = [ran.output for ran in pool.map(sandbox.run, [program] * 6)]
    assert outputs == ["好好好\n".encode()] * 6


def test_nothing_of_ours_stays_open(sandbox: Sandbox) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    sandbox.run(Program(command=("/bin/true",), files={"/box/a": b"x"}))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
