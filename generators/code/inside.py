"""Runs tests under pytest inside the sandbox, and reports each phase of each test.

It is read as a text and run there alone, so it imports nothing of ours. What it reports can be
forged by the code that it runs, which shares its memory; `trial` treats it as a claim.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[dict[str, object]], None]
TOOLS = "/box/tools.zip"
_OPTIONS = ("-q", "--color=no", "--noconftest", "-p", "no:cacheprovider", "--rootdir=/box/code")


def teller() -> Tell:
    """Return the way to report: lines of JSON with a word that was given on stdin."""
    word = sys.stdin.readline().strip()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    descriptor = os.dup(int(os.environ.pop("ATELIER_REPORT")))

    def tell(said: dict[str, object]) -> None:
        os.write(descriptor, json.dumps({"word": word, **said}).encode() + b"\n")

    return tell


def main(tests: str, stem: str) -> int:
    """Run the tests of one file; `stem` names the module that they import."""
    tell = teller()
    sys.path.insert(0, TOOLS)
    import pytest  # noqa: PLC0415 - it comes out of the zip

    parts: dict[str, str] = {}

    class Recorder:
        """Tells what pytest says of each test."""

        def pytest_collection_finish(self, session: pytest.Session) -> None:
            tell({"collected": [item.nodeid for item in session.items]})

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            outcome = "expected" if hasattr(report, "wasxfail") else report.outcome
            if isinstance(report, pytest.SubtestReport):  # a part of a test, told before its test
                if outcome != "passed":
                    parts[report.nodeid] = outcome
                return
            outcome = parts.pop(report.nodeid, outcome) if report.when == "call" else outcome
            tell({"test": report.nodeid, "phase": report.when, "outcome": outcome})

    sys.modules.pop(stem, None)  # a solution may be called as a module that pytest has loaded
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    status = int(pytest.main([*_OPTIONS, tests], plugins=[Recorder()]))
    tell({"ended": status})
    return status


if __name__ == "__main__":
    ended = main(sys.argv[1], Path(sys.argv[2]).stem)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)
