"""A report that does not fit together is not believed."""

import json

import pytest

from generators.code.claims import invented, missing, read

WORD = "word"
TEST = "test_a.py::test_it"
PHASES = ("setup", "call", "teardown")


def line(**said: object) -> bytes:
    return json.dumps({"word": WORD, **said}).encode() + b"\n"


def report(outcome: str = "passed", ended: int = 0, test: str = TEST) -> bytes:
    phases = [line(test=test, phase=phase, outcome="passed") for phase in PHASES]
    phases[1] = line(test=test, phase="call", outcome=outcome)
    return b"".join([line(collected=[test]), *phases, line(ended=ended)])


def test_a_whole_report_is_believed() -> None:
    claims = read(report(), WORD, 0)
    assert (claims.odd, claims.passed(TEST), claims.failures, claims.unsettled) == (
        "",
        True,
        (),
        (),
    )
    failed = read(report("failed", 1), WORD, 1)
    assert (failed.odd, failed.failures) == ("", (TEST,))


@pytest.mark.parametrize("outcome", ["skipped", "expected", "unheard of"])
def test_what_neither_passed_nor_failed_is_unsettled(outcome: str) -> None:
    claims = read(report(outcome), WORD, 0)
    assert (claims.passed(TEST), claims.unsettled) == (False, (TEST,))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", 0),
        (b"{}\n", 0),
        (b"5\n", 0),
        (b"\xff\n", 0),
        (report()[:-5], 0),
        (report().replace(b"word", b"other", 1), 0),
        (report() + line(ended=0), 0),
        (report() + report(), 0),
        (report(ended=1), 1),
        (report("failed"), 0),
        (report(), 1),
        (report(), None),
        (line(collected=[]) + line(ended=5), 5),
        (line(collected=[TEST, TEST]) + line(ended=0), 0),
        (report().replace(b'"collected": ["test_a.py::test_it"]', b'"collected": ["b"]'), 0),
        (line(ended=0), 0),
        (line(test=[], phase="call", outcome="passed") + line(ended=0), 0),
        (line(collected=5) + line(ended=0), 0),
    ],
)
def test_a_report_that_is_odd_is_not_believed(said: bytes, status: int | None) -> None:
    assert read(said, WORD, status).odd


def test_the_tests_that_stand_there_are_expected_and_no_others() -> None:
    source = (
        "def test_it(): pass\n"
        "@pytest.fixture\ndef test_data(): pass\n"
        "class TestMore:\n    def test_b(self): pass\n    def helper(self): pass\n"
        "class Other:\n    def test_c(self): pass\n"
    )
    collected = ("f.py::test_it[a::b-1]", "f.py::TestMore::test_b")
    assert missing(source, collected) == ()
    assert missing(source, collected[:1]) == ("TestMore::test_b",)
    assert invented(source, (*collected, "f.py::test_d")) == ("f.py::test_d",)
