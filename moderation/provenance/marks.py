"""Where a picture came from, in three layers: words in the file, a signature, a mark nobody sees.

The words are those of GB 45438-2025 (the `AIGC` field, which TC260-PG-20258A puts into XMP too) and
of IPTC's digital source type. Words are lost where a picture is copied; the mark in it stays.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final, Literal, Protocol
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image, UnidentifiedImageError

from moderation.provenance import watermark
from moderation.provenance.png import OWN, NotPngError, texts, with_texts

MAX_PIXELS: Final = 25_000_000
MOST_CHARS: Final = 2000
"""Of one of our own words."""
Kind = Literal["made", "composite", "enhanced"]
"""Made by a model; of a person's picture and a model's; a person's, on which no model worked."""
_AIGC, _XMP = "AIGC", "XML:com.adobe.xmp"
_TC260: Final = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META: Final = "adobe:ns:meta/"
_NEWSCODES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: Final[Mapping[Kind, str]] = {
    "made": f"{_NEWSCODES}trainedAlgorithmicMedia",
    "composite": f"{_NEWSCODES}compositeWithTrainedAlgorithmicMedia",
    "enhanced": f"{_NEWSCODES}algorithmicallyEnhanced",
}
"""IPTC's words for what a picture is."""
_SAFE_FORMATS: Final = ("PNG", "JPEG", "WEBP")


class Signing(Protocol):
    """What signs a finished picture; `moderation.provenance.credentials.Signer` does."""

    def signed(self, png: bytes, *, title: str, producer: str, source_type: str) -> bytes:
        """Return the picture with a signed manifest."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who made a picture, with which model, for which request."""

    producer: str
    model: str
    number: int
    """The first 32 bits of the request's id, which its name `req_…` shows."""
    kind: Kind = "made"
    pixels: bool = True
    """Whether the pixels may be changed for a mark that nobody sees."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What it was made of and how, in our own words."""

    @property
    def name(self) -> str:
        """The request as people see it.

        >>> Origin(producer="Atelier", model="m", number=255).name
        'req_000000ff'
        """
        return f"req_{self.number:08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A picture with its marks, and whether the one in the pixels took, if it was to."""

    png: bytes
    watermarked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file says of where it came from; None where it says nothing."""

    kind: str
    """The file's media type."""
    aigc: dict[str, str] | None = None
    source_type: str | None = None
    watermark: str | None = None
    """The request's name out of the pixels."""
    size_px: tuple[int, int] = (0, 0)
    own: dict[str, str] | None = None
    """Our own words: prompt, seed, steps, model, request, time."""

    @property
    def is_made(self) -> bool:
        """Whether it says that a model had a part in it."""
        enhanced = self.source_type in {None, SOURCE_TYPES["enhanced"]}
        return bool(self.aigc or self.watermark or not enhanced)


class UnreadablePictureError(Exception):
    """The file is no picture that can be read, or one of too many pixels."""


def mark(png: bytes, origin: Origin, signer: Signing | None = None) -> Marked:
    """Return the picture with every mark; what else the file said of itself is gone.

    Raises UnreadablePictureError.
    """
    pixels, alpha, _ = _decoded(png)
    quiet = origin.kind == "enhanced" or not origin.pixels
    carrying = None if quiet else watermark.marked(pixels, origin.number)
    plain = _encoded(pixels if carrying is None else carrying, alpha)
    said = {} if origin.kind == "enhanced" else {_AIGC: _field(origin)}
    own = {OWN: _packed(origin.details)} if origin.details else {}
    made = with_texts(plain, {**said, _XMP: _xmp(origin), **own})
    if signer is not None and origin.kind != "enhanced":
        kind = SOURCE_TYPES[origin.kind]
        made = signer.signed(made, title=origin.name, producer=origin.producer, source_type=kind)
    return Marked(png=made, watermarked=carrying is not None or quiet)


def read(data: bytes) -> Found:
    """Return what a PNG, JPEG or WebP file says of itself. Raises UnreadablePictureError."""
    pixels, _, kind = _decoded(data)
    number = watermark.read(pixels)
    name = None if number is None else Origin(producer="", model="", number=number).name
    found = Found(kind=kind, watermark=name, size_px=(pixels.shape[1], pixels.shape[0]))
    try:
        words = texts(data)
    except NotPngError:
        return found
    xmp, own = words.get(_XMP, ""), _fields(words.get(OWN, ""))
    source = next((code for code in SOURCE_TYPES.values() if code in xmp), None)
    return replace(found, aigc=_fields(words.get(_AIGC, "")), source_type=source, own=own)


def _decoded(data: bytes) -> tuple[watermark.Pixels, watermark.Pixels | None, str]:
    """Return colours of shape (height, width, 3), transparency of (height, width), media type."""
    try:
        with Image.open(BytesIO(data), formats=_SAFE_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadablePictureError(f"It has more than {MAX_PIXELS:,} pixels.")
            clear, kind = picture.has_transparency_data, f"image/{picture.format}".lower()
            rgba = np.asarray(picture.convert("RGBA" if clear else "RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnreadablePictureError("It is no PNG, JPEG or WebP picture.") from error
    except Image.DecompressionBombError as error:
        raise UnreadablePictureError("It has too many pixels.") from error
    return rgba[..., :3], rgba[..., 3] if clear else None, kind


def _encoded(pixels: watermark.Pixels, alpha: watermark.Pixels | None) -> bytes:
    whole = pixels if alpha is None else np.dstack([pixels, alpha])
    out = BytesIO()
    Image.fromarray(whole).save(out, "PNG")
    return out.getvalue()


def _field(origin: Origin) -> str:
    """Return the AIGC field: Label 1 says that a machine made it (GB 45438-2025, appendix E)."""
    field = {
        "Label": "1",
        "ContentProducer": origin.producer,
        "ProduceID": origin.name,
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }
    return json.dumps(field, ensure_ascii=False)


def _packed(details: Mapping[str, str]) -> str:
    """Return our own words, each cut to a length; the gate knows where (`checks.image`)."""
    cut = {name: value[:MOST_CHARS] for name, value in details.items()}
    return json.dumps(cut, ensure_ascii=False)


def _fields(text: str) -> dict[str, str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else None


def _xmp(origin: Origin) -> str:
    """Return an XMP packet (ISO 16684-1) with the AIGC field and IPTC's digital source type."""
    for prefix, space in (("x", _META), ("rdf", _RDF), ("TC260", _TC260), ("Iptc4xmpExt", _IPTC)):
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{_META}}}xmpmeta")
    rdf = ET.SubElement(root, f"{{{_RDF}}}RDF")
    about = ET.SubElement(rdf, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    if origin.kind != "enhanced":
        ET.SubElement(about, f"{{{_TC260}}}AIGC").text = _field(origin)
    ET.SubElement(about, f"{{{_IPTC}}}DigitalSourceType").text = SOURCE_TYPES[origin.kind]
    ET.SubElement(about, f"{{{_IPTC}}}AISystemUsed").text = origin.model
    body = ET.tostring(root, encoding="unicode")
    mark_id = "W5M0MpCehiHzreSzNTczkc9d"
    return f'<?xpacket begin="\ufeff" id="{mark_id}"?>{body}<?xpacket end="r"?>'
