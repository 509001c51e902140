"""What a value is judged by, and that the quick ways say what the slow ones would."""

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.checks.placeholders import drawn, entropy, genuine, invented, varied, worded

PIECES = st.sampled_from(
    [
        "x7Kq02",
        "mZp94TnB31",
        "service",
        "Account",
        "-",
        "_",
        ".",
        "example",
        "abcdefgh",
        "12345678",
        "aaaaaa",
        "000000",
        "your",
        "here",
        "<",
        "${",
        "{{",
        "(",
        ")",
        "密码",
        "É",
        "\uff21\uff22",
        "😀",
        "->",
        "::",
        "get",
        "TOKEN",
        "$",
        "changeme",
        "xxx",
        "/",
        "=",
        "…",
        "...",
    ]
)
VALUES = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map("".join))


@given(VALUES)
@example("my-service-account")
@example("x7Kq02mZp94TnB31")
def test_genuine_is_what_is_drawn_and_not_invented(value: str) -> None:
    assert genuine(value) is (drawn(value) and not invented(value))


@given(VALUES, st.floats(0, 6) | st.sampled_from([2.0, 2.5, 3.0]))
@example("aabb", 1.0)
@example("aabbcdef", 2.75)
def test_varied_is_what_has_so_much_entropy(value: str, least_bits: float) -> None:
    assert varied(value, least_bits) is (entropy(value) >= least_bits)


@given(st.text(alphabet="abcdefXYZ019-_ 密", min_size=1, max_size=40))
def test_names_are_of_words_and_a_quarter_of_digits_makes_none(value: str) -> None:
    if 4 * sum(map(str.isdigit, value)) > len(value):
        assert not worded(value)


def test_what_reads_as_words_does_so_in_any_spelling() -> None:
    for name in ("sklearnStyle-interface-2", "my_service_account", "MY_SERVICE_ACCOUNT", "läserv"):
        assert worded(name)
        assert not genuine(name)
    for value in ("kX93hQzP-wL2", "9f86d081884c7d65", "", "密码", "----", "SERVICEACCOUNT"):
        assert not worded(value)
