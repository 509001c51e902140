"""The one grammar of `/cmd`, `@atelier`, DM and `!verb`: what was typed -> what is asked.

    request = [verb [":" | "："]] prompt {flag}
    flag    = ("--" | "—" | "－－") name ["=" | "＝"] value, or a switch's name alone
    value   = bare | "quoted" | “quoted”

Knows the verbs it is given, and neither Slack's payloads nor the generators. Nothing in code spans
or fences is a flag. A word that a verb is called `alone` names it where only a link or a picture's
number follows: by itself, or after the name of a verb that has it among its `asides`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.intake.linked import is_pointing
from bot.settings import Verb

_HEAD = re.compile(r"\s*!?([^\s:：]+)\s*([:：])?\s*", re.UNICODE)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_FLAG = re.compile(
    r"(?:(?<=\s)|^)(?:--|—|––|－－)(?P<name>[A-Za-z][A-Za-z0-9-]*)"
    r"(?:(?:\s*[=＝]\s*|\s+)(?P<value>\"[^\"]*\"|“[^”]*”|(?!--|—|––|－－)\S+))?"
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is asked."""

    verb: str
    prompt: str
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What was typed but cannot be meant, and what may have been."""

    problem: Literal["verb", "flag", "value", "empty"]
    said: str
    suggestion: str = ""
    verb: str = ""


def parse(
    text: str, verbs: Mapping[str, Verb], *, verb: str = "", strict: bool = False
) -> Parsed | Misunderstood:
    """Read what was typed, where `verb` is fixed (a slash command of its own) or has to be found.

    Without a known verb it is a question (`ask`), unless one word alone, or one before a colon,
    must have been a verb; `strict` (after `/atelier`) also refuses a first word that nearly is one.
    """
    if verb:
        return lone(text, verbs, verbs[verb].asides) or _asked(verb, text, verbs)
    if told := lone(text, verbs, verbs):
        return told
    head = _HEAD.match(text)
    if head is None:
        return Misunderstood("empty", "", verb="help")
    word, colon, rest = head.group(1), head.group(2), text[head.end() :]
    known = named(word, verbs)
    if known:
        return lone(rest, verbs, verbs[known].asides) or _asked(known, rest, verbs)
    near = nearest(word.casefold(), _names(verbs))
    if (near and (colon or strict or not rest)) or (strict and not rest):
        return Misunderstood("verb", word, near)
    return _asked("ask", text, verbs)


def named(word: str, verbs: Mapping[str, Verb]) -> str:
    """Return the verb that a word names, by its own name or an alias; empty when none."""
    folded = word.casefold()
    return next(
        (name for name, verb in verbs.items() if folded == name or folded in verb.aliases), ""
    )


def lone(text: str, verbs: Mapping[str, Verb], among: Iterable[str]) -> Parsed | None:
    """Return what a word means that names one of some verbs and says which picture, and no more.

    All of it stays the prompt, so that the answer has its language.
    """
    head = _HEAD.match(text)
    if head is None or not is_pointing(text[head.end() :]):
        return None
    word = head.group(1).casefold()
    meant = (name for name in among if name in verbs and word in verbs[name].alone)
    return next((Parsed(name, text.strip().lstrip("!")) for name in meant), None)


def nearest(word: str, names: list[str]) -> str:
    """Return the name that was probably meant, or nothing.

    >>> nearest("setps", ["size", "seed", "steps"])
    'steps'
    """
    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=0.7)), "")


def _asked(name: str, text: str, verbs: Mapping[str, Verb]) -> Parsed | Misunderstood:
    verb, flags = verbs[name], dict[str, str]()
    code = [match.span() for match in _CODE.finditer(text)]
    kept, at = "", 0
    for match in _FLAG.finditer(text):
        if any(start <= match.start() < end for start, end in code):
            continue
        flag, value = match["name"].casefold(), match["value"]
        if flag not in verb.flags:
            near = nearest(flag, list(verb.flags))
            if not near and match[0].lstrip().startswith(("—", "–")):
                continue  # a dash of prose that stands before its word
            return Misunderstood("flag", match["name"], near, verb=name)
        if flag in verb.switches:  # it takes no value: what follows is the prompt's
            flags[flag] = "on"
            kept, at = kept + text[at : match.start()], match.end("name")
            continue
        if value is None:
            return Misunderstood("value", flag, verb=name)
        flags[flag] = value.strip('"“”')
        kept, at = kept + text[at : match.start()], match.end()
    prompt = (kept + text[at:]).strip()
    if not prompt and not verb.empty:
        return Misunderstood("empty", "", verb=name)
    return Parsed(verb.worded if prompt and verb.worded in verbs else name, prompt, flags)


def _names(verbs: Mapping[str, Verb]) -> list[str]:
    return [name for key, verb in verbs.items() for name in (key, *verb.aliases)]
