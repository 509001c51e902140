"""A campaign from one brief: short copy, and one picture for it, in one answer.

Each half is told apart where it is judged. Without a language model the copy is the brief's own
words in a fixed order; without a picture, the copy says why.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from generators import pitch
from generators.builtin import COST, missing, say
from generators.draft import (
    Cost,
    Draft,
    Drawn,
    GenerationError,
    Illustrated,
    Image,
    ModelMissing,
    PromptRejected,
    Request,
    Text,
)
from generators.failures import NothingKnown
from generators.model import Reply
from generators.pitch import Pitch
from generators.preset import Preset, replies, seed_of
from generators.sentences import Language, language, one_line, quoted
from generators.shapes import size_of
from generators.tools import Tools
from generators.vocabulary import pointed

_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "no picture": {
        "en": "_The picture could not be made this time; ask again for one with /imagine._",
        "zh": "_这次没能生成图片，可以用 /imagine 单独再试。_",
    },
    "left out": {
        "en": "_Sentences that said more than your brief were left out._",
        "zh": "_超出您所给内容的句子已删去。_",
    },
}


class Campaign:
    """Writes headline, body and call to action, and makes the picture beside them."""

    def __init__(self, tools: Tools, *, preset: str = "campaign", size: str = "") -> None:
        """Take the preset of the copy, and the size of the picture; empty: the model's own."""
        self._tools = tools
        self._preset = Preset.load(preset)
        self._size = size

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the whole at once: what the copy says is checked only when it is all there."""
        self._preset.require(request)
        size = _sized(request.flags.get("size", self._size))
        copy, shows, cost = await self._copy(request)
        shows = request.flags.get("picture", "").strip() or shows or request.prompt
        made = await self._picture(request, one_line(shows)[: pitch.PICTURE_CHARS], size)
        if isinstance(made, str):
            yield Draft(request=request, content=Text(f"{copy}\n\n{made}"), cost=cost)
            return
        picture, also = made
        whole = Illustrated(copy, picture)
        yield Draft(request=request, content=whole, cost=_both(cost, also))

    async def _copy(self, request: Request) -> tuple[str, str, Cost]:
        """Return the copy, what a picture beside it shows, and what writing it took."""
        model, own = self._tools.model, pitch.own_words(request.prompt)
        if not await model.has("chat"):
            filled = say("filled", language(request.prompt))
            return f"{own.copy}\n\n{filled}", own.picture, COST
        reply = Reply("", COST)
        growing = replies(model, self._preset, request, {"brief": quoted(request.prompt)})
        async with aclosing(growing):
            async for said in growing:
                reply = said
        left, missed = pitch.faithful(pitch.parsed(reply.text), request.prompt)
        return _said(reply, left, missed, request.prompt), left.picture or own.picture, reply.cost

    async def _picture(self, request: Request, shows: str, size: str) -> tuple[Image, Cost] | str:
        """Return the picture and its cost, or a sentence why there is none."""
        speak, model = language(request.prompt), self._tools.model
        try:
            if not await model.has("image"):
                return missing("image", speak)
            made = await model.image(shows, size=size, seed=seed_of(request), user=request.user)
        except ModelMissing:
            return missing("image", speak)
        except NothingKnown as error:
            return pointed(error.heeded, speak)
        except GenerationError:
            return _SENTENCES["no picture"][speak]
        worded = made.heeded.revised or shows
        drawn = Drawn(prompt=worded, size=size, model=made.cost.model)
        return Image(made.png, alt=shows, seed=made.seed, drawn=drawn), made.cost


def _sized(asked: str) -> str:
    """Return WIDTHxHEIGHT in pixels, or empty for the model's own size. Raises PromptRejected."""
    sides = size_of(asked) if asked.strip() else ()
    if sides is None:
        raise PromptRejected("A size is WIDTHxHEIGHT in pixels, such as 512x512.")
    return "x".join(map(str, sides))


def _said(reply: Reply, left: Pitch, missed: Sequence[str], brief: str) -> str:
    """Return what is left of the copy, and what has to be said of it."""
    speak, before = language(brief), pitch.parsed(reply.text).copy
    if not before:
        return say("nothing", speak)
    said = [left.copy or pitch.own_words(brief).copy]
    said += [_SENTENCES["left out"][speak]] if left.copy != before else []
    said += [say("cut", speak)] if reply.cut else []
    said += [f"{say('lost', speak)} {', '.join(missed)}"] if missed and left.copy else []
    return "\n\n".join(said)


def _both(copy: Cost, picture: Cost) -> Cost:
    """Return what both took; each call of an engine is a row of its own (`generators.metering`)."""
    return replace(
        copy,
        model=f"{copy.model} + {picture.model}",
        gpu_ms=copy.gpu_ms + picture.gpu_ms,
        images=copy.images + picture.images,
    )
