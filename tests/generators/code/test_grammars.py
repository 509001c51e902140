"""Programs that are only read: by the grammars that are installed, in a child of its own."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code import grammars
from generators.code.blocks import LANGUAGES, suffix, suspects
from generators.code.grammars import DOUBTED, GRAMMARS, flaws, likeliest
from generators.code.proof import Source
from generators.code.report import why
from generators.code.sandbox import Unavailable
from generators.code.trial import Trial

needs_grammars = pytest.mark.skipif(
    importlib.util.find_spec("tree_sitter") is None, reason="tree-sitter is not installed"
)
VALID = {
    "javascript": "const 面积 = (x) => x ** 2;\nconsole.log(面积(3), '🙂');\n",
    "typescript": "interface A { x: number }\nconst f = (a: A): number => a.x;\n",
    "java": 'public class A { public static void main(String[] a) { var s = "你好"; } }\n',
    "kotlin": 'fun main() { val a = "名"; println("$a 🙂") }\n',
    "go": 'package main\n\nimport "fmt"\n\nfunc main() { 你好 := "מזל"; fmt.Println(你好) }\n',
    "rust": 'fn main() { let mut n = 1; n += 1; println!("{n} 🙂"); }\n',
    "c": '#include <stdio.h>\nint main(void) { printf("你好\\n"); return 0; }\n',
    "cpp": '#include <iostream>\nint main() { std::cout << u8"你好"; }\n',
    "csharp": "using System;\nclass A { static void Main() { Console.WriteLine(1); } }\n",
    "ruby": "def double(x)\n  x * 2\nend\nputs double(2)\n",
    "php": "<?php\nfunction f(int $x): int { return 2 * $x; }\necho f(2);\n",
    "lua": "local function f(x)\n  return 2 * x\nend\nprint(f(2))\n",
    "shell": "set -e\nfor x in a b; do\n  echo $x\ndone\n",
    "html": "<!doctype html>\n<html><body><p>你好</p></body></html>\n",
    "css": "body { color: red; }\n.a > .b { margin: 0 }\n",
    "yaml": "name: 你好\nitems:\n  - a\n  - b: 1\n",
    "json": '{"a": [1, 2], "面积": null}\n',
    "toml": '[a]\nb = "🙂"\n',
}
BROKEN = {
    "go": ("package main\n\nfunc main() { 你好 := }\n", 3, 20, "`identifier` is missing"),
    "rust": ("fn main() {\n    let x = ;\n}\n", 2, 11, "from `= ;` on"),
    "java": ("class A { void f() { int x = 1 } }\n", 1, 31, "`;` is missing"),
    "typescript": ("const x: = 3\n", 1, 10, "from `= 3` on"),
    "php": ("<?php\necho 1\n", 2, 7, "`;` is missing"),
    "json": ('{"a": 1,}', 1, 9, "from `}` on"),
    "toml": ("a = 1\nb = \n", 2, 5, "breaks off"),
    "ruby": ("def f(x)\n  x * 2\n", 1, 1, "from `def f(x)` on"),
    "yaml": ("a: [1\n", 1, 1, "from `a: [1` on"),
    "javascript": ("let = = 1\n", 1, 7, "from `= 1` on"),
}
NOWHERE = Trial(Unavailable("There is none."))


@needs_grammars
@pytest.mark.thorough
@pytest.mark.parametrize("language", VALID)
def test_a_valid_program_parses_and_is_told_by_its_looks(language: str) -> None:
    assert flaws(VALID[language], [language]) == {language: None}
    if language != "toml":  # which is a Python program, too
        assert likeliest(VALID[language], suspects(VALID[language])) == language


@needs_grammars
@pytest.mark.thorough
@pytest.mark.parametrize("language", BROKEN)
def test_the_place_of_a_flaw_is_said(language: str) -> None:
    source, line, column, words = BROKEN[language]
    flaw = flaws(source, [language])[language]
    assert flaw is not None
    assert (flaw.line, flaw.column) == (line, column), flaw
    assert words in flaw.said
    said = NOWHERE.judge(Source(f"a.{suffix(language)}", source))
    assert (said.state, said.ran) == ("failed", False)
    assert said.why == f"It is not valid {language}: {flaw.said}."
    assert why(said.why, "zh").isascii() is False
    assert "line" not in why(said.why, "zh")


@needs_grammars
@pytest.mark.thorough
def test_what_its_grammar_does_not_know_for_sure_is_not_said_to_be_wrong() -> None:
    for language in DOUBTED:
        said = NOWHERE.judge(Source(f"a.{suffix(language)}", f"{VALID[language]}\n<)("))
        assert (said.state, said.ran) == ("unchecked", False), said
        assert said.why.startswith(f"It may not be valid {language}: line ")


@needs_grammars
@pytest.mark.thorough
def test_what_parses_is_checked_and_never_more() -> None:
    said = NOWHERE.judge(Source("a.go", VALID["go"]), Source("test_a.py", "def test(): pass"))
    assert (said.state, said.ran) == ("checked", False)
    assert said.why == "It parses. Nothing here runs go."
    said = NOWHERE.judge(Source("a.sh", VALID["shell"]))
    assert (said.state, said.why) == ("checked", "It parses. There is none.")


def test_a_language_without_a_grammar_stays_unchecked() -> None:
    for name in ("a.sql", "a.hs", "README"):
        said = NOWHERE.judge(Source(name, "SELECT 1"))
        assert (said.state, said.why) == ("unchecked", "Nothing here can check this language.")
    assert flaws("x" * 200_000, ["json"]) == {}


def test_without_grammars_it_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammars, "GRAMMARS", {"go": "no_such_module.language"})
    assert flaws(VALID["go"], ["go", "json"]).keys() == {"json"}
    assert NOWHERE.judge(Source("a.go", "package main")).state == "unchecked"
    assert likeliest("package main", ["go", "rust"]) == "go"


def test_a_child_that_breaks_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = tmp_path / "python"
    breaking.write_text("#!/bin/sh\nkill -SEGV $$\n")
    breaking.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(breaking))
    assert flaws(VALID["go"], ["go"]) == {}


@given(st.text(alphabet=st.characters()), st.sampled_from(["json", "toml"]))
def test_no_text_makes_the_own_readers_fail(source: str, language: str) -> None:
    flaw = flaws(source, [language])[language]
    assert flaw is None or (flaw.line >= 1 and flaw.column >= 1)


@pytest.mark.parametrize("source", ["[" * 100_000, '{"a":' * 10_000, "a = " + "[" * 50_000])
def test_what_is_nested_too_deeply_is_a_flaw(source: str) -> None:
    assert None not in flaws(source, ["json", "toml"]).values()


def test_what_one_language_alone_looks_like_needs_no_grammar() -> None:
    cases = {
        "#!/usr/bin/env bash\nls": "shell",
        "#!/usr/bin/env node\n1": "javascript",
        "#!/usr/bin/python3\n1": "python",
        "def double(x)\n    return 2 * x": "python",
        "fn main() {}": "rust",
        "": "",
        "你好": "",
    }
    for source, language in cases.items():
        assert likeliest(source, suspects(source)[:1]) == language


def test_every_grammar_is_of_a_language_that_we_name() -> None:
    assert GRAMMARS.keys() <= LANGUAGES.keys()
    assert GRAMMARS.keys() > DOUBTED
