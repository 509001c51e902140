import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.policy import Direction

CHECK = Pii()


def seen(text: str) -> list[str]:
    found = CHECK.inspect(Text(text), Direction.INPUT)
    assert {f.category for f in found} <= {"pii.address"}
    return [text[f.start : f.end] for f in found]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("I live at {}.", "12 Main Street, Springfield, IL 62704"),
        ("ship it to {}", "221B Baker Street, London NW1 6XE"),
        ("{}", "742 Evergreen Terrace"),
        ("send to {} please", "350 5th Ave, Apt 12B"),
        ("our office: {}", "4 N. Oak Hill Dr"),
        ("based in {}", "Portland, OR 97201"),
        ("write to {}", "PO Box 1234"),
        ("ich wohne in der {}", "Hauptstraße 12, 10115 Berlin"),
        ("{} ist neu", "Karl-Marx-Allee 33a"),
        ("{}", "4711 Elm Cove Apt. 12, Lake Mary, TX 70616-4523"),
        ("to {}, thanks", "99253 Church Springs Port Ana UT 30208"),
        ("mail: {}", "Unit 50 Box 3361, DPO AE 20186"),
        ("address: {}", "56 rue de la Paix, 75002 Paris"),
        ("I live at {}", "78763 Northside Fork"),
        ("ship it to {} please", "Via Rossi 47"),
        ("收货地址：{}", "上海市浦东新区张江路100号3栋502室"),
        ("家住{}", "北京市海淀区中关村大街27号1101室"),
        ("寄到{}", "广东省深圳市南山区科技园路5号"),
        ("请送到{}", "深圳市南山区科技园5号楼6单元1002"),
        ("我在{}", "杭州市文三路90弄6号301室"),
    ],
)
def test_an_address_is_found_from_its_number_to_its_end(words: str, address: str) -> None:
    assert seen(words.format(address)) == [address]


def test_a_postcode_is_found_where_it_is_called_one() -> None:
    assert seen("my postcode is SW1A 1AA") == ["SW1A 1AA"]
    assert seen("ZIP code: 90210") == ["90210"]


@pytest.mark.parametrize(
    "text",
    [
        "12 St. and 5 Court cases, 10.0 Street price",
        "please see page 12, row 5, col 7, on the way",
        "we shipped 12 way better builds",
        "at 14:20 on Drive, 3 drives are full, room 12 hill",
        "the zip file has 12345 entries",
        "北京市东城区景山前街4号的故宫，地址：北京市朝阳区北四环东路",
        "中山路28号有家餐厅，街上有号码牌，一路平安",
        "第3单元测试，路由2号，502错误",
        "In Wien gibt es 3 Ringe; Weg 12 ist gesperrt",
    ],
)
def test_numbers_beside_streets_and_sights_are_none(text: str) -> None:
    assert seen(text) == []
