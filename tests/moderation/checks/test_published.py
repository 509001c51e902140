"""Numbers of places and services, which are nobody's; a person's stays one wherever it stands."""

import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.checks.published import published
from moderation.policy import Direction
from tests.moderation.planted import mobile, seeded, some, wide

LANDLINE = "021-6" + some(seeded("landline"), "0123456789", 7)
SERVICE = "400-" + some(seeded("service"), "0123456789", 3) + "-1234"
PUBLIC = (
    "这个景点的电话是{}，门票二十元。",
    "酒店电话：{}，可以提前预订",
    "它的电话是{}。",
    "有的，电话是{}。",
    "营业时间九点到五点，电话{}",
    "博物馆😀 {} 周一不开放",
)
PERSONAL = (
    "我家的电话是{}",
    "电话：{}",
    "电话是{}",
    "座机{}，分机8001",
    "联系电话：{}，地址在酒店旁边",
    "张女士的电话是{}，住在景区里",
    "办公电话{}",
    "{}",
    "有事打{}找我",
    "ana@shop.test，景点电话{}",
)


def found(text: str) -> list[str]:
    seen = Pii().inspect(Text(text), Direction.OUTPUT)
    return [text[f.start : f.end] for f in seen if f.category == "pii.phone"]


@pytest.mark.parametrize("sentence", PUBLIC)
def test_the_landline_of_a_place_is_nobodys(sentence: str) -> None:
    assert not found(sentence.format(LANDLINE))
    assert not found(sentence.format(wide(LANDLINE)))


@pytest.mark.parametrize("sentence", PERSONAL)
def test_the_landline_of_a_person_is_found(sentence: str) -> None:
    assert found(sentence.format(LANDLINE)) == [LANDLINE]


@pytest.mark.parametrize("sentence", [*PUBLIC, *PERSONAL])
def test_a_mobile_phone_is_always_somebodys(sentence: str) -> None:
    number = mobile(seeded(sentence))
    assert found(sentence.format(number)) == [number]


def test_several_landlines_in_a_row_are_an_offices() -> None:
    assert not found(f"电话是{LANDLINE},{LANDLINE[:-1]}0；{LANDLINE[:-1]}9。")
    number = mobile(seeded(1))
    assert found(f"电话{LANDLINE}/{number}") == [LANDLINE, number]


@pytest.mark.parametrize("sentence", [*PUBLIC, *PERSONAL])
def test_a_service_number_is_nobodys(sentence: str) -> None:
    assert SERVICE not in found(sentence.format(SERVICE)) or sentence == "{}"


def test_words_far_away_do_not_count() -> None:
    assert not list(published(f"酒店{'很' * 40}{LANDLINE}"))
    assert not list(published(f"our hotel: {LANDLINE}"))
