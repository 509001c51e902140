import pytest

from generators.draft import Text
from moderation.checks.links import Links
from moderation.finding import redacted
from moderation.policy import Direction
from tests.moderation.planted import wide

CHECK = Links()


def shown(text: str) -> str:
    return redacted(text, CHECK.inspect(Text(text), Direction.OUTPUT))


@pytest.mark.parametrize(
    ("link", "honest"),
    [
        ("[bank.test](https://evil.test/a)", "bank.test (https://evil.test/a)"),
        ("[https://bank.test/x](https://evil.test)", "https://bank.test/x (https://evil.test)"),
        (
            "[log in at bank.test now](http://evil.test)",
            "log in at bank.test now (http://evil.test)",
        ),
        ("[**bank.test**](https://evil.test)", "**bank.test** (https://evil.test)"),
        ("[[bank.test]](https://evil.test)", "bank.test (https://evil.test)"),
        ("[bank\\.test](https://evil.test)", "bank\\.test (https://evil.test)"),
        ("[bank&#46;test](https://evil.test)", "bank&#46;test (https://evil.test)"),
        ("[bank.test](<https://evil.test>)", "bank.test (https://evil.test)"),
        ('[bank.test](https://evil.test "bank.test")', "bank.test (https://evil.test)"),
        ("[bank.test](https://bank.test.evil.test)", "bank.test (https://bank.test.evil.test)"),
        ("[bank.test](https://evil.test/a(b))", "bank.test (https://evil.test/a(b))"),
        ("[10.0.0.1](https://evil.test)", "10.0.0.1 (https://evil.test)"),
        (wide("[bank.test]") + "（https://evil.test）", "bank.test (https://evil.test)"),
        ("<https://evil.test|bank.test>", "bank.test (https://evil.test)"),
        (
            "<https://evil.test/?q=1|https://bank.test>",
            "https://bank.test (https://evil.test/?q=1)",
        ),
        ("[x](https://bank.test@evil.test/p)", "x (https://evil.test/p)"),
        ("[x](https://ana:pw@evil.test)", "x (https://evil.test)"),
        ("https://bank.test@evil.test/p", "https://evil.test/p"),
        ("<https://bank.test@evil.test/p>", "link (https://evil.test/p)"),
        ("[x](https://evil.test|https://bank.test)", "x (link removed)"),
        ("[x](https://bank.test\\@evil.test)", "x (link removed)"),
        ("[x](https:evil.test)", "x (link removed)"),
        ("[x](javascript:alert(1))", "x (link removed)"),
        ("[x](JavaScript&colon;alert(1))", "x (link removed)"),
        ("[x](java\u200bscript:alert(1))", "x (link removed)"),
        ("[x](data:text/html;base64,AAAA)", "x (link removed)"),
        ("[](vbscript:x)", "link (link removed)"),
        ("<javascript:alert|bank.test>", "bank.test (link removed)"),
        ("[x](https://[bad)", "x (link removed)"),
        ("![chart](https://evil.test/?q=all+you+said)", "chart [picture removed]"),
        ("![](//evil.test/x.png)", "link [picture removed]"),
        ("![x](data:image/png;base64,AAAA)", "x [picture removed]"),
    ],
)
def test_a_link_that_is_not_what_it_says_is_written_out(link: str, honest: str) -> None:
    text = f"看这里：{link}。😀"
    assert shown(text) == f"看这里：{honest}。😀"
    assert shown(shown(text)) == shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[the report](https://bank.test/report) and https://bank.test/@ana?x=a@b",
        "[bank.test](https://bank.test/login)",
        "[bank.test](https://www.bank.test)",
        "[www.bank.test](https://bank.test)",
        "[Bank.Test](https://help.bank.test)",
        "[https://bank.test/a](https://bank.test/a)",
        "[main.py](https://code.test/blob/main.py) [README.md](https://code.test/x)",
        "[report.final.docx](https://files.test/a/report.final.docx)",
        "<https://bank.test|the bank> <https://bank.test> <mailto:ana@bank.test|ana@bank.test>",
        "[see above](#part) [next](/docs/next.html) ![logo](logo.png)",
        "a[i](x), f[0](data), [1](2)(3), array[key](value)",
        "javascript: the good parts; data: what we know",
        "vector<ns:type>, <svg:rect>, map<string, int>",
        "[e.g. this](https://x.test) [v1.0](https://x.test) [Node.js](https://x.test)",
        "见[文档](https://x.test)，谢谢。",
    ],
)
def test_honest_links_are_left_alone(text: str) -> None:
    assert shown(text) == text


def test_what_a_person_typed_is_not_judged() -> None:
    assert not CHECK.inspect(Text("[bank.test](https://evil.test)"), Direction.INPUT)


def test_a_label_longer_than_is_read_does_not_save_its_link() -> None:
    text = "[" + "a" * 400 + " bank.test](https://evil.test)"
    assert shown(text).endswith("a bank.test (https://evil.test)")
