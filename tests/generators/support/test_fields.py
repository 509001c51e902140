import pytest

from generators.support.fields import UnreadableError, article, channels


def test_all_fields_of_an_article() -> None:
    found = article(
        {"id": "a", "subject": "Q", "reply": "A", "intent": "card", "channels": "C1, C2 C1"}
    )
    assert (found.title, found.text, found.label) == ("Q", "A", "card")
    assert (found.channels, found.public) == (("C1", "C2"), True)


@pytest.mark.parametrize("told", ["<!channel>", "C1, a(b", " ".join(f"C{n}" for n in range(60))])
def test_what_is_no_channel_is_refused_rather_than_open_to_all(told: str) -> None:
    with pytest.raises(UnreadableError, match="channels must be"):
        channels(told)
