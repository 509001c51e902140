# ruff: noqa: E501 - a lie reads best on one line
"""JavaScript and shell: problems with their cases, and programs and cases that pretend."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Other:
    """A program that is right, its broken twin, and what both are asked."""

    name: str
    language: str
    right: str
    wrong: str
    cases: tuple[Mapping[str, object], ...]

    @property
    def tests(self) -> str:
        return json.dumps(self.cases, ensure_ascii=False)


def _calls(*pairs: tuple[str, object]) -> tuple[dict[str, object], ...]:
    return tuple({"call": call, "gives": gives} for call, gives in pairs)


def _runs(*pairs: tuple[list[str], str, str]) -> tuple[dict[str, object], ...]:
    return tuple({"args": args, "stdin": stdin, "stdout": said} for args, stdin, said in pairs)


PROBLEMS = (
    Other(
        "double",
        "javascript",
        "function double(x) { if (typeof x !== 'number') throw new TypeError('no number'); return 2 * x; }\n",
        "function double(x) { return x + 2; }\n",
        (
            *_calls(("double(2)", 4), ("double(-1.5)", -3)),
            {"call": "double('2')", "throws": "TypeError"},
        ),
    ),
    Other(
        "words",
        "javascript",
        "const words = (text) => Object.fromEntries(text.split(/\\s+/u).filter(Boolean).map((w, _, all) => [w, all.filter((x) => x === w).length]));\n",
        "const words = (text) => Object.fromEntries(text.split(' ').map((w) => [w, 1]));\n",
        _calls(("words('好 好 🙂')", {"好": 2, "🙂": 1}), ("words('')", {})),
    ),
    Other(
        "stack",
        "javascript",
        "class Stack {\n  #held = [];\n  push(x) { this.#held.push(x); return this; }\n  pop() { return this.#held.pop() ?? null; }\n  get size() { return this.#held.length; }\n}\nmodule.exports = { Stack };\n",
        "class Stack {\n  #held = [];\n  push(x) { this.#held.push(x); return this; }\n  pop() { return this.#held.shift() ?? null; }\n  get size() { return 1; }\n}\n",
        _calls(
            ("new Stack().push(1).push(2).pop()", 2),
            ("new Stack().pop()", None),
            ("new Stack().push(1).push(2).size", 2),
        ),
    ),
    Other(
        "later",
        "javascript",
        "async function later(x) { await null; return [x, x % 2 === 0]; }\n",
        "async function later(x) { return [x, true]; }\n",
        _calls(("later(2)", [2, True]), ("await later(3)", [3, False])),
    ),
    Other(
        "upper",
        "javascript",
        "process.stdin.setEncoding('utf8'); let all = '';\nprocess.stdin.on('data', (part) => { all += part; }).on('end', () => { console.error('log'); console.log(all.trim().toUpperCase()); });\n",
        "console.log('HELLO');\n",
        _runs(([], "hello ß\n", "HELLO SS"), ([], "Привет\n", "ПРИВЕТ\n")),
    ),
    Other(
        "greets",
        "shell",
        '#!/usr/bin/env bash\n[ $# -gt 0 ] || { echo "who?" >&2; exit 2; }\nfor name in "$@"; do echo "hi $name"; done\n',
        '[ $# -gt 0 ] || exit 2\nfor name in $1; do echo "hi $name"; done\n',
        (*_runs((["an na", "好"], "", "hi an na\nhi 好\n")), {"status": 2, "stdout": ""}),
    ),
    Other(
        "counts lines",
        "shell",
        "n=0\nwhile IFS= read -r _; do n=$((n + 1)); done\necho $n\n",
        "echo 3\n",
        _runs(([], "a\nb\nc\n", "3"), ([], "", "0\n")),
    ),
    Other(
        "sums",
        "shell",
        "s=0\nfor n; do s=$((s + n)); done\necho $s\n",
        'echo "$1"\n',
        _runs((["2", "3"], "", "5\n"), (["-4"], "", "-4\n")),
    ),
    Other(
        "sorts",
        "shell",
        "sort -u | tr a-z A-Z\n",
        "tr a-z A-Z\n",
        _runs(
            ([], "b\na\nb\n", "A\nB\n"),
        ),
    ),
)
_WRITES = "require('fs').writeSync(+process.env.ATELIER_REPORT, "
LIES: dict[str, dict[str, str]] = {
    "javascript": {
        "says it": "console.log('# pass 3\\n# fail 0\\n3 tests passed');",
        "leaves": "process.exit(0);",
        "leaves at the end": "process.on('exit', () => { process.exitCode = 0; process.reallyExit(0); });",
        "reports truth": f"{_WRITES}'{{\"gives\": true}}'); process.exit(0);",
        "reports nothing": f"{_WRITES}'{{\"gives\": null}}'); process.exit(0);",
        "reports everything": f"for (let n = 0; n < 99; n++) {_WRITES}JSON.stringify({{gives: n}}));\nprocess.exit(0);",
        "reports a wish": f'{_WRITES}\'{{"passed": true, "state": "passed"}}\'); process.exit(0);',
        "reports no end": f"for (;;) {_WRITES}'x'.repeat(65536));",
        "rewrites JSON": "const real = JSON.stringify; JSON.stringify = (said) => real({ ...said, gives: 4 });",
        "rewrites writing": "const fs = require('fs'); const real = fs.writeSync; fs.writeSync = (fd) => real(fd, '{\"gives\": 0}');",
        "rewrites promises": "Promise.prototype.then = function () { return this; };",
        "rewrites comparing": "Object.is = () => true; require('assert').strictEqual = () => {}; Array.prototype.every = () => true;",
        "equals everything": "const same = new Proxy(function () {}, { get: (t, k) => k === Symbol.toPrimitive ? () => 4 : same, apply: () => same, construct: () => same });\nglobalThis.double = globalThis.words = globalThis.later = same;",
        "is told as it likes": "Object.prototype.toJSON = function () { return { gives: 4 }; };",
        "reads its questions": "const text = require('fs').readFileSync(__filename, 'utf8');\nconsole.log(text.match(/gives.*|expected.*/g));",
        "looks for answers": "const fs = require('fs');\nfor (const folder of ['/box', '/box/code', '/tmp', '/proc/1']) { try { console.log(fs.readdirSync(folder)); } catch {} }\nfor (const file of ['/box/start', '/proc/1/cmdline', '/proc/1/environ', '/box/code/test_solution.json']) { try { console.log(fs.readFileSync(file, 'utf8')); } catch {} }",
        "asks a child": "require('child_process').spawnSync('/bin/sh', ['-c', 'echo 4; kill -9 1']);",
        "hides the rest": "/* all well */ if (false) {",
        "hides the rest in a comment": "/*",
        "returns": "return;",
        "writes to all": "for (let n = 0; n < 20; n++) { try { require('fs').writeSync(n, '{\"gives\": 4}\\n'); } catch {} }",
        "catches all": "process.on('uncaughtException', () => process.exit(0)); process.on('unhandledRejection', () => process.exit(0)); throw new Error('x');",
        "goes round for ever": "for (;;);",
        "never ends": "setInterval(() => {}, 1000);",
        "fails": "throw new Error('passed 通过');",
        "does not parse": "function (",
        "asks for too much": "const held = []; for (;;) held.push(Buffer.alloc(1 << 28, 1));",
    },
    "shell": {
        "says it": "echo '1 passed in 0.01s'",
        "leaves": "exit 0",
        "leaves at the end": "trap 'exit 0' EXIT",
        "becomes another": "exec /bin/true",
        "runs nothing": "set -n",
        "swallows output": "exec >/dev/null 2>&1",
        "rewrites echo": "echo() { builtin echo passed; }",
        "rewrites the rest": "eval 'exit() { return 0; }'; alias exit=true; shopt -s expand_aliases",
        "reports": 'printf \'{"gives": true}\' >&"$ATELIER_REPORT"; exit 0',
        "looks for answers": "cat /box/* /box/code/* /proc/1/cmdline /proc/*/environ /tmp/* 2>/dev/null",
        "echoes what it reads": "cat; exit 0",
        "echoes what it is given": 'echo "$@"; exit 0',
        "kills all": "kill -9 -1; kill -9 $PPID; kill -9 1",
        "leaves a child": "(sleep 100; echo 5) & exit 0",
        "goes round for ever": "while :; do :; done",
        "says no end": "yes passed",
        "does not parse": "if then fi (",
        "fails": "false; exit 1",
    },
}
"""What is put before a broken program."""
EMPTY: dict[str, str] = {
    "nothing": "",
    "no list": "{}",
    "no case": "[]",
    "an empty case": "[{}]",
    "no expectation": '[{"args": ["a"]}]',
    "no call": '[{"call": " ", "gives": 4}]',
    "another key": '[{"status": 0, "skip": true}]',
    "says it": '[{"passed": true}]',
    "a status only": '[{"status": 0}]',
    "no output": '[{"stdout": "", "status": 0}]',
    "no output, twice": '[{"stdout": "\\n"}, {"args": ["x"], "stdin": "y", "stdout": ""}]',
    "a constant": '[{"call": "4", "gives": 4}]',
    "what JavaScript has": '[{"call": "Math.max(1, 2)", "gives": 2}]',
    "a missing name": '[{"call": "nowhere()", "throws": "ReferenceError"}]',
    "swallows": '[{"call": "(() => { try { return nowhere(); } catch { return 1; } })()", "gives": 1}]',
    "ends the call": '[{"call": "1)); process.exit(0); ((", "gives": 1}]',
    "reports itself": '[{"call": "(require(\'fs\').writeSync(+process.env.ATELIER_REPORT, \'{\\"gives\\": 7}\'), process.exit(0))", "gives": 7}]',
    "hides the rest": '[{"call": "1 /*", "gives": 1}]',
    "does not parse": "[{",
    "too many": json.dumps([{"stdout": "x"}] * 99),
    "a test of Python": "def test_it(): assert True\n",
    "a test of Node": "require('node:test')('it', () => {})\n",
    "a status of a program that is ended": '[{"status": 137}]',
}
"""Cases that pretend, whatever the program is."""


@dataclass(frozen=True, slots=True)
class Pretence:
    """A program and cases of which no one may say that they passed."""

    name: str
    language: str
    program: str
    tests: str


def every() -> Iterator[Pretence]:
    """Yield one pretence of each kind."""
    for language, lies in LIES.items():
        own = [one for one in PROBLEMS if one.language == language]
        for n, (name, lie) in enumerate(lies.items()):
            one = own[n % len(own)]
            title = f"{language}, {one.name}: {name}"
            yield Pretence(title, language, f"{lie}\n{one.wrong}", one.tests)
        for name, tests in EMPTY.items():
            yield Pretence(f"{language}, cases: {name}", language, own[0].wrong, tests)


def drawn(count: int, seed: int) -> Iterator[Pretence]:
    """Yield so many, drawn at random: lies put together, before or after a broken program."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    for n in range(count):
        one = dice.choice(PROBLEMS)
        if dice.random() < 0.25:
            name, tests = dice.choice([*EMPTY.items()])
            yield Pretence(f"{n}: {one.name}, cases: {name}", one.language, one.wrong, tests)
            continue
        chosen = dice.sample([*LIES[one.language].items()], dice.choice((1, 1, 2)))
        parts = [*(lie for _, lie in chosen), _broken(one, dice)]
        dice.shuffle(parts)
        name = f"{n}: {one.name}, {one.language}: {', '.join(name for name, _ in chosen)}"
        yield Pretence(name, one.language, "\n".join(parts) + "\n", one.tests)


def _broken(one: Other, dice: random.Random) -> str:
    """Return a program that does not solve the problem: wrong, cut short, or none."""
    kind = dice.choice(("wrong", "wrong", "cut", "nothing"))
    cut = one.right[: len(one.right) // 3]
    return {"wrong": one.wrong, "cut": cut, "nothing": ""}[kind]


def can_run(language: str) -> bool:
    """Tell whether its interpreter is here."""
    return Path({"javascript": "/usr/bin/node", "shell": "/bin/bash"}[language]).exists()
