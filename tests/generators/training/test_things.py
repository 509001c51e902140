import csv
from pathlib import Path

import pytest

from generators.training import things
from generators.training.things import DataMissingError, Thing, plural

DATA = Path(__file__).parents[4] / "shared" / "data" / "emoji"


def test_names_of_our_own_go_before_those_of_the_data(known: list[Thing]) -> None:
    assert [thing.english for thing in known[:2]] == ["grinning face", "laughing face"]
    assert known[0].chinese == "笑脸"
    assert known[4].chinese == "脸4"


def test_a_name_is_no_keyword_of_itself(known: list[Thing]) -> None:
    assert known[0].keywords == ("happy", "joy0")


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("cat", "cats"),
        ("strawberry", "strawberries"),
        ("monkey", "monkeys"),
        ("bus", "buses"),
        ("box", "boxes"),
        ("pine tree", "pine trees"),
        ("glasses", ""),
        ("face with mask", ""),
        ("mouse", "mice"),
    ],
)
def test_a_plural_is_the_one_people_say(name: str, many: str) -> None:
    assert plural(name, {"mouse": "mice"}) == many


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"captions\.csv"):
        things.read(tmp_path)


def test_a_thing_that_the_data_lacks_is_named(pictures: Path) -> None:
    with pytest.raises(DataMissingError, match="😘"):
        things.read(pictures)


@pytest.mark.skipif(not DATA.exists(), reason="the data is not beside this checkout")
def test_the_data_has_every_thing_and_no_two_share_a_name() -> None:
    known = things.read(DATA)
    names = [name for thing in known for name in (thing.english, thing.chinese)]
    assert len(known) >= 300
    assert len(set(names)) == len(names)
    with DATA.joinpath("captions.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) > len(known)
