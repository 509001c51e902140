"""Which of a thread's pictures is meant: the last one, unless a number says which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from bot.intake.linked import DIGITS, NUMBER
from bot.ledger.recall import Recall
from bot.ledger.rows import Made
from generators.draft import Content, Grid, Image, Line, PromptRejected, Request
from generators.sentences import Language

LOOKED: Final = 20
"""So many of a thread's last messages are looked at for pictures."""
_SENTENCES: Final = {
    "gone": (
        "This picture cannot be read any more: it was deleted, or has expired. Please ask anew.",
        "这张图片已无法读取：已被删除或已过期。请重新生成。",
    ),
    "which": (
        "There are several pictures. Say which one you mean, by a number from 1 to {count}: #1.",
        "这里有多张图片。请用 1 到 {count} 的编号说明是哪一张，例如：第1张。",
    ),
    "number": (
        "There is no such picture here; the numbers go from 1 to {count}.",
        "没有这个编号的图片；编号从 1 到 {count}。",
    ),
    "link": (
        "This link leads to a message that I may not read for you here. Ask in its own channel.",
        "我无法在此为您读取该链接指向的消息。请在原频道中询问。",
    ),
    "files": (
        (
            "I take one picture, and with it one mask. Name the mask mask.png, or send one file "
            "alone."
        ),
        "一次只处理一张图片和一个蒙版。请把蒙版命名为 mask.png，或只发一个文件。",
    ),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A picture of a thread: one of an answer of ours, from 1, 0 where it is alone; or a file."""

    answer: str = ""
    cell: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A picture of ours, the request that it answers, and the model."""

    request: Request
    image: Image
    model: str


@dataclass(frozen=True, slots=True)
class Spotting:
    """Knows our answers."""

    recall: Recall

    async def spots(self, lines: Sequence[Line], *, files: bool) -> list[Spot]:
        """Return the pictures of a thread, the oldest first; `files`: those of people, too."""
        found: dict[Spot, None] = {}
        for line in lines[-LOOKED:]:
            for spot in await self._of(line, files=files):
                found.setdefault(spot)
        return list(found)

    async def own(self, spot: Spot, speech: Language) -> Own:
        """Return a picture of ours. Raises PromptRejected where nobody sees it any more."""
        found = await self.recall.made(spot.answer)
        image = None if found is None else _cell(found[1], spot.cell)
        if found is None or image is None:
            refuse("gone", speech)
        return Own(request=found[0], image=image, model=found[1].model)

    async def _of(self, line: Line, *, files: bool) -> list[Spot]:
        if line.answers:
            return [Spot(line.answers, cell) for cell in await self._cells(line.answers)]
        return [Spot(file=one) for one in line.files[:1]] if files else []

    async def _cells(self, answer: str) -> Sequence[int]:
        found = await self.recall.made(answer)
        return () if found is None else cells_of(found[1].content)


def chosen(spots: Sequence[Spot], prompt: str, speech: Language) -> tuple[Spot, str]:
    """Return which picture words mean, and the words without its number. Raises PromptRejected."""
    found, count = NUMBER.search(prompt), len(spots)
    if found is None:
        if spots[-1].cell > 0:
            refuse("which", speech, count)
        return spots[-1], prompt
    said = next(filter(None, found.groups()))
    number = DIGITS.index(said) + 1 if said in DIGITS else int(said)
    if not 1 <= number <= count:
        refuse("number", speech, count)
    rest = f"{prompt[: found.start()]} {prompt[found.end() :]}"
    return spots[number - 1], rest.strip(" ,:，：。.\n")


def refuse(name: str, speech: Language, count: int = 0) -> NoReturn:
    """Raise PromptRejected with one of the sentences."""
    raise PromptRejected(_SENTENCES[name][speech == "zh"].format(count=count))


def cells_of(content: Content) -> Sequence[int]:
    """Return the numbers of an answer's pictures that are shown; 0 is one that is alone."""
    if isinstance(content, Grid):
        return [number for number, cell in enumerate(content.cells, start=1) if cell is not None]
    return (0,) if isinstance(content, Image) else ()


def _cell(made: Made, cell: int) -> Image | None:
    content = made.content
    if isinstance(content, Grid) and 0 < cell <= len(content.cells):
        return content.cells[cell - 1]
    return content if isinstance(content, Image) and cell == 0 else None
