"""Says in every picture that a model made it, before the gate judges the exact bytes.

A picture that cannot be marked goes on as it is: the gate holds what it cannot read, too.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.provenance import Provenance
from generators.draft import (
    Draft,
    Generator,
    Grid,
    Illustrated,
    Image,
    Request,
    is_built_in,
)
from moderation.provenance.marks import (
    SOURCE_TYPES,
    Kind,
    Origin,
    Signing,
    UnreadablePictureError,
    mark,
    read,
)

try:
    from moderation.provenance import credentials
except ImportError:  # c2pa comes with the extra `provenance`
    credentials = None

log = logging.getLogger(__name__)

_FOLDER = "provenance"


class ProvenanceRefused(Exception):  # noqa: N818 - reads as the state it names
    """Pictures cannot be signed as the settings ask; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """A generator whose pictures carry their marks."""

    inner: Generator
    producer: str
    signer: Signing | None

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield what the generator yields, pictures marked."""
        drafts = self.inner.drafts(request)
        try:
            async for draft in drafts:
                yield await asyncio.to_thread(self._marked, draft)
        finally:
            if isinstance(drafts, AsyncGenerator):  # closing it cancels the engine's work
                await drafts.aclose()

    def _marked(self, draft: Draft) -> Draft:
        content = draft.content
        if isinstance(content, Grid):
            cells = tuple(cell and self._picture(draft, cell) for cell in content.cells)
            return replace(draft, content=replace(content, cells=cells))
        if isinstance(content, Image):
            return replace(draft, content=self._picture(draft, content))
        if isinstance(content, Illustrated) and content.picture:
            by = replace(draft, cost=replace(draft.cost, model=content.picture.drawn.model))
            picture = self._picture(by, content.picture)
            return replace(draft, content=replace(content, picture=picture))
        return draft

    def _picture(self, draft: Draft, picture: Image) -> Image:
        origin = origin_of(draft, self.producer, picture)
        return replace(picture, png=marked(picture.png, draft, origin, self.signer))


def marked(png: bytes, draft: Draft, origin: Origin, signer: Signing | None) -> bytes:
    """Return a picture of a draft with its marks; one that cannot be read as it is."""
    about = {"request": draft.request.name}
    try:
        made = mark(png, origin, signer)
    except UnreadablePictureError:
        log.warning("%(request)s has a picture that cannot be read, and no mark", about)
        return png
    if not made.watermarked:
        log.warning("%(request)s has a picture that takes no watermark", about)
    return made.png


def origin_of(draft: Draft, producer: str, picture: Image | None = None) -> Origin:
    """Return what the file of a picture says of where it came from; None: a sheet of several."""
    request, model = draft.request, draft.cost.model
    alone = {} if picture is None else _said_of(picture)
    details = {
        **alone,
        "model": model,
        "request": request.name,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return Origin(
        producer=producer,
        model=model,
        number=int(request.id.hex[:8], 16),
        kind=_kind(draft),
        pixels=not any(given.mask for given in request.pictures),
        details={name: value for name, value in details.items() if value},
    )


def _said_of(picture: Image) -> dict[str, str]:
    steps = str(picture.drawn.steps or "")
    return {"prompt": picture.alt, "seed": str(picture.seed or ""), "steps": steps}


def _kind(draft: Draft) -> Kind:
    """Return what a picture is, by what it began from and who worked on it."""
    if all(given.is_made for given in draft.request.pictures):
        return "made"
    return "enhanced" if is_built_in(draft.cost.model) else "composite"


def signer_for(chosen: Provenance, data: Path) -> Signing | None:
    """Return what signs pictures; None where none is to. Raises ProvenanceRefused."""
    if chosen.sign == "never" or (chosen.sign == "auto" and credentials is None):
        return None
    if credentials is None:
        raise ProvenanceRefused(
            "The setting provenance.sign is always, but C2PA is not installed; run "
            "pip install 'atelier[provenance]'."
        )
    if bool(chosen.certificate) != bool(chosen.key):
        raise ProvenanceRefused("Set provenance.certificate and provenance.key, or neither.")
    try:
        if chosen.certificate:
            return credentials.signer(Path(chosen.certificate), Path(chosen.key))
        return credentials.own_signer(data / _FOLDER, chosen.producer)
    except credentials.CredentialsUnusableError as error:
        raise ProvenanceRefused(str(error)) from error


def told(data: bytes) -> dict[str, object]:
    """Return what a picture file says of where it came from. Raises UnreadablePictureError."""
    found = read(data)
    said: dict[str, object] = asdict(found) | {"c2pa": None}
    if credentials is not None:
        signed = credentials.read(data, found.kind)
        said["c2pa"] = None if signed is None else asdict(signed)
    signed = said["c2pa"] and said["source_type"] != SOURCE_TYPES["enhanced"]
    said["generated"] = found.is_made or bool(signed)
    return said
