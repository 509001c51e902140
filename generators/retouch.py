"""Pictures made of pictures: edited by words, painted anew in a part, varied, enlarged, cut out.

Knows no picture model, and does without one where that can be done honestly. What it works on
comes with the request (`generators.draft:Given`), clean and judged.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
from PIL import Image as Pil

from generators.asked import MAX_SEED, MAX_STEPS, folded, whole
from generators.builtin import COST, missing
from generators.change import Change
from generators.cutout import without_background
from generators.draft import (
    BUILT_IN,
    Content,
    Cost,
    Draft,
    Drawn,
    Given,
    Image,
    PromptRejected,
    Request,
    Text,
)
from generators.failures import NothingKnown
from generators.masks import fitted, within
from generators.model import Picture
from generators.pictures import packed, unpacked
from generators.preset import seed_of
from generators.sentences import Language, language
from generators.tools import Tools
from generators.vocabulary import pointed, said

Act = Literal["edit", "upscale", "vary", "cutout"]
WORK_SIDE_PX: Final = 1024
"""A longer side is made shorter before a model works on a picture."""
LONGEST_PX: Final = 2048
"""A side of what is enlarged, as the engine has it."""
STEP_PX: Final = 8
TIMES: Final = (2, 4)
STRENGTH: Final = (0.05, 1.0)
VARIED: Final = 0.6
LANCZOS: Final = f"{BUILT_IN}: enlarged by interpolation, no picture model"
CUT_OUT: Final = f"{BUILT_IN}: a plain background removed, no picture model"
_SAID: Final[Mapping[Act, tuple[str, ...]]] = {
    "upscale": ("upscale", "enlarge", "make it larger", "make it bigger", "放大", "变大", "高清"),
    "vary": ("vary", "vary it", "variation", "another one like this", "变体", "来一张类似的"),
    "cutout": (
        *("remove background", "remove the background", "remove its background", "cut it out"),
        *("去背景", "去除背景", "去掉背景", "移除背景", "抠图"),
    ),
}
_POLITE: Final = re.compile(
    r"^(?:please\s+|请|帮我|麻烦)+|(?:\s+please)?[\s.!。！]*$", re.IGNORECASE
)
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "strength": (
        "--strength is a number from {least} to {most}, such as 0.6.",
        "--strength 须为 {least} 到 {most} 的数，例如 0.6。",
    ),
    "none": (
        (
            "There is no picture to change here. Send one with your words, or write to me in the "
            "thread of a picture that I made."
        ),
        "这里没有可以修改的图片。请把图片和要求一起发来，或在我生成的图片的消息列中提出要求。",
    ),
    "no words": (
        "Say what shall be changed, such as: make it night.",
        "请说明要改什么，例如：改成夜晚。",
    ),
    "not plain": (
        (
            "The background of this picture is not of one colour, so I cannot tell it from the "
            "rest. I remove plain backgrounds only."
        ),
        "这张图片的背景不是单一颜色，我无法把它与主体分开。我只能去除纯色背景。",
    ),
    "unable": (
        (
            "The picture model that is installed does not change pictures in this way. Ask for a "
            "new one with /imagine, or ask an operator for a model that does."
        ),
        "已安装的图片模型不支持这样修改图片。请用 /imagine 生成新图片，或联系管理员更换模型。",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done."""

    act: Act
    words: str
    speech: Language
    seed: int
    times: int = TIMES[0]
    strength: float | None = None
    steps: int | None = None


def job_of(request: Request) -> Job:
    """Read what is asked. Raises PromptRejected for what is out of range, and names the range."""
    flags, speech = request.flags, language(request.prompt)
    act = next((one for one in get_args(Act) if one == flags.get("do")), None) or _meant(request)
    seed = whole("seed", flags.get("seed", ""), (0, MAX_SEED), speech)
    return Job(
        act=act,
        words=request.prompt.strip() if act == "edit" else "",
        speech=speech,
        seed=seed_of(request) if seed is None else seed,
        times=whole("times", flags.get("times", ""), TIMES, speech) or TIMES[0],
        strength=_share(flags.get("strength", ""), speech),
        steps=whole("steps", flags.get("steps", ""), (1, MAX_STEPS), speech),
    )


