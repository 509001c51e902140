"""Pictures from words. Knows no picture model: what is asked goes to whatever is installed."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from generators.asked import MAX_SEED, Asked, asked
from generators.builtin import COST, missing
from generators.draft import (
    AccessRefused,
    Cost,
    DeadlineExceeded,
    Draft,
    Drawn,
    EngineUnavailable,
    Grid,
    Image,
    Request,
    Text,
)
from generators.failures import NothingKnown
from generators.metering import Step, turned
from generators.model import Picture
from generators.painting import Brief, Canvas, Preview
from generators.preset import seed_of
from generators.sentences import Language
from generators.styles import Styles
from generators.tools import Tools
from generators.vocabulary import pointed, said

PREVIEWS: Final = 2
"""Of the first picture: the first comes at a third of its steps."""
_CUT: Final[dict[Language, str]] = {
    "en": "Only {made} of {of} were drawn: the engine stopped answering. The others cost nothing.",
    "zh": "只画了 {made} 张（共 {of} 张）：引擎停止响应。其余不计费。",
}
_BREAKS: Final = (AccessRefused, DeadlineExceeded, EngineUnavailable)
"""What may befall one picture after others were drawn."""


class Imagine:
    """Makes up to four pictures of the prompt. A retry of a request makes the same ones again."""

    def __init__(
        self,
        tools: Tools,
        *,
        size: str = "",
        steps: int = 0,
        previews: int = PREVIEWS,
        **styles: object,
    ) -> None:
        """Take the size and steps for requests that name none; empty and 0: the model's own.

        `previews`: how often the first picture is shown while it is drawn. An option `style_NAME`
        adds a style.
        """
        self._previews = previews
        self._tools = tools
        self._size = size
        self._steps = steps
        self._styles = Styles.of(styles)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield previews, and then the picture, or several as a grid."""
        wanted = asked(request.prompt, request.flags, self._styles)
        if not await self._tools.model.has("image"):
            body = Text(missing("image", wanted.speech))
            yield Draft(request=request, content=body, cost=COST)
            return
        canvas = await self._tools.model.canvas()
        drawing = _Drawing(wanted, self._brief(request, wanted, canvas))
        try:
            async with aclosing(self._drawn(drawing)) as previews:
                async for preview in previews:
                    rough = Image(preview.png, drawing.alt, drawn=drawing.about(canvas.model))
                    cost = Cost(model=canvas.model)
                    yield Draft(request=request, content=rough, cost=cost, rough=True)
        except NothingKnown as error:
            body = Text(pointed(error.heeded, wanted.speech))
            yield Draft(request=request, content=body, cost=COST)
            return
        yield Draft(request=request, content=drawing.content, cost=drawing.cost)

    def _brief(self, request: Request, wanted: Asked, canvas: Canvas) -> Brief:
        return Brief(
            prompt=wanted.drawn,
            size=wanted.sized(canvas) or self._size,
            seed=seed_of(request) if wanted.seed is None else wanted.seed,
            steps=wanted.steps or self._steps or None,
            avoid=wanted.avoid,
            user=request.user,
        )

    async def _drawn(self, drawing: "_Drawing") -> AsyncGenerator[Preview, None]:
        """Draw one picture after another, so that the same seed gives the same bytes.

        Where the engine breaks after some were drawn, these are what there is.
        """
        for number in range(drawing.asked.count):
            turned(Step("drawing", number + 1, drawing.asked.count))
            brief = replace(drawing.brief, seed=(drawing.brief.seed + number) % (MAX_SEED + 1))
            brief = replace(brief, previews=0 if number else self._previews)
            try:
                async with aclosing(self._tools.model.paint(brief)) as painting:
                    async for one in painting:
                        if isinstance(one, Preview):
                            yield one
                        else:
                            drawing.made.append(one)
            except _BREAKS:
                if not drawing.made:
                    raise
                return


@dataclass(slots=True)
class _Drawing:
    """What is drawn, and what of it there is."""

    asked: Asked
    brief: Brief
    made: list[Picture] = field(default_factory=list[Picture])

    @property
    def alt(self) -> str:
        """The prompt, on one line."""
        return " ".join(self.asked.prompt.split())

    def about(self, model: str, revised: str = "") -> Drawn:
        """Return what they are drawn by."""
        return Drawn(
            prompt=revised or self.brief.prompt,
            avoid=self.brief.avoid,
            size=self.brief.size,
            steps=self.brief.steps or 0,
            model=model,
        )

    @property
    def content(self) -> Image | Grid:
        """The picture; of several that were asked for, all that were drawn."""
        cells = tuple(
            Image(one.png, self.alt, one.seed, self.about(one.cost.model, one.heeded.revised))
            for one in self.made
        )
        if len(cells) == 1:
            return replace(cells[0], note=self.note)
        return Grid(cells, self.alt, note=self.note)

    @property
    def note(self) -> str:
        """Which words the model does not know, and what is missing."""
        speech, made, of = self.asked.speech, len(self.made), self.asked.count
        words = said(self.made[0].heeded, speech)
        cut = _CUT[speech].format(made=made, of=of) if made < of else ""
        return " ".join(filter(None, (words, cut)))

    @property
    def cost(self) -> Cost:
        """What all of them took."""
        return _sum([one.cost for one in self.made])


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(
        model=costs[0].model,
        gpu_ms=sum(one.gpu_ms for one in costs),
        prompt_tokens=sum(one.prompt_tokens for one in costs),
        output_tokens=sum(one.output_tokens for one in costs),
        images=sum(one.images for one in costs),
    )
