import os

import pytest

from generators.support.fields import UnreadableError
from generators.support.pages import _bare, unpacked
from tests.generators.support.papers import pdf, saying

pytestmark = pytest.mark.thorough


def test_files_are_read_by_a_process_of_their_own() -> None:
    assert unpacked("html", "<title>T</title><p>退款 😀".encode()) == ("T", "退款 😀")
    assert unpacked("pdf", pdf(saying("Five days."))) == ("", "Five days.")


def test_why_a_file_is_not_taken_is_said() -> None:
    with pytest.raises(UnreadableError, match="broken"):
        unpacked("pdf", b"%PDF-1.4 broken")


def test_a_page_that_takes_for_ever_costs_its_reader_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.support.pages.WAIT_S", 2)
    with pytest.raises(UnreadableError, match=r"more time or memory|swells"):
        unpacked("html", b"<a " * 3_000_000)


def test_the_reader_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    assert "xoxb-canary" not in _bare().values()
    assert _bare()["PATH"] == os.environ["PATH"]
