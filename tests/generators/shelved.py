"""Candidates without a training: what a shelf and a promotion look at."""

import json

from generators import adapters
from generators.adapters import WEIGHTS, Card, Kind, Shelf


def offered(
    shelf: Shelf,
    weights: bytes,
    *,
    kind: Kind = "text",
    held_out: float = 1.0,
    before: float = 2.0,
    answers: tuple[tuple[str, str], ...] = (("Good morning.", "Good morning."),),
) -> str:
    """Put a candidate with these weights on the shelf; answers are its own and those before."""
    made = shelf.folder.parent / "made"
    made.mkdir(parents=True)
    made.joinpath(WEIGHTS[kind]).write_bytes(weights)
    rows = [{"prompt": "Say it.", "candidate": own, "before": old} for own, old in answers]
    made.joinpath("suite.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for own, old in answers if kind == "image" else ():
        made.joinpath(own).write_bytes(PNG)
        made.joinpath(old).write_bytes(PNG)
    card = Card(
        kind=kind, base="our/model", weights_sha256=adapters.sha256(made / WEIGHTS[kind]),
        data_sha256="", licence="MIT", source="ours", consent="all", seed=1, steps=9, seconds=1.0,
        held_out=held_out, held_out_before=before, beside=shelf.now(),
    )  # fmt: skip
    return shelf.offer(made, card)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""One red pixel."""
