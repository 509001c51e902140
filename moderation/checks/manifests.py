"""The values in a Kubernetes `Secret`, which Base64 hides from whoever reads only words.

Reads YAML by its indentation, JSON and flow style by their braces; knows no anchors.
"""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checks.encoded import base64_text
from moderation.checks.passwords import Found
from moderation.checks.placeholders import invented

_SECRET: Final = re.compile(r"""["']?kind["']?\s*:\s*["']?(?:Sealed)?Secret["']?\s*[,\n\r}]""")
_DATA: Final = re.compile(
    r"""^([ \t-]*)["']?(data|stringData)["']?\s*:\s*[{|]?\s*$""", re.MULTILINE
)
_PAIR: Final = re.compile(
    r"""([ \t]*)["']?([\w.-]+)["']?[ \t]*:[ \t]*(?:[|>][+-]?[ \t]*\n[ \t]*)?["']?([^\s"',{}|"
    ">]{4,})["']?,?[ \t]*\r?\n?"""
)
_FLOW: Final = re.compile(r"""["']?(data|stringData)["']?\s*:\s*\{([^{}]{1,20000})\}""")
_FLOW_PAIR: Final = re.compile(r"""["']?([\w.-]+)["']?\s*:\s*["']?([^\s"',{}]{4,})""")
_OPEN: Final = re.compile(
    r"user|login|host|port|name|database|ca\.crt|url\Z|region|bucket|type|email|server|namespace",
    re.IGNORECASE,
)
"""What a key says that stands in secrets beside the secret."""


def manifests(text: str) -> Iterator[Found]:
    """Yield the values under `data` and `stringData` of what says it is a Secret."""
    if not _SECRET.search(text + "\n"):
        return
    yield from _flowing(text)
    for block in _DATA.finditer(text):
        encoded, at = block[2] == "data", block.end() + 1
        while pair := _PAIR.match(text, at):
            at = max(pair.end(), at + 1)
            if len(pair[1]) <= len(block[1].replace("-", " ")) and not block[1].endswith("-"):
                break
            if _is_secret(pair[2], pair[3], encoded=encoded):
                yield "manifest", *pair.span(3)


def _flowing(text: str) -> Iterator[Found]:
    """Yield the values of what stands in braces: JSON, and YAML that is written like it."""
    for block in _FLOW.finditer(text):
        for pair in _FLOW_PAIR.finditer(text, *block.span(2)):
            if _is_secret(pair[1], pair[2], encoded=block[1] == "data"):
                yield "manifest", *pair.span(2)


def _is_secret(key: str, value: str, *, encoded: bool) -> bool:
    plain = base64_text(value) if encoded else value
    if encoded and not plain:
        return len(value) > 16 and not _OPEN.search(key) and not invented(value)  # noqa: PLR2004 - binary keys are longer
    return not _OPEN.search(key) and not invented(plain.strip())
