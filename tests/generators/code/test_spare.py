"""A sandbox that is up before it is asked for: used once, replaced, and gone at the end."""

import os
import signal
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typing_extensions import override

from generators.code.box import CODE
from generators.code.cell import Cell
from generators.code.sandbox import Limits, Program, Sandbox, SandboxGone, Unavailable, probe
from generators.code.spare import Spared

pytestmark = [pytest.mark.thorough, pytest.mark.sockets]

BEGUN: dict[str, list[Cell]] = {}
NOTE = f"""
import os, sys
seen = sorted(os.listdir('/tmp') + os.listdir('/dev/shm') + os.listdir('{CODE}'))
for folder in ('/tmp', '/dev/shm'):
    open(folder + '/note', 'w').write('I was here')
print(os.getpid(), os.getppid(), seen, sys.stdin.read())
"""


class Counting(Sandbox):
    """Writes down each sandbox that it begins, under the name of its program's interpreter."""

    @override
    def cell(self) -> Cell:
        begun = super().cell()
        BEGUN.setdefault(self.bwrap, []).append(begun)
        return begun


@pytest.fixture
def sandbox() -> Iterator[Counting]:
    found = probe(Limits(wall_s=6.0))
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    yield Counting(**{each.name: getattr(found, each.name) for each in fields(found)})
    BEGUN.clear()


def begun(sandbox: Sandbox) -> list[Cell]:
    return BEGUN.get(sandbox.bwrap, [])


def noting(sandbox: Sandbox, given: str = "") -> Program:
    command = (sandbox.python.path, "-I", "-B", f"{CODE}/好 '$x.py")
    return Program(command=command, files={command[-1]: NOTE.encode()}, given=given.encode())


def test_each_program_has_one_of_its_own(sandbox: Counting) -> None:
    spared = Spared(sandbox)
    outputs = [spared.run(noting(sandbox, f"{n} 你好🙂")).output.decode() for n in range(3)]
    assert outputs == [f'1 0 ["好 \'$x.py"] {n} 你好🙂\n' for n in range(3)]
    spared.close()
    assert len(begun(sandbox)) == 4
    assert all(cell.child.returncode is not None for cell in begun(sandbox))
    assert not any(cell.folder.path.exists() for cell in begun(sandbox))


def test_it_is_up_before_it_is_asked_for(sandbox: Counting) -> None:
    spared = Spared(sandbox)
    spared.run(noting(sandbox))
    spared.close()
    first = begun(sandbox)[0].child
    assert first.returncode == 0
    assert spared.run(noting(sandbox)).status == 0  # closed: each program begins its own
    assert len(begun(sandbox)) == 3
    assert begun(sandbox)[1].child.returncode != 0  # it was never used


def test_one_that_has_ended_is_replaced(sandbox: Counting) -> None:
    spared = Spared(sandbox)
    spared.run(noting(sandbox))
    spared.has("/bin/sh")
    while len(begun(sandbox)) < 2:
        os.sched_yield()
    waiting = begun(sandbox)[1].child
    os.killpg(waiting.pid, signal.SIGKILL)
    waiting.wait()
    assert spared.run(noting(sandbox)).status == 0
    spared.close()
    assert not any(cell.folder.path.exists() for cell in begun(sandbox))


def test_nothing_runs_in_one_that_waits(sandbox: Counting) -> None:
    cell = sandbox.cell()
    cell.given.close()
    assert cell.child.wait(20) != 0
    assert cell.output.read() == b""
    cell.close()


@pytest.mark.parametrize("path", ["/etc/a", "/box", "/box/../etc/a", "/box/code/../../a", "a"])
def test_a_file_lies_in_its_folder_or_nowhere(sandbox: Counting, path: str) -> None:
    with pytest.raises(SandboxGone, match="is no file of a program"):
        sandbox.run(Program(command=("/bin/true",), files={path: b"x"}))
    assert not any(cell.folder.path.exists() for cell in begun(sandbox))


def test_nobody_else_may_read_a_folder(sandbox: Counting) -> None:
    cell = sandbox.cell()
    seen = cell.folder.path.stat()
    assert seen.st_mode & 0o007 == 0
    assert (seen.st_uid, seen.st_mode & 0o020) == (os.geteuid(), 0)
    cell.close()


def test_what_a_killed_process_left_is_removed(sandbox: Counting) -> None:
    held = sandbox.cell()
    left = held.folder.path.with_name("atelier-box-left")
    recent = held.folder.path.with_name("atelier-box-recent")
    for folder in (left, recent):
        (folder / "code").mkdir(parents=True)
    for folder in (left, held.folder.path):
        os.utime(folder, (0, 0))
    try:
        probe()
        assert not left.exists()
        assert recent.exists()
        assert held.folder.path.exists()
    finally:
        held.close()
        (recent / "code").rmdir()
        recent.rmdir()
    assert not Path(held.folder.path).exists()
