import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generators.training import things
from generators.training.things import SIDE_PX, Thing

SIGNS = "😀😂😊😇😉😍"
"""The first ones of `things.toml`."""
NAMES = ("grinning face", "laughing face", "smiling face", "halo", "winking face", "heart eyes")
INKS = ("red", "orange", "green", "blue", "purple", "magenta")


def drawing(number: int) -> np.ndarray:
    """A shape of one colour on white: no two are alike."""
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    pen = ImageDraw.Draw(picture)
    box = (6 + 2 * number, 6, 58, 58 - 3 * number)
    (pen.ellipse if number % 2 else pen.rectangle)(box, fill=INKS[number])
    return np.array(picture)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the data has it, with six made-up pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    np.savez(folder / "noto64.npz", images=np.stack([drawing(at) for at in range(len(SIGNS))]))
    columns = ["codepoints", "char", "name_en", "keywords_en", "name_zh", "keywords_zh"]
    with (folder / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        for at, sign in enumerate(SIGNS):
            near = f"{NAMES[at]}|happy|joy{at}"
            rows.writerow([f"{ord(sign):x}", sign, NAMES[at], near, f"脸{at}", f"脸{at}|高兴"])
    return folder


@pytest.fixture(scope="session")
def known(pictures: Path) -> list[Thing]:
    return things.read(pictures, len(SIGNS))
