"""The bytes of deleted files."""

from workspace.remains import Remains


def test_the_oldest_are_forgotten_first() -> None:
    remains = Remains(most_bytes=4)
    for name, content in (("a", b"12"), ("b", b"34"), ("a", b"12"), ("c", b"5")):
        remains.keep(name, content)
    assert [remains.find(name) for name in "abc"] == [None, b"34", b"5"]
    remains.keep("large", b"12345")
    assert [remains.find(name) for name in ("b", "c", "large")] == [None, None, None]
