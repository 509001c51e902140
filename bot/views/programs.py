"""What is said of a program's state, and the buttons under it. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from bot.intake.following import PREFIX, value_of
from bot.views.forms import actions, button, option, plain_text
from generators.draft import Code, CodeState, Request, Tried
from generators.sentences import Language

PORTS: Final = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "java": "Java",
    "go": "Go",
    "rust": "Rust",
    "csharp": "C#",
    "cpp": "C++",
    "ruby": "Ruby",
    "shell": "Bash",
}
_PASSED: Final = ("Its tests were run and passed.", "测试已运行并通过。")
_UNCHECKED: Final = ("It was neither parsed nor run.", "没有检查，也没有运行。")
_PLAIN: Final[Mapping[tuple[CodeState, bool], tuple[str, str]]] = {
    ("passed", True): _PASSED,
    ("passed", False): _PASSED,
    ("failed", True): ("It was run, and did not pass.", "已运行，未通过。"),
    ("failed", False): ("It is not valid; it was not run.", "语法有误，没有运行。"),
    ("checked", True): ("It was run in the sandbox, without tests.", "已在沙箱中运行，没有测试。"),
    ("checked", False): ("It parses; it was not run.", "语法正确，没有运行。"),
    ("unchecked", True): _UNCHECKED,
    ("unchecked", False): _UNCHECKED,
}
"""By state, and by whether it was run at all."""
_BUTTONS: Final = {
    "check": ("Run again", "再次运行"),
    "show": ("Show tests", "查看测试"),
    "fix": ("Fix", "修复"),
    "explain": ("Explain", "解释"),
}


def state(code: Code, speech: Language) -> str:
    """Say in one sentence what is known of a program, and no more.

    >>> state(Code("x", "python", "passed", tried=Tried(ran=True, tests=2, ms=310)), "en")
    'Its 2 tests were run in the sandbox and passed, in 0.3 s.'
    """
    counted = _in_chinese if speech == "zh" else _in_english
    said = counted(code) or _PLAIN[code.state, code.tried.ran][speech == "zh"]
    repairs = _repairs(code.tried, speech)
    return f"{said} {repairs}" if repairs else said


def _in_english(code: Code) -> str:
    """Say how many tests passed, or failed; empty where none was counted."""
    tests, failed, seconds = code.tried.tests, code.tried.failed, code.tried.ms / 1000
    if code.state == "passed" and tests == 1:
        return f"Its 1 test was run in the sandbox and passed, in {seconds:.1f} s."
    if code.state == "passed" and tests:
        return f"Its {tests} tests were run in the sandbox and passed, in {seconds:.1f} s."
    if code.state == "failed" and failed:
        return f"{failed} of its {tests} tests failed in the sandbox."
    return ""


def _in_chinese(code: Code) -> str:
    tests, failed, seconds = code.tried.tests, code.tried.failed, code.tried.ms / 1000
    if code.state == "passed" and tests:
        return f"{tests} 个测试已在沙箱中运行并通过，用时 {seconds:.1f} 秒。"
    if code.state == "failed" and failed:
        return f"{tests} 个测试中有 {failed} 个在沙箱中未通过。"
    return ""


def _repairs(tried: Tried, speech: Language) -> str:
    if not tried.repairs:
        return ""
    if speech == "zh":
        return f"已修复 {tried.repairs} 次。"
    return f"Repairs: {tried.repairs}."


def buttons(code: Code, request: Request, speech: Language) -> dict[str, Any]:
    """Return the row of buttons under a program: what can be asked about it next."""
    zh = speech == "zh"
    acts = [act for act in _BUTTONS if act != "show" or code.tests]
    value = value_of(request, "")
    elements = [button(_BUTTONS[act][zh], f"{PREFIX}{act}", value) for act in acts]
    others = [name for name in PORTS if name != code.language]
    return actions([*elements, _select(others, request, zh=zh)])


def _select(languages: list[str], request: Request, *, zh: bool) -> dict[str, Any]:
    return {
        "type": "static_select",
        "action_id": f"{PREFIX}port",
        "placeholder": plain_text("移植到…" if zh else "Port to…"),
        "options": [_option(name, value_of(request, name), zh=zh) for name in languages],
    }


def _option(language: str, value: str, *, zh: bool) -> dict[str, Any]:
    name = PORTS[language]
    label = f"移植到 {name}" if zh else f"Port to {name}"
    return option(label, value)
