"""Says in words, English or Chinese, what was seen of a program. All of it is judged later."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from generators.code.loop import tail
from generators.code.proof import Judged
from generators.code.python import parse
from generators.code.workbench import Looked
from generators.draft import CodeState
from generators.sentences import Language
from generators.tools import Concern

OUTPUT_LINES: Final = 40
OUTPUT_CHARS: Final = 2500
DIFF_LINES: Final = 120
"""A longer difference says no more than the new program."""
CONCERNS: Final = 10
_STATES: Final[Mapping[CodeState, tuple[str, str]]] = {
    "passed": ("Passed.", "通过。"),
    "failed": ("Failed.", "未通过。"),
    "checked": ("Checked.", "已检查。"),
    "unchecked": ("Not checked.", "未检查。"),
}
Said = Literal[
    "printed", "silent", "lint", "unlinted", "security", "diff", "same", "defines",
    "no tests", "no program", "no model",
]  # fmt: skip
_SAY: Final[Mapping[Said, tuple[str, str]]] = {
    "printed": ("**What it printed**", "**输出**"),
    "silent": ("It printed nothing.", "没有输出。"),
    "lint": ("**What ruff remarks**", "**ruff 的提示**"),
    "unlinted": ("It was not linted: ruff is not here.", "没有 ruff，未做静态检查。"),
    "security": ("**What to look at for security**", "**安全提示**"),
    "diff": ("**What changed**", "**改动**"),
    "same": ("Nothing changed.", "没有改动。"),
    "defines": ("It defines {}.", "其中定义了 {}。"),
    "no tests": ("There are no tests for it.", "没有测试。"),
    "no program": (
        "I see no program here: put one into a code block, attach a file, or ask in its thread.",
        "这里没有看到代码：请放入代码块，附上文件，或在含有代码的消息串中提问。",
    ),
    "no model": (
        "_More needs a language model; an operator can run `atelier models pull Qwen/Qwen3-0.6B`._",
        "_更多功能需要语言模型，管理员可以运行 `atelier models pull Qwen/Qwen3-0.6B`。_",
    ),
}
_CONCERN: Final = ("line {}: `{}`", "第 {} 行：`{}`")
_WHYS: Final = (
    (r"It is too long to be checked\.", "太长，无法检查。"),
    (r"(\S+) is not valid Python: line (\d+): (.*)\.", r"\1 不是有效的 Python：第 \2 行：\3。"),
    (r"(\S+) is not valid Python: (.*)\.", r"\1 不是有效的 Python：\2。"),
    (r"It is not valid (\w+)\.", r"不是有效的 \1。"),
    (r"It is not valid (\w+): ", r"不是有效的 \1："),
    (r"It may not be valid (\w+): ", r"可能不是有效的 \1："),
    (r"line (\d+), column (\d+): ", r"第 \1 行第 \2 列："),
    (r"(`[^`]*`) is missing\.", r"缺少 \1。"),
    (r"it is not understood from (`[^`]*`) on\.", r"从 \1 起无法解析。"),
    (r"it breaks off\.", "意外结束。"),
    (r"Nothing here runs (\w+)\.", r"这里不能运行 \1。"),
    (r"It parses\.", "语法正确。"),
    (r"It was not run: the checks do not let it be\.", "没有运行：安全检查不允许。"),
    (r"Nothing can be run here:", "这里不能运行代码："),
    (r"Nothing here can check this language\.", "这里没有检查该语言的工具。"),
    (r"(\S+) is not installed\.", r"没有安装 \1。"),
    (r"It was run, without tests\.", "已运行，没有测试。"),
    (r"It ended with status (-?\d+)\.", r"退出状态为 \1。"),
    (r"It was ended: it took too long\.", "运行超时，已终止。"),
    (r"It was ended: it said too much\.", "输出过多，已终止。"),
    (r"It was ended: it used too much memory\.", "内存超限，已终止。"),
    (
        r"Its tests were not run: they are run for Python, and cases for JavaScript and shell\.",
        "没有运行测试：只运行 Python 的测试，以及 JavaScript 和 shell 的用例。",
    ),
    (r"(\S+) is not valid JSON of cases: (.*)\.", r"\1 不是有效的 JSON 用例：\2。"),
    (r"The tests are nested too deeply to be read\.", "测试嵌套过深，无法读取。"),
    (r"(\d+) of (\d+) tests failed\.", r"\2 个测试中有 \1 个未通过。"),
    (r"(\d+) tests? passed in the sandbox\.", r"\1 个测试在沙箱中通过。"),
    (r"The tests did not run to their end: ", "测试没有运行完："),
    (r"(\S+) was not run\.", r"\1 没有运行。"),
    (r"(\S+) does not stand in the tests\.", r"测试中没有 \1。"),
    (r"(\S+) was skipped or expected to fail, so not all passed\.", r"\1 被跳过，未全部通过。"),
    (
        r"With other expectations, the tests ended otherwise than they should: ",
        "改变期望后结果异常：",
    ),
    (r"The tests are not the same ones each time\.", "每次运行的测试不同。"),
    (r"(\S+) passes whatever it expects\.", r"无论期望什么，\1 都通过。"),
    (
        r"The tests pass without the program, too, so they say nothing\.",
        "没有程序测试也通过，无意义。",
    ),
)


def say(what: Said, speak: Language) -> str:
    """Return a fixed sentence."""
    return _SAY[what][speak == "zh"]


def reported(looked: Looked, source: str, language: str, speak: Language) -> str:
    """Say all that is known of somebody's own program."""
    said = looked.judged
    defined = parse(source).defines if language == "python" else ()
    names = ", ".join(f"`{name}`" for name in defined)
    lines = [f"**{_STATES[said.state][speak == 'zh']}** {why(said.why, speak)}"]
    lines += [say("defines", speak).format(names)] if names else []
    return "\n\n".join([" ".join(lines), *facts(looked, speak)])


