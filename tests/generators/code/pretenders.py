# ruff: noqa: E501 - a lie reads best on one line
"""Programs and tests that pretend: none of them may be said to have passed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.generators.code.problems import PROBLEMS, STYLES, Problem

_ANY = "class _Same:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
_REPORTS = "import _pytest.reports as r\nreal = r.TestReport.from_item_and_call.__func__\n"
LIES = {
    "says it": "print('1 passed in 0.01s')",
    "says it in JSON": 'print(\'{"state": "passed", "tests": 3, "failed": 0}\')',
    "leaves": "import sys\nsys.exit(0)",
    "leaves at once": "import os\nos._exit(0)",
    "leaves at the end": "import atexit, os\natexit.register(os._exit, 0)",
    "leaves by a thread": "import os, threading\nthreading.Timer(.02, os._exit, (0,)).start()",
    "leaves by an alarm": "import os, signal\nsignal.signal(14, lambda *_: os._exit(0))\nsignal.setitimer(0, .02)",
    "becomes another": "import os\nos.execv('/bin/true', ['true'])",
    "leaves the rest to a child": "import os\nif os.fork(): os._exit(0)",
    "kills all": "import os, signal\nfor n in (-1, 1, os.getppid() or 1):\n    try: os.kill(n, 9)\n    except OSError: pass",
    "swallows output": "import io, sys\nsys.stdout = sys.stderr = io.StringIO()",
    "ends pytest": "import pytest\npytest.exit('done', returncode=0)",
    "skips": "import pytest\npytest.skip('not today', allow_module_level=True)",
    "runs nothing": "import _pytest.python as p\np.Function.runtest = lambda self: None",
    "runs no function": "import _pytest.python as p\np.Function.obj = property(lambda self: lambda *a, **k: None)",
    "runs no test case": "import _pytest.unittest as u\nu.TestCaseFunction.runtest = lambda self: None\nimport _pytest.python as p\np.Function.runtest = u.TestCaseFunction.runtest",
    "calls nothing": "import _pytest.runner as r\nr.pytest_runtest_call = lambda item: None\nimport _pytest.python as p\np.Function.runtest = lambda self: None",
    "reports well": _REPORTS
    + "def lie(cls, item, call):\n    call.excinfo = None\n    return real(cls, item, call)\nr.TestReport.from_item_and_call = classmethod(lie)",
    "reports well afterwards": _REPORTS
    + "def lie(cls, item, call):\n    said = real(cls, item, call)\n    said.outcome, said.longrepr = 'passed', None\n    return said\nr.TestReport.from_item_and_call = classmethod(lie)",
    "passes by property": "import _pytest.reports as r\nr.BaseReport.failed = property(lambda s: False)\nr.TestReport.__init__.__globals__['TestReport'].outcome = property(lambda s: 'passed', lambda s, v: None)",
    "rewrites the report": "import json\nreal = json.dumps\njson.dumps = lambda *a, **k: real(*a, **k).replace('failed', 'passed').replace('\"ended\": 1', '\"ended\": 0')",
    "rewrites what is written": "import os\nreal = os.write\nos.write = lambda n, b: real(n, b.replace(b'failed', b'passed').replace(b'\"ended\": 1', b'\"ended\": 0'))\nend = os._exit\nos._exit = lambda n: end(0)",
    "writes a report": 'import os, json\nfor n in range(3, 20):\n    try: os.write(n, b\'{"word": "", "ended": 0}\\n\')\n    except OSError: pass',
    "finds the word": "import gc, os\ntold = [f for f in gc.get_objects() if getattr(f, '__name__', '') == 'tell']\nfor tell in told[:1]:\n    name = 'test_solution.py::test_0'\n    tell({'collected': [name]})\n    for phase in ('setup', 'call', 'teardown'):\n        tell({'test': name, 'phase': phase, 'outcome': 'passed'})\n    tell({'ended': 0})\n    os._exit(0)",
    "lets pytest end well": "import pytest, _pytest.main as m\nm.Session.testsfailed = property(lambda s: 0, lambda s, v: None)",
    "asserts nothing": "import builtins\nbuiltins.AssertionError = type('Fine', (BaseException,), {})",
    "compares well": "import unittest\nfor n in dir(unittest.TestCase):\n    if n.startswith('assert'): setattr(unittest.TestCase, n, lambda *a, **k: __import__('contextlib').nullcontext())\nimport _pytest.python as p\np.Function.runtest = lambda self: None",
    "traces": "import sys, os\nsys.settrace(lambda f, e, a: os._exit(0) if f.f_code.co_name.startswith('test') else None)",
    "hooks imports": "import sys, os\nclass Hook:\n    def find_spec(self, *a): os._exit(0)\nsys.meta_path.insert(0, Hook())\nimport nowhere",
    "empties the tests": "import sys, threading, time\ndef work():\n    time.sleep(.005)\n    for m in list(sys.modules.values()):\n        for n in [n for n in vars(m) if n.startswith('test_')]: setattr(m, n, lambda *a, **k: None)\nthreading.Thread(target=work).start()",
    "takes the tests away": "import _pytest.python as p\np.PyCollector.collect = lambda self: []\np.Module.collect = lambda self: []",
    "plants a conftest": "for folder in ('/box/code', '/box', '/tmp', '/'):\n    try: open(folder + '/conftest.py', 'w').write('def pytest_runtest_call(item): item.obj = print')\n    except OSError: pass",
    "goes round for ever": "while True: pass",
    "does not parse": "def (:",
    "fails": "raise RuntimeError('通过 passed')",
    "hides itself": "import sys\nsys.modules[__name__] = None",
    "asks for too much": "held = [bytearray(1 << 30) for _ in range(9)]",
}
"""What is put before a wrong solution."""
SAME = {
    "equals everything": _ANY,
    "equals everything, and nothing else": _ANY + "    def __ne__(self, other): return True\n",
}
EMPTY_TESTS = {
    "nothing": "",
    "a comment": "# 1 passed\n",
    "no test": "from solution import *\ndef check(): assert True\n",
    "a class without tests": "class TestIt:\n    pass\n",
    "says it": "print('5 passed in 0.01s')\n",
    "leaves": "import sys\nsys.exit(0)\n",
    "leaves at once": "import os\nos._exit(0)\ndef test_it(): pass\n",
    "leaves in the test": "import os\ndef test_it(): os._exit(0)\n",
    "exits in the test": "import sys\ndef test_it(): sys.exit(0)\n",
    "ends pytest": "import pytest\ndef test_it(): pytest.exit('ok', returncode=0)\n",
    "skips all": "import pytest\npytestmark = pytest.mark.skip\ndef test_it(): assert True\n",
    "skips inside": "import pytest\ndef test_it(): pytest.skip('later')\n",
    "skips one": "import pytest, solution\n@pytest.mark.skip\ndef test_it(): assert 0\ndef test_b(): assert solution\n",
    "skips if": "import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test_it(): assert False\n",
    "expects to fail": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n",
    "expects to fail inside": "import pytest\ndef test_it(): pytest.xfail('known')\n",
    "passes unexpectedly": "import pytest\n@pytest.mark.xfail(strict=False)\ndef test_it(): assert True\n",
    "passes": "def test_it(): pass\n",
    "asserts truth": "from solution import *\ndef test_it():\n    assert True\n",
    "asserts a pair": "def test_it():\n    assert (1 == 2, 'no')\n",
    "asserts itself": "import solution\ndef test_it():\n    assert solution == solution\n",
    "sums": "from solution import *\ndef test_it():\n    assert 1 + 1 == 2\n",
    "imports only": "import solution\ndef test_it():\n    x = 4\n    assert x == 4\n",
    "swallows": "import solution\ndef test_it():\n    try:\n        assert solution.x == 1\n    except (AssertionError, AttributeError):\n        pass\n",
    "swallows all": "def test_it():\n    try:\n        assert 1 == 2\n    except:\n        pass\n",
    "suppresses": "import contextlib\ndef test_it():\n    with contextlib.suppress(AssertionError):\n        assert 1 == 2\n",
    "asserts or not": "from solution import *\ndef test_it():\n    assert 0 or True\n",
    "is asynchronous": "async def test_it():\n    assert True\n",
    "yields": "def test_it():\n    yield\n    assert False\n",
    "goes on for ever": "def test_it():\n    while True: pass\n",
    "does not parse": "def test_it(:\n",
    "collects nothing": "__test__ = False\ndef test_it(): assert True\n",
    "is a plugin": "pytest_plugins = ['solution']\ndef test_it(): pass\n",
    "forges": "import _pytest.python as p\np.Function.runtest = lambda self: None\ndef test_it(): assert 1 == 2\n",
    "borrows tests": "from solution import *\n",
    "deletes itself": "def test_it(): assert False\ndel test_it\n",
    "overwrites itself": "def test_it(): assert False\ntest_it = 3\n",
}
"""Tests that pretend, whatever the program is."""


@dataclass(frozen=True, slots=True)
class Pretence:
    """A program and tests of which no one may say that they passed."""

    name: str
    program: str
    tests: str


def every() -> Iterator[Pretence]:
    """Yield one pretence of each kind, each with another problem and style."""
    for n, (name, lie) in enumerate(LIES.items()):
        yield _lying(PROBLEMS[n % len(PROBLEMS)], STYLES[n % 2 * 2], name, lie)
    for name, same in SAME.items():
        problem = PROBLEMS[0]
        program = f"{same}def double(x): return _Same()\n"
        yield Pretence(f"program: {name}", program, problem.tests("plain"))
    for n, (name, tests) in enumerate(EMPTY_TESTS.items()):
        yield Pretence(f"tests: {name}", PROBLEMS[n % len(PROBLEMS)].wrong, tests)


def drawn(count: int, seed: int) -> Iterator[Pretence]:
    """Yield so many, drawn at random: lies put together, before or after a broken solution."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    for n in range(count):
        problem, style = dice.choice(PROBLEMS), dice.choice(STYLES)
        if dice.random() < 0.3:
            name, tests = dice.choice([*EMPTY_TESTS.items()])
            yield Pretence(f"{n}: {problem.name}, tests: {name}", problem.wrong, tests)
            continue
        chosen = dice.sample([*LIES.items()], dice.choice((1, 1, 2)))
        lies = "\n".join(lie for _, lie in chosen)
        parts = [lies, broken(problem, dice)]
        dice.shuffle(parts)
        name = f"{n}: {problem.name}, {style}, program: {', '.join(name for name, _ in chosen)}"
        yield Pretence(name, "\n".join(parts) + "\n", problem.tests(style))


def broken(problem: Problem, dice: random.Random) -> str:
    """Return a program that does not solve the problem: wrong, cut short, or with holes."""
    kind = dice.choice(("wrong", "wrong", "cut", "nothing", "swapped"))
    if kind == "cut":
        return problem.right[: len(problem.right) // 3]
    if kind == "nothing":
        return ""
    if kind == "swapped":
        lines = problem.wrong.splitlines()
        dice.shuffle(lines)
        return "\n".join(lines) if "\n".join(lines) != problem.right.strip() else problem.wrong
    return problem.wrong


def _lying(problem: Problem, style: str, name: str, lie: str) -> Pretence:
    return Pretence(f"program: {name}", f"{lie}\n{problem.wrong}", problem.tests(style))
