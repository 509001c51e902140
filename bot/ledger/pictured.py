"""Pictures, alone or on a sheet, as the columns of an output hold them.

The bytes of a sheet are followed by those of its pictures; how many belong to which stands with the
other details.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from generators.draft import Content, Drawn, Grid, Illustrated, Image, payload, reworded


def blob_of(content: Content) -> bytes:
    """Return every byte of some content that no person can read."""
    cells = content.pictures if isinstance(content, Grid) else ()
    return b"".join((payload(content), *(cell.png for cell in cells)))


def detailed(content: Image | Grid | Illustrated) -> dict[str, Any]:
    """Return what a picture is beside its words and bytes, as JSON takes it."""
    if isinstance(content, Illustrated):
        return {"picture": detailed(content.picture) if content.picture else None}
    if isinstance(content, Image):
        return {"seed": content.seed, "drawn": asdict(content.drawn)}
    return {"sheet": len(content.png), "cells": [_kept(cell) for cell in content.cells]}


def pictured(
    kind: str, text: str, blob: bytes, details: Mapping[str, Any]
) -> Image | Grid | Illustrated:
    """Return the picture, the grid, or the words with a picture, that these columns hold."""
    if kind == "Illustrated":
        kept = details["picture"]
        return Illustrated("", _picture("", blob, kept) if kept else None).parted(text)
    if kind == "Image":
        return _worded(_picture("", blob, details), text)
    at, cells = int(details["sheet"]), list[Image | None]()
    for kept in details["cells"]:
        end = at + (kept["bytes"] if kept else 0)
        cells.append(_picture(kept["alt"], blob[at:end], kept) if kept else None)
        at = end
    return _worded(Grid(tuple(cells), "", blob[: details["sheet"]]), text)


def _worded(content: Image | Grid, text: str) -> Image | Grid:
    anew = reworded(content, text)
    return anew if isinstance(anew, Image | Grid) else content


def _kept(cell: Image | None) -> dict[str, Any] | None:
    return None if cell is None else {"alt": cell.alt, "bytes": len(cell.png), **detailed(cell)}


def _picture(alt: str, png: bytes, details: Mapping[str, Any]) -> Image:
    return Image(png, alt, details.get("seed", 0), Drawn(**details.get("drawn", {})))
