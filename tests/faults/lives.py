"""What a process that the nursery bears becomes: a command of Atelier, or a workspace."""

import importlib
import os
import sys
from collections.abc import Mapping

from bot.__main__ import main
from tests.faults.mortal import arm
from workspace.__main__ import main as serve


def atelier(
    arguments: list[str],
    environment: Mapping[str, str],
    files: tuple[str, str],
    times: Mapping[str, float],
    death: tuple[str, int],
) -> None:
    """Be `atelier ...`, with stdout and stderr in these files.

    `times` are constants `module:NAME` that are shorter here, in seconds; `death` is the point
    where it dies, and at which pass, or ("", 1).
    """
    _redirect(*files)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["atelier", *arguments]
    for name, seconds in times.items():
        _shorten(name, seconds)
    point, nth = death
    if point:
        arm(point, nth)
    main()


def workspace(arguments: list[str], files: tuple[str, str]) -> None:
    """Be `python -m workspace ...`, with stdout and stderr in these files."""
    _redirect(*files)
    serve(arguments)


def _shorten(name: str, seconds: float) -> None:
    module, _, constant = name.partition(":")
    owner = importlib.import_module(module)
    assert isinstance(getattr(owner, constant), float), f"{name} is no time any more"
    setattr(owner, constant, seconds)


def _redirect(*files: str) -> None:
    for number, path in enumerate(files, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
