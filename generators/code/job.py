"""What is asked about which program: read from what was typed, and from the messages before it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from generators.code.blocks import LANGUAGES, Block, blocks, named, outside, suspects
from generators.code.cases import looks_like_cases
from generators.code.python import looks_like_python, looks_like_tests
from generators.draft import Line, PromptRejected, Request
from generators.sentences import Language, language

Act = Literal["write", "check", "test", "fix", "explain", "review", "port", "show"]
"""`check` is what needs no model: parse, lint, run; `show` shows the tests that there are."""
_SAID: Final[Mapping[Act, tuple[str, ...]]] = {
    "write": ("write", "写", "编写", "生成"),
    "check": ("check", "run", "lint", "运行", "检查", "执行"),
    "test": ("test", "tests", "测试"),
    "fix": ("fix", "repair", "debug", "修复", "修正", "改错"),
    "explain": ("explain", "解释", "讲解", "说明"),
    "review": ("review", "评审", "审查", "审阅"),
    "port": ("port", "convert", "translate", "移植", "转换", "翻译"),
}
_WORDS: Final = {word: act for act, words in _SAID.items() for word in words}
_HEAD: Final = re.compile(
    r"\s*(?:please\s+|请|帮我|麻烦)*([a-z]+(?![a-z])|[\u4e00-\u9fff]+)[:：,，]?\s*", re.IGNORECASE
)
_TO: Final = re.compile(
    r"(?:(?<![a-z])(?:in)?to\s+|成\s*|为\s*|到\s*)([a-z+#]+[0-9]?)", re.IGNORECASE
)
_PAIRED: Final = 3
"""Parts that one pair of fences makes."""
_POINTING: Final = re.compile(
    r"(?<![a-z])(?:this|that|it|these|those|above|code|program|script|error)(?![a-z])"
    r"|这|那|它|上面|代码|程序|脚本|报错",
    re.IGNORECASE,
)
"""Words that mean something that is there already."""
_FEW: Final = 2
_TRACE: Final = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do; `words` is what was said beside the program."""

    act: Act
    words: str
    speak: Language
    program: Block | None = None
    tests: str = ""
    language: str = ""
    """The language that the answer shall be in; empty: not said."""
    source: Line | None = None
    """The message that the program was found in, where that is not the one that asks."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A program, its tests, and the words around them; where they are not typed, the message."""

    program: Block | None
    tests: str
    words: str
    source: Line | None = None


def job_of(request: Request, usual: str = "") -> Job:
    """Read what is asked. Raises PromptRejected for a flag that means nothing.

    `usual` is the language of programs where none is named.
    """
    wish = _language(request.flags.get("lang", ""))
    act, found = _act(request.flags.get("do", "")), _typed(request.prompt)
    if found.program is None and _is_about_before(act, found.words):
        found = replace(_before(request.context), words=found.words)
    act = act or _guessed(_said(found.words), found.words, found.program)
    if act == "port":
        wish = _language(request.flags.get("to", "")) or wish or _wished(found.words)
    return Job(
        act=act,
        words=_rest(act, found.words),
        speak=_speech(found.words or request.prompt),
        program=found.program,
        tests=found.tests,
        language=wish or ("" if found.program else _language(usual)),
        source=found.source,
    )


def _is_about_before(act: Act | None, words: str) -> bool:
    """Tell whether words without a program are about one in the messages before."""
    meant = (act or _said(words)) not in {None, "write"} and (act or _points(words))
    return bool(meant) or not words.strip()


def _rest(act: Act, words: str) -> str:
    """Return the words without the one that says what is to be done."""
    said = act != "write" and _said(words) == act
    return (_HEAD.sub("", words, count=1) if said else words).strip()


def _speech(words: str) -> Language:
    """Return the language to answer in: Chinese where the first word is.

    What follows may well be a name, or a program.
    """
    head = _HEAD.match(words)
    return "zh" if head is not None and not head[1].isascii() else language(words)


def _act(flag: str) -> Act | None:
    if not flag:
        return None
    folded = flag.casefold()
    found = next((one for one in get_args(Act) if one == folded), None) or _WORDS.get(folded)
    if found is None:
        raise PromptRejected(f"I can do this with code: {', '.join(get_args(Act))}.")
    return found


