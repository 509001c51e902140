"""A picture that a person sends, mended: noise or blur taken out, or an erased part filled.

By the small model `restore` of the engine, which is told what to take out. Where nobody says what,
noise is looked for; a blur is not, because a soft picture may be meant so.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import numpy as np

from generators.builtin import COST
from generators.change import Change
from generators.draft import Draft, Given, Image, PromptRejected, Request, Text
from generators.masks import within
from generators.noise import noise_levels
from generators.pictures import packed, unpacked
from generators.sentences import Language, language
from generators.tools import Tools

NOISY: Final = 4.0
"""From so many levels of 255 on, noise is taken out without being asked to."""
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "denoise": ("denoise", "noise", "grain", "降噪", "去噪", "噪点", "噪声"),
    "deblur": ("deblur", "blur", "sharpen", "unblur", "去模糊", "模糊", "锐化", "清晰"),
}
_SAID: Final[Mapping[str, Mapping[Language, str]]] = {
    "denoise": {
        "en": "noise of about {levels:.0f} levels of 255 taken out",
        "zh": "已去除噪声（约 {levels:.0f}/255 级）",
    },
    "deblur": {"en": "blur taken out", "zh": "已去除模糊"},
    "fill": {"en": "erased part filled", "zh": "已填补擦除的部分"},
    "and": {"en": ", ", "zh": "，"},
    "of": {"en": "{alt}: {done}", "zh": "{alt}：{done}"},
    "picture": {"en": "Picture", "zh": "图片"},
    "none": {
        "en": "There is no picture to mend: attach one to your message, or ask in its thread.",
        "zh": "没有可修复的图片：请在消息中附上一张，或在有图片的消息串里提出。",
    },
    "clean": {
        "en": (
            "I find almost no noise in this picture (about {levels:.1f} levels of 255). Say "
            "`--deblur` if it is blurred, `--denoise` to take out noise all the same, or erase a "
            "part of it and send that as a second picture, to have it filled."
        ),
        "zh": (
            "这张图片几乎没有噪声（约 {levels:.1f}/255 级）。如果画面模糊请用 `--deblur`，"
            "仍想降噪请用 `--denoise`；想填补某处，请把擦除后的图作为第二张图片发送。"
        ),
    },
    "missing": {
        "en": "The model that mends pictures is not served here: Atelier's own engine has it.",
        "zh": "这里没有提供修复图片的模型：Atelier 自带的引擎有。",
    },
}  # fmt: skip


class Restore:
    """Mends one picture."""

    def __init__(self, tools: Tools) -> None:
        """Take the way to models."""
        self._tools = tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the mended picture, with what was done to it as its description."""
        speak = language(request.prompt)
        if not request.pictures or not await self._tools.model.has("restore"):
            why = "missing" if request.pictures else "none"
            yield Draft(request=request, content=Text(_SAID[why][speak]), cost=COST)
            return
        given = request.pictures[0]
        levels = await asyncio.to_thread(_noise_of, given)
        ways = _ways(request, given, levels, speak)
        change = Change(picture=given.image.png, mask=given.mask, prompt=" ".join(ways), seed=0)
        made = await self._tools.model.edit(change, request.user, kind="restore")
        done = _SAID["and"][speak].join(
            _SAID[way][speak].format(levels=levels) for way in ways or ("fill",)
        )
        png = await asyncio.to_thread(_kept, given, made.png) if given.mask else made.png
        alt = _SAID["of"][speak].format(alt=given.image.alt or _SAID["picture"][speak], done=done)
        yield Draft(request=request, content=Image(png, alt=alt), cost=made.cost)


def _ways(request: Request, given: Given, levels: float, speak: Language) -> tuple[str, ...]:
    """Return what is to be taken out, nothing where a part is filled. Raises PromptRejected."""
    if given.mask:
        return ()
    said = request.prompt.casefold()
    asked = tuple(
        way
        for way, words in _WORDS.items()
        if way in request.flags or any(word in said for word in words)
    )
    if asked:
        return asked
    if levels >= NOISY:
        return ("denoise",)
    raise PromptRejected(_SAID["clean"][speak].format(levels=levels))


def _kept(given: Given, png: bytes) -> bytes:
    """Return what was made, with everything outside of the mask as it was, whoever made it."""
    return packed(np.array(within(unpacked(given.image.png), unpacked(png), given.mask)))


def _noise_of(given: Given) -> float:
    return noise_levels(np.asarray(unpacked(given.image.png).convert("RGB")))