def facts(looked: Looked, speak: Language) -> Iterator[str]:
    """Yield what tools remarked, and what the program printed."""
    if looked.remarks is None:
        yield say("unlinted", speak)
    if looked.remarks:
        told = (f"- {_at(one.line, one.rule, speak)} {one.text}" for one in looked.remarks)
        yield "\n".join([say("lint", speak), *told])
    concerns = [one for one in looked.concerns if _is_grave(one)][:CONCERNS]
    if concerns:
        told = (f"- {_at(one.line, one.what, speak)}" for one in concerns)
        yield "\n".join([say("security", speak), *told])
    if looked.judged.ran and not _is_doubted(looked.judged):
        yield printed(looked.judged.output, speak)


def printed(output: str, speak: Language) -> str:
    """Return what a run said, its last lines, in a fence that it cannot end."""
    last = tail(output, OUTPUT_LINES, OUTPUT_CHARS)
    return "\n".join([say("printed", speak), fenced(last)]) if last else say("silent", speak)


def changes(before: str, after: str, speak: Language) -> str:
    """Return the difference between two programs; empty where it would say no more than the new."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[
        2:
    ]
    if not lines:
        return say("same", speak)
    if len(lines) > DIFF_LINES:
        return ""
    return "\n".join([say("diff", speak), fenced("\n".join(lines), "diff")])


def fenced(text: str, tag: str = "") -> str:
    """Return a text in a fence; one that it holds itself is written otherwise."""
    return f"```{tag}\n{text.replace('```', chr(39) * 3)}\n```"


def why(sentence: str, speak: Language) -> str:
    """Return a reason in a language; what nobody translated stays English."""
    if speak == "en":
        return sentence
    for pattern, form in _WHYS:
        sentence = re.sub(pattern, form, sentence)
    return sentence


def _is_doubted(judged: Judged) -> bool:
    """Tell whether a run says that all is well and is not believed: then that is not repeated."""
    return judged.state == "failed" and judged.tests > 0 and not judged.failed


def _at(line: int, what: str, speak: Language) -> str:
    return _CONCERN[speak == "zh"].format(line, what)


def _is_grave(concern: Concern) -> bool:
    """Tell whether it is worth saying: bandit's `low` is nearly everything."""
    return concern.what.startswith(("code.medium", "code.high", "secret"))
