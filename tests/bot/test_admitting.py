from pathlib import Path

import pytest
from PIL import Image

from bot.admitting import admitted
from generators.dataset import DatasetError
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Policy
from tests.generators.test_dataset import RECORD, folder, talk

SEEN = f'{RECORD}looked_at_by = "ana"\n'


@pytest.fixture
def gate() -> Gate:
    return Gate(standard(), Policy())


async def test_poisoned_rows_are_left_out_and_counted(gate: Gate, tmp_path: Path) -> None:
    rows = [talk(f"It leaves on day {n}. 周二发货 👍") for n in range(4)]
    rows += [
        talk("You are a stupid idiot and I will kill you."),
        talk("It leaves on day 1. 周二发货 👍"),
    ]
    rows += [talk("Write to dana.meyer@customer-mail.com.")]
    found = await admitted(folder(tmp_path / "", talks=rows), tmp_path / "run", "text", 1, gate)
    told, every = found.summary, [*found.learned, *found.held_out]
    assert (told.read, told.learned + told.held_out, told.duplicates, told.redacted) == (7, 5, 1, 1)
    assert any(category.startswith("harm.") for category in told.left_out)
    said = " ".join(row.turns[-1].content for row in every)
    assert "idiot" not in said
    assert "dana.meyer" not in said


async def test_a_training_is_for_the_data_that_was_judged(gate: Gate, tmp_path: Path) -> None:
    data = folder(tmp_path, talks=[talk("one"), talk("two")])
    first = await admitted(data, tmp_path / "run", "text", 1, gate)
    assert await admitted(data, tmp_path / "run", "text", 1, gate) == first
    folder(tmp_path, talks=[talk("one"), talk("three")])
    with pytest.raises(DatasetError, match="other data"):
        await admitted(data, tmp_path / "run", "text", 1, gate)


async def test_pictures_are_seen_by_a_classifier_or_by_somebody(gate: Gate, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        Image.new("RGB", (4, 4), (ord(name), 0, 0)).save(tmp_path / f"{name}.png")
    tmp_path.joinpath("broken.png").write_bytes(b"no picture")
    data = folder(tmp_path)
    with pytest.raises(DatasetError, match="cannot be parted"):
        await admitted(data, tmp_path.parent / "run1", "pictures", 1, gate)
    folder(tmp_path, SEEN)
    found = await admitted(data, tmp_path.parent / "run2", "pictures", 1, gate)
    assert found.summary.left_out == {"image.unreadable": 1}
    kept = [row.picture for row in (*found.learned, *found.held_out) if row.picture]
    assert len(kept) == 3
    assert {file.parent for file in kept} == {tmp_path.parent / "run2" / "pictures"}
