"""Parses a program by grammars of tree-sitter: where it stops being one, as JSON on stdout.

It is run as a file, in a process of its own, and imports nothing of ours. What it is given lies on
stdin, and its arguments are `language=module.function`, where the grammar is.
"""

import importlib
import json
import resource
import sys

from tree_sitter import Language, Node, Parser

CPU_S = 5
MEMORY_BYTES = 2 << 30
SHOWN_CHARS = 40


def flaw(source: bytes, grammar: str) -> dict[str, object] | None:
    """Return where a program is not what a grammar describes; None where it is."""
    module, _, function = grammar.rpartition(".")
    parser = Parser(Language(getattr(importlib.import_module(module), function)()))
    node = parser.parse(source).root_node
    if not node.has_error:
        return None
    node = _first(node)
    row, offset = node.start_point
    line = source.split(b"\n")[row]
    column = len(line[:offset].decode("utf-8", errors="replace")) + 1
    rest = line[offset:].decode("utf-8", errors="replace").strip()[:SHOWN_CHARS]
    return {"line": row + 1, "column": column, "missing": _missing(node), "found": rest}


def _first(node: Node) -> Node:
    """Return the innermost first thing that is wrong, or is not there."""
    while not node.is_missing:
        inner = next((one for one in node.children if one.has_error or one.is_missing), None)
        if inner is None:
            break
        node = inner
    return node


def _missing(node: Node) -> str:
    return node.type.replace("_", " ").strip() if node.is_missing else ""


def main(grammars: list[str]) -> None:
    """Print an object: the flaw by language, of those whose grammar is here."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    source = sys.stdin.buffer.read()
    found: dict[str, object] = {}
    for each in grammars:
        language, _, grammar = each.partition("=")
        try:
            found[language] = flaw(source, grammar)
        except ModuleNotFoundError:
            continue
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
