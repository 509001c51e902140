"""What somebody asks of pictures, read from a prompt and its flags, or one sentence why not.

    --ar 16:9   --size 512x768   --n 4   --seed 7   --steps 20   --no "text, people"   --style ink

Knows no model but what it tells of its sizes.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from generators.draft import PromptRejected
from generators.painting import Canvas
from generators.sentences import Language, language
from generators.shapes import (
    MAX_PIXELS,
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    SIDE_STEP_PX,
    Ratio,
    ratio_of,
    shaped,
    size_of,
)
from generators.styles import Style, Styles

FLAGS: Final = ("ar", "size", "n", "seed", "steps", "no", "style")
MAX_COUNT: Final = 4
"""A sheet has two columns and two rows."""
MAX_STEPS: Final = 100
MAX_SEED: Final = 2**31 - 1
MAX_AVOID_CHARS: Final = 500
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "n": (1, MAX_COUNT),
    "seed": (0, MAX_SEED),
    "steps": (1, MAX_STEPS),
}
_TOLD: Final = ("prompt", "size", "ar", *_RANGES, "style", "no")
"""What may be wrong, in the order in which it is told."""
_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "empty": {
        "en": "Say what the picture should show.",
        "zh": "请说明图片要画什么。",
    },
    "size": {
        "en": (
            f"A size is WIDTHxHEIGHT in pixels, such as 512x512: multiples of {SIDE_STEP_PX} "
            f"from {MIN_SIDE_PX} to {MAX_SIDE_PX}, and {MAX_PIXELS:,} pixels in all."
        ),
        "zh": (
            f"尺寸写作 宽x高（像素），例如 512x512：须为 {SIDE_STEP_PX} 的倍数，"
            f"{MIN_SIDE_PX} 到 {MAX_SIDE_PX}，总共不超过 {MAX_PIXELS:,} 像素。"
        ),
    },
    "ar": {
        "en": "--ar is a shape such as 16:9 or 2:3: two whole numbers, from 1:4 to 4:1.",
        "zh": "--ar 是形状，例如 16:9 或 2:3：两个整数，从 1:4 到 4:1。",
    },
    "both": {
        "en": "Name --size or --ar, not both.",
        "zh": "--size 和 --ar 只能写一个。",
    },
    "number": {
        "en": "--{name} is a whole number from {least} to {most}.",
        "zh": "--{name} 须为 {least} 到 {most} 的整数。",
    },
    "style": {
        "en": "There is no style of this name; there are {known}.",
        "zh": "没有这个风格；可用的有：{known}。",
    },
    "no": {
        "en": f"--no takes at most {MAX_AVOID_CHARS} characters.",
        "zh": f"--no 最多 {MAX_AVOID_CHARS} 个字符。",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted. None and empty: whatever the model does by itself."""

    prompt: str
    speech: Language
    count: int = 1
    seed: int | None = None
    steps: int | None = None
    avoid: str = ""
    style: Style | None = None
    size: str = ""
    ratio: Ratio | None = None

    @property
    def drawn(self) -> str:
        """The prompt as the model reads it, with the words of its style."""
        return self.style.added_to(self.prompt, self.speech) if self.style else self.prompt

    def sized(self, canvas: Canvas) -> str:
        """Return the size that is asked of a model, WIDTHxHEIGHT; empty: its own."""
        return shaped(self.ratio, canvas) if self.ratio else self.size


def asked(prompt: str, flags: Mapping[str, str], styles: Styles) -> Asked:
    """Return what a prompt and its flags ask for. Raises PromptRejected, with the range."""
    speech = language(prompt)
    given = {name: folded(flags.get(name, "")) for name in FLAGS}
    if found := problems(prompt, given, styles, speech):
        raise PromptRejected(next(iter(found.values())))
    sides = size_of(given["size"])
    return Asked(
        prompt=prompt.strip(),
        speech=speech,
        count=_number("n", given["n"]) or 1,
        seed=_number("seed", given["seed"]),
        steps=_number("steps", given["steps"]),
        avoid=flags.get("no", "").strip(),
        style=styles.find(given["style"]),
        size="x".join(map(str, sides)) if sides else "",
        ratio=ratio_of(given["ar"]),
    )


def problems(
    prompt: str, flags: Mapping[str, str], styles: Styles, speech: Language
) -> Mapping[str, str]:
    """Return what is wrong, by the flag that it is wrong with; `prompt` for the prompt."""
    given = {name: text for name in FLAGS if (text := folded(flags.get(name, "")))}
    wrong = _wrong(given, styles)
    if not prompt.strip():
        wrong["prompt"] = "empty"
    if len(flags.get("no", "")) > MAX_AVOID_CHARS:
        wrong["no"] = "no"
    known = ", ".join(styles.known)
    return {
        name: _say(wrong[name], speech).format_map({**_blanks(name), "known": known})
        for name in _TOLD
        if name in wrong
    }


def _wrong(given: Mapping[str, str], styles: Styles) -> dict[str, str]:
    """Return, by the flag that cannot be read, which sentence says so."""
    readers: Mapping[str, Callable[[str], object]] = {
        "size": size_of,
        "ar": ratio_of,
        "style": styles.find,
        **{name: partial(_number, name) for name in _RANGES},
    }
    read = {name: readers[name](given[name]) for name in readers.keys() & given.keys()}
    wrong = {name: name for name, value in read.items() if value is None}
    wrong |= dict.fromkeys(wrong.keys() & _RANGES.keys(), "number")
    if {"size", "ar"} <= given.keys():
        wrong.setdefault("ar", "both")
    return wrong


def _blanks(name: str) -> dict[str, object]:
    least, most = _RANGES.get(name, (0, 0))
    return {"name": name, "least": least, "most": most}


def folded(text: str) -> str:
    """Return what was typed with the usual letters and digits, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


def whole(name: str, given: str, bounds: tuple[int, int], speech: Language) -> int | None:
    """Return the number that a flag says; None where it says none. Raises PromptRejected."""
    number = _within(folded(given), bounds)
    if number is None and folded(given):
        least, most = bounds
        raise PromptRejected(_say("number", speech).format(name=name, least=least, most=most))
    return number


def _number(name: str, given: str) -> int | None:
    """Return a whole number in its range; None where it is none."""
    return _within(given, _RANGES[name])


def _within(given: str, bounds: tuple[int, int]) -> int | None:
    least, most = bounds
    number = int(given) if re.fullmatch("[0-9]{1,10}", given) else -1
    return number if least <= number <= most else None


def _say(what: str, speech: Language) -> str:
    return _SENTENCES[what][speech]