class Retouch:
    """Changes a picture. A retry of a request makes the same picture again."""

    def __init__(self, tools: Tools, *, steps: int = 0) -> None:
        """Take the steps for requests that name none; 0: the model's own."""
        self._tools = tools
        self._steps = steps

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the picture that came of it, or a sentence that says why there is none."""
        job = job_of(request)
        if not job.steps and self._steps:
            job = replace(job, steps=self._steps)
        if not request.pictures:
            content, cost = _text("none", job.speech)
        else:
            content, cost = await self._made(job, request.pictures[0], request)
        yield Draft(request=request, content=content, cost=cost)

    async def _made(self, job: Job, given: Given, request: Request) -> tuple[Content, Cost]:
        match job.act:
            case "cutout":
                return await asyncio.to_thread(_cut_out, given, job)
            case "upscale":
                return await self._enlarged(job, given, request)
            case "edit" if not job.words:
                raise PromptRejected(_say("no words", job.speech))
            case "edit" | "vary":
                return await self._changed(job, given, request)

    async def _enlarged(self, job: Job, given: Given, request: Request) -> tuple[Content, Cost]:
        """Enlarge a picture: by the engine, or else by interpolation, which is said."""
        before = unpacked(given.image.png)
        _check_length(before.size, job)
        if before.mode == "RGB" and await self._tools.model.has("image"):
            change = Change(
                picture=given.image.png,
                prompt=given.image.alt,
                seed=job.seed,
                steps=job.steps,
                upscale=job.times,
            )
            try:
                made = await self._tools.model.edit(change, request.user)
            except PromptRejected:
                pass  # it has no such way, and interpolation takes nothing of anybody
            else:
                worded = made.heeded.revised or change.prompt
                return _image(made, _described(given, ""), job, worded), made.cost
        larger = await asyncio.to_thread(_interpolated, before, job.times)
        return Image(larger, _described(given, "")), Cost(model=LANCZOS)

    async def _changed(self, job: Job, given: Given, request: Request) -> tuple[Content, Cost]:
        if not await self._tools.model.has("image"):
            return Text(missing("image", job.speech)), COST
        change = await asyncio.to_thread(_change, job, given)
        try:
            made = await self._tools.model.edit(change, request.user)
        except NothingKnown as error:
            return Text(pointed(error.heeded, job.speech)), COST
        except PromptRejected as error:
            if "rephrase" in str(error):  # what its provider refuses is about the words
                raise
            raise PromptRejected(_say("unable", job.speech)) from error
        if given.mask:
            made = replace(made, png=await asyncio.to_thread(_kept, given, made.png))
        worded = made.heeded.revised or change.prompt
        return _image(made, _described(given, job.words), job, worded), made.cost


def _change(job: Job, given: Given) -> Change:
    """Return what a model is asked, about a picture of a size that it can work on."""
    before = unpacked(given.image.png)
    size = _workable(before.size)
    resized = before if size == before.size else before.resize(size, Pil.Resampling.LANCZOS)
    alt = given.image.alt
    return Change(
        picture=packed(np.array(resized)),
        mask=fitted(given.mask, size) if given.mask else b"",
        prompt=", ".join(filter(None, (alt, job.words))),
        seed=job.seed,
        steps=job.steps,
        strength=job.strength or (VARIED if job.act == "vary" else None),
    )


def _workable(size: tuple[int, int]) -> tuple[int, int]:
    """Return sides that a model can work with: multiples of 8, the longer of at most 1,024.

    >>> _workable((2000, 1000)), _workable((100, 50))
    ((1024, 512), (96, 48))
    """
    shrunk = min(1.0, WORK_SIDE_PX / max(size))
    width, height = (max(1, round(side * shrunk / STEP_PX)) * STEP_PX for side in size)
    return width, height


def _kept(given: Given, png: bytes) -> bytes:
    """Return what was made, with everything outside of the mask as it was."""
    made = within(unpacked(given.image.png), unpacked(png), given.mask)
    return packed(np.array(made))


def _cut_out(given: Given, job: Job) -> tuple[Content, Cost]:
    made = without_background(unpacked(given.image.png))
    if made is None:
        raise PromptRejected(_say("not plain", job.speech))
    return Image(packed(made), _described(given, "")), Cost(model=CUT_OUT)


def _interpolated(before: Pil.Image, times: int) -> bytes:
    size = (before.width * times, before.height * times)
    return packed(np.array(before.resize(size, Pil.Resampling.LANCZOS)))


def _check_length(size: tuple[int, int], job: Job) -> None:
    """Raise PromptRejected where the result would be too large, and name what is not."""
    if max(size) * job.times <= LONGEST_PX:
        return
    most, times = LONGEST_PX // job.times, job.times
    asked = "x".join(str(side * times) for side in size)
    if job.speech == "zh":
        raise PromptRejected(
            f"放大 {times} 倍后是 {asked} 像素，每边最多 {LONGEST_PX}；"
            f"请用每边不超过 {most} 像素的图片。"
        )
    raise PromptRejected(
        f"Enlarged {times} times it would have {asked} pixels, and {LONGEST_PX} a side is the "
        f"most; take a picture with sides of at most {most} pixels."
    )


def _image(made: Picture, alt: str, job: Job, worded: str) -> Image:
    drawn = Drawn(prompt=worded, steps=job.steps or 0, model=made.cost.model)
    return Image(made.png, alt, made.seed, drawn, said(made.heeded, job.speech))


def _described(given: Given, words: str) -> str:
    """Return the description of a picture that was changed."""
    return "; ".join(filter(None, (given.image.alt, words))) or "A picture that was sent"


def _meant(request: Request) -> Act:
    """Return what words ask for where they say nothing else; all others are an edit."""
    said = _POLITE.sub("", request.prompt.strip()).casefold()
    return next((act for act, words in _SAID.items() if said in words), "edit")


def _share(asked: str, speech: Language) -> float | None:
    given = folded(asked)
    if not given:
        return None
    least, most = STRENGTH
    share = float(given) if re.fullmatch(r"[01](?:\.[0-9]{1,6})?", given) else -1.0
    if not least <= share <= most:
        raise PromptRejected(_say("strength", speech).format(least=least, most=most))
    return share


def _text(name: str, speech: Language) -> tuple[Content, Cost]:
    return Text(_say(name, speech)), COST


def _say(name: str, speech: Language) -> str:
    return _SENTENCES[name][speech == "zh"]