def _language(flag: str) -> str:
    lang = named(flag) if flag else ""
    if lang is None:
        raise PromptRejected(f"I know these languages: {', '.join(LANGUAGES)}.")
    return lang


def _typed(prompt: str) -> _Found:
    """Return the program in a prompt, its tests, and the words around them."""
    prompt = _fenced(prompt)
    found = [_known(block) for block in blocks(prompt)]
    if found:
        program, tests = _told_apart(found)
        kept = [one.source for one in found if _TRACE in one.source and one is not program]
        return _Found(program, tests, "\n".join([outside(prompt), *kept]))
    if looks_like_python(prompt):
        return _Found(Block(prompt, "python"), "", "")
    head = _HEAD.match(prompt)
    rest = prompt[head.end() :] if head and _said(prompt) else ""
    if looks_like_python(rest):
        return _Found(Block(rest, "python"), "", prompt[: len(prompt) - len(rest)])
    return _Found(None, "", prompt)


def _told_apart(found: Sequence[Block]) -> tuple[Block | None, str]:
    """Return the program and the tests among several blocks; one alone is the program."""
    sources = [one for one in found if one.source.strip() and _TRACE not in one.source]
    tests = [one for one in sources if looks_like_tests(one.source)]
    programs = [one for one in sources if one not in tests] or tests
    if not programs:
        return None, ""
    program = next((one for one in programs if not looks_like_cases(one.source)), programs[0])
    if program.language != "python":
        rest = [
            one.source for one in programs if one is not program and looks_like_cases(one.source)
        ]
        return program, rest[0] if rest else ""
    return program, "\n".join(one.source for one in tests if one is not program)


def _known(block: Block) -> Block:
    """Return a block with the language that it seems to be in; empty: a grammar has to tell."""
    if block.language or not block.source.strip():
        return block
    if looks_like_python(block.source) or not suspects(block.source):
        return Block(block.source, "python")
    return block


def _fenced(prompt: str) -> str:
    """Return a prompt whose fences stand on lines of their own, as Slack's often do not."""
    parts = prompt.split("```")
    if blocks(prompt) or len(parts) < _PAIRED:
        return prompt
    for at in range(1, len(parts) - 1, 2):
        tag, newline, rest = parts[at].partition("\n")
        tagged = newline and named(tag) is not None
        code = rest if tagged else parts[at]
        parts[at] = f"\n```{tag if tagged else ''}\n{code.strip(chr(10))}\n```\n"
    return "".join(parts)


def _before(lines: Sequence[Line]) -> _Found:
    """Return the newest program in the messages before, its tests, and its message."""
    for line in reversed(lines):
        found = _typed(line.text)
        if found.program is not None:
            return replace(found, source=line)
    return _Found(None, "", "")


def _said(words: str) -> Act | None:
    """Return what the first word says is to be done."""
    head = _HEAD.match(words)
    if head is None:
        return None
    word = head[1].casefold()
    return _WORDS.get(word) or next(_starting(word), None)


def _starting(word: str) -> Iterator[Act]:
    """Yield what a Chinese sentence begins with, which has no spaces."""
    yield from (act for name, act in _WORDS.items() if not name.isascii() and word.startswith(name))


def _points(words: str) -> bool:
    """Tell whether words are about something that is there already."""
    return len(words.split()) <= _FEW or bool(_POINTING.search(words))


def _guessed(said: Act | None, words: str, program: Block | None) -> Act:
    """Return what is probably meant where no flag says it."""
    if program is None:
        bare = said and said != "write" and len(words.split()) == 1
        return said if bare and said else "write"
    if said:
        return said
    if _TRACE in words:
        return "fix"
    if anywhere := [act for name, act in _WORDS.items() if not name.isascii() and name in words]:
        return anywhere[0]
    return "write" if words.strip() else "check"


def _wished(words: str) -> str:
    found = (named(match[1]) for match in _TO.finditer(words))
    return next((name for name in found if name), "")
