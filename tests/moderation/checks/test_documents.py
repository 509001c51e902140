import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.policy import Direction

CHECK = Pii()
ANNOUNCED = [
    ("driver's license: {}", "D1234567", "licence"),
    ("my driving licence number is {}", "MORGA657054SM9IJ", "licence"),
    ("Führerschein {}", "B072RRE2I55", "licence"),
    ("驾照号码{}", "110101199003078515", "id"),
    ("DOB: {}", "12/05/1990", "birth"),
    ("date of birth {}", "May 5, 1990", "birth"),
    ("my birthday is {}", "5th May 1990", "birth"),
    ("geboren am {}", "12.05.1990", "birth"),
    ("出生日期：{}", "1990年5月12日", "birth"),
    ("生日是{}", "1990-05-12", "birth"),
    ("account number {}", "12345678", "account"),
    ("acct no. {}", "000123456789", "account"),
    ("routing number: {}", "021000021", "account"),
    ("sort code {}", "20-00-00", "account"),
    ("SWIFT: {}", "DEUTDEFF500", "account"),
    ("银行卡号：{}", "6222020200112233445", "account"),
    ("QQ号：{}", "123456789", "account"),
    ("加微信号：{}", "ana_zhang88", "account"),
    ("license plate {}", "7ABC123", "plate"),
    ("Kennzeichen {}", "B-AB 1234", "plate"),
    ("the car has plate {}", "AB12 CDE", "plate"),
    ("车牌号{}", "粤B12345", "plate"),
    ("EIN {}", "12-3456789", "id"),
    ("VAT {}", "DE136695976", "id"),
    ("社保卡号{}", "123456789", "id"),
    ("港澳通行证 {}", "C12345678", "passport"),
    ("Reisepass Nr. {}", "C12345678", "passport"),
    ("passport {}", "C01X00T47", "passport"),
    ("QQ{}", "693555297", "account"),
    ("我的微信{}", "wx_cjzkn615", "account"),
    ("账号{}", "62098962938335994", "account"),
    ("我{}出生", "1972-11-21", "birth"),
    ("我出生于{}", "1951年8月13日", "birth"),
    ("持{}号护照", "E39711809", "passport"),
    ("座机{}", "010-50239186-820", "phone"),
    ("新号{}", "02143746911", "phone"),
    ("Passport: {}", "12AB34567", "passport"),
    ("{} is my passport number", "E1234567", "passport"),
    ("my license is {}", "D1234567", "licence"),
    ("date of birth {}", "6-Jun-1959", "birth"),
    ("Ana Lee (born {})", "May 5, 1990", "birth"),
    ("please pay into account {}", "12345678", "account"),
    ("car registration {}", "ABC-1234", "plate"),
    ("my ITIN is {}", "919-50-0191", "id"),
]


def seen(text: str) -> list[tuple[str, str]]:
    found = CHECK.inspect(Text(text), Direction.INPUT)
    return [(f.category.removeprefix("pii."), text[f.start : f.end]) for f in found]


@pytest.mark.parametrize(("words", "value", "kind"), ANNOUNCED)
def test_words_say_what_the_value_is(words: str, value: str, kind: str) -> None:
    assert seen(words.format(value)) == [(kind, value)]
    assert seen(f"你好，{words.format(value)}，谢谢") == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "a driver's license is required by 2024 in all 50 states",
        "born to run; the birthday party is on Friday",
        "他出生于1948年12月21日，老艺术家了",
        "the company account is 3 months old, account 12 of 20",
        "routing number 123456789 is none",
        "swift is a language, a BIC is a pen",
        "the FY24 OKR and FY25 BIZ plan; plates and forks, 20 plates",
        "the VAT rate is 20 percent, tax year 2024",
        "微信登录失败，QQ is down, wechat is working again",
        "card number: see below; 卡号见下",
    ],
)
def test_talk_about_documents_is_none(text: str) -> None:
    assert seen(text) == []
