"""Finds the pictures that a request is about: named by a button, sent along, or of its thread.

They are gathered anew for each attempt and never kept beside the request. What people sent comes
out of it clean (`generators.pictures`); whether a model made a picture is read from its own marks.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from bot.intake.following import OF
from bot.intake.linked import NUMBER, Linked, linked
from bot.intake.pictured import AT, CELL, DO, FILES, ORIGIN, REROLL, SAID
from bot.marking import told
from bot.recalling import Recalling
from bot.seams import Reading
from bot.settings import Verb
from bot.sources import Sources
from bot.spotting import Own, Spot, Spotting, chosen, refuse
from generators.draft import Given, Grid, Image, Line, PromptRejected, Request, words
from generators.masks import mask_of
from generators.pictures import MAX_BYTES, PictureRefused, clean
from generators.sentences import Language, language
from moderation.provenance.marks import UnreadablePictureError
from moderation.provenance.marks import read as marks_of

MOST_OWN_BYTES: Final = 40_000_000
"""Of an answer of ours, which is on our own disk."""
MOST_FILES: Final = 2
_MASK: Final = re.compile(r"(?<![a-z])mask(?![a-z])|蒙版|遮罩", re.IGNORECASE)
_SAME_WORDS: Final = frozenset({"vary", "upscale", "cutout"})
"""What is done to a picture without words of its own: those that it was made of stand for it."""


class Sent(Protocol):
    """A file that somebody sent."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def data(self) -> bytes:
        """Its bytes; none where it is too large."""
        ...


