"""Leaves out what a model says of having run or tested something: it cannot have."""

import re
from collections.abc import Iterator
from typing import Final

_BOASTS: Final = re.compile(
    r"(?<![a-z])(?:"
    r"(?:tests?|checks?)(?:\s+[a-z]+){0,4}\s+(?:pass(?:e[sd])?|succeed(?:ed|s)?|ran|run|green|ok)"
    r"|pass(?:e[sd])?(?:\s+[a-z]+){0,3}\s+(?:tests?|checks?|cases?)"
    r"|(?:was|were|been|is|are|i|we|i've|we've|fully|thoroughly|successfully|already|and)\s+"
    r"(?:[a-z]+\s+){0,2}(?:tested|verified|executed|validated|ran|run)"
    r"|(?:tested|verified|validated)(?:\s+(?:and|on|with|against|in|by)|\s*[.:,!]|\s*$)"
    r"|works?\s+(?:as\s+expected|correctly|perfectly)"
    r")(?![a-z])"
    r"|(?:测试|用例|检查|验证)[^。！？,，;；]{0,8}(?:通过|成功|完成|无误)"
    r"|通过[^。！？,，;；]{0,8}(?:测试|用例|验证|检查)"
    r"|(?:已经?|经过?|我)[^。！？,，;；]{0,6}(?:测试|验证|运行|执行)"
    r"|运行[^。！？,，;；]{0,4}(?:正确|成功|正常|无误)",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})")
_SENTENCE: Final = re.compile(r"(?<=[.!?。！？])(?=\s|[\u4e00-\u9fff]|\Z)")


def modest(answer: str) -> str:
    r"""Return an answer without sentences that claim such things; programs in it stay as they are.

    >>> modest("It is one. All tests pass.\n```py\n# tested\n```\n已通过测试。")
    'It is one.\n```py\n# tested\n```'
    """
    return "\n".join(_kept(answer.replace("\r\n", "\n"))).strip()


def _kept(answer: str) -> Iterator[str]:
    fence = ""
    for line in answer.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            yield "".join(filter(_is_modest, _SENTENCE.split(line))).rstrip()
            continue
        yield line


def _is_modest(sentence: str) -> bool:
    return _BOASTS.search(sentence) is None