class Uploads(Protocol):
    """Where files come from."""

    async def picture(self, file_id: str, most_bytes: int) -> Sent | None:
        """Return a file, without data where it is larger; None where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picturing:
    """A reading that brings the pictures, too."""

    inner: Reading
    spotting: Spotting
    uploads: Uploads
    verbs: frozenset[str]
    """Those that are about pictures."""
    sources: Sources = field(default_factory=Sources)
    """Say which channels a link may lead to."""

    @classmethod
    def of(
        cls, inner: Recalling, uploads: Uploads, sources: Sources, verbs: Mapping[str, Verb]
    ) -> "Picturing":
        """Bring pictures for the verbs whose settings say so."""
        names = frozenset(name for name, verb in verbs.items() if verb.pictures)
        spotting = Spotting(inner.recall)
        return cls(inner=inner, spotting=spotting, uploads=uploads, sources=sources, verbs=names)

    async def gather(self, request: Request) -> Request:
        """Return the request with what it is about. Raises GenerationError."""
        speech = language(request.prompt)
        try:
            if request.flags.get(DO) == REROLL:
                return await self._once_more(request, speech)
            if request.verb in self.verbs:
                return await self._pictured(request, speech)
            return await self.inner.gather(request)
        except PictureRefused as refused:
            raise PromptRejected(refused.said(speech)) from refused

    async def _once_more(self, request: Request, speech: Language) -> Request:
        """Return the same request as before, but for its seed."""
        found = await self.spotting.recall.made(request.flags[OF])
        if found is None:
            refuse("gone", speech)
        before, made = found
        # A command that was typed is seen by nobody else; what stands beside a picture, by all.
        shown = made.content.pictures if isinstance(made.content, Grid) else (made.content,)
        prompt = before.prompt if before.user == request.user else words(shown[0])
        flags = {name: value for name, value in before.flags.items() if name != "seed"}
        again = replace(request, verb=before.verb, prompt=prompt, flags=flags)
        return await self._pictured(again, speech) if before.verb in self.verbs else again

    async def _pictured(self, request: Request, speech: Language) -> Request:
        if at := request.flags.get(AT):
            answer = await self.spotting.recall.at(request.reply_to.channel, at)
            request = replace(request, flags={OF: answer} if answer else {})
        if request.verb == ORIGIN:
            return await self._said(request, speech)
        return await self._given(request, speech)

    async def _given(self, request: Request, speech: Language) -> Request:
        """Return a request with its picture, and the mask of it."""
        sent = await self._files(request, speech)
        picture, masks = (None, sent) if OF in request.flags else _told_apart(sent, speech)
        if picture is None and OF not in request.flags:
            theirs = request.flags.get(DO) != SAID
            named = await self._of_thread(request, speech, files=theirs)
            if named.flags == request.flags:
                return replace(named, context=())
            return await self._given(named, speech)
        if len(masks) > 1:
            refuse("files", speech)
        given = await (self._own(request, speech) if picture is None else _cleaned(picture))
        for one in masks:
            given = await asyncio.to_thread(_masked, given, one, speech)
        return replace(_worded(request, given), pictures=(given,), context=())

    async def _said(self, request: Request, speech: Language) -> Request:
        """Return a request about where a picture is from, with what its file says as material."""
        if not {OF, FILES} & set(request.flags):
            request = await self._pointed_at(request, speech)
        if OF in request.flags:
            data = await self._own_files(_spot(request), speech)
        else:
            data = [sent.data for sent in await self._files(request, speech)]
        said = [await asyncio.to_thread(_marks, one) for one in data]
        lines = tuple(Line(author="", text=one, ts="") for one in said)
        return replace(request, context=lines)

    async def _pointed_at(self, request: Request, speech: Language) -> Request:
        """Return a request that names the picture it asks about; of a sheet without number, all."""
        link = linked(request.prompt)
        there = request if link is None else await self._linked(request, link, speech)
        spots = await self.spotting.spots((await self.inner.gather(there)).context, files=True)
        if not spots:
            return request
        spot = replace(spots[-1], cell=0)
        if link is None and NUMBER.search(request.prompt):
            spot, _ = chosen(spots, request.prompt, speech)
        return _naming(request, spot)

    async def _linked(self, request: Request, link: Linked, speech: Language) -> Request:
        """Return what reads only the message of a link. Raises PromptRejected.

        It must be one that everybody who sees the answer may read.
        """
        to, place = request.reply_to, link.place
        if place.channel != to.channel:
            told = to.only_for or to.channel
            if await self.sources.refusal(place.channel, told, request.user):
                refuse("link", speech)
        return replace(request, reply_to=place, flags={**request.flags, AT: link.ts})

    async def _own_files(self, spot: Spot, speech: Language) -> list[bytes]:
        """Return the file of one of our pictures, or of each where several are on a sheet."""
        found = await self.spotting.recall.made(spot.answer)
        if found is not None and isinstance(found[1].content, Grid) and not spot.cell:
            return [cell.png for cell in found[1].content.pictures]
        return [(await self.spotting.own(spot, speech)).image.png]

    async def _of_thread(self, request: Request, speech: Language, *, files: bool) -> Request:
        """Return a request that names the picture of its thread that it is about, if there is one.

        So it is about the same, however often it is tried.
        """
        if not request.context:
            request = await self.inner.gather(request)
        spots = await self.spotting.spots(request.context, files=files)
        if not spots:
            return request
        spot, prompt = chosen(spots, request.prompt, speech)
        return replace(_naming(request, spot), prompt=prompt)

    async def _own(self, request: Request, speech: Language) -> Given:
        own = await self.spotting.own(_spot(request), speech)
        return await asyncio.to_thread(_ours, own)

    async def _files(self, request: Request, speech: Language) -> list[Sent]:
        """Return the files that a request names. Raises PictureRefused for what is too large."""
        ids = request.flags.get(FILES, "").split()
        if len(ids) > MOST_FILES:
            refuse("files", speech)
        found = [await self.uploads.picture(one, MAX_BYTES) for one in ids]
        if any(sent is not None and not sent.data for sent in found):
            raise PictureRefused("large")
        if any(sent is None for sent in found):
            raise PictureRefused("away")
        return [sent for sent in found if sent is not None]


def _naming(request: Request, spot: Spot) -> Request:
    """Return a request whose flags name a picture."""
    ids = request.flags.get(FILES, "").split()
    more = [spot.file] if spot.file and spot.file not in ids else []
    named = {OF: spot.answer, CELL: str(spot.cell or ""), FILES: " ".join([*more, *ids])}
    flags = {name: value for name, value in named.items() if value}
    return replace(request, flags={**request.flags, **flags})


def _spot(request: Request) -> Spot:
    return Spot(request.flags[OF], int(request.flags.get(CELL, "0")))


def _told_apart(sent: Sequence[Sent], speech: Language) -> tuple[Sent | None, list[Sent]]:
    """Return the picture among files, if there is one, and the masks. Raises PictureRefused."""
    masks = [one for one in sent if _MASK.search(one.name)]
    if not masks and len(sent) > 1:
        masks = [one for one in sent if clean(one.data).is_clear]
    pictures = [one for one in sent if one not in masks]
    if len(pictures) > 1 or len(masks) > 1:
        refuse("files", speech)
    return next(iter(pictures), None), masks


async def _cleaned(sent: Sent) -> Given:
    return await asyncio.to_thread(_sent, sent)


def _sent(sent: Sent) -> Given:
    """Return the picture of a file that somebody sent. Raises PictureRefused."""
    made = clean(sent.data)
    return Given(image=Image(made.png, alt=""), is_made=_is_made(sent.data))


def _ours(own: Own) -> Given:
    """Return a picture of ours; its model counts where it had nothing but words."""
    made = clean(own.image.png, MOST_OWN_BYTES)
    plain = not {OF, FILES} & set(own.request.flags)
    return Given(
        image=replace(own.image, png=made.png),
        is_made=_is_made(own.image.png),
        model=own.model if plain else "",
        is_ours=True,
    )


def _masked(given: Given, mask: Sent, speech: Language) -> Given:
    size = clean(given.image.png, MOST_OWN_BYTES).size_px
    return replace(given, mask=mask_of(clean(mask.data), size, speech))


def _worded(request: Request, given: Given) -> Request:
    alone = request.flags.get(DO) in _SAME_WORDS and given.image.alt
    return replace(request, prompt=given.image.alt) if alone else request


def _is_made(data: bytes) -> bool:
    try:
        return marks_of(data).is_made
    except UnreadablePictureError:  # a GIF, which has no marks of ours
        return False


def _marks(data: bytes) -> str:
    """Return what a file says of where it came from, as JSON. Raises PictureRefused."""
    try:
        return json.dumps(told(data), ensure_ascii=False)
    except UnreadablePictureError as error:
        clean(data)
        raise PictureRefused("unmarked") from error
