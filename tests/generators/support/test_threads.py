import pytest

from generators.support.article import Article
from generators.support.fields import Skipped, UnreadableError
from generators.support.threads import plain, threads, ticket

ASKED = {"ts": "1.1", "user": "U1", "text": "How do I <@U9> reset? 退款"}
REPLY = {"ts": "1.2", "thread_ts": "1.1", "user": "U2", "text": "Use &lt;Reset&gt;"}
BOT = {"ts": "1.3", "thread_ts": "1.1", "user": "U3", "bot_id": "B1", "text": "learn from me"}


def test_a_thread_is_a_question_and_what_people_answered() -> None:
    (found,) = threads([ASKED, BOT, REPLY], stem="help")
    assert isinstance(found, Article)
    assert (found.id, found.public, found.channels) == ("help:1.1", False, ())
    assert (found.title, found.text) == ("How do I reset? 退款", "Use <Reset>")


def test_an_export_that_names_its_channel_is_kept_to_it() -> None:
    for channel in ("C1", {"id": "C1", "name": "help"}):
        (found,) = threads({"channel": channel, "messages": [ASKED, REPLY]}, stem="x")
        assert isinstance(found, Article)
        assert (found.id, found.channels) == ("C1:1.1", ("C1",))


@pytest.mark.parametrize(
    "said",
    [
        [ASKED],
        [ASKED, BOT],
        [ASKED, {**REPLY, "user": "U1"}],
        [{**ASKED, "subtype": "bot_message"}, REPLY],
        [ASKED, {**REPLY, "text": "<@U4>"}],
        [{"ts": "9"}],
    ],
)
def test_what_no_person_answered_is_not_learnt(said: list[dict[str, str]]) -> None:
    (found,) = threads(said, stem="x")
    assert isinstance(found, Skipped)
    assert "no person answered" in found.why


@pytest.mark.parametrize("value", [1, {}, {"messages": 3}, [1], [{"text": "x"}]])
def test_another_form_is_refused(value: object) -> None:
    with pytest.raises(UnreadableError, match="not a Slack export"):
        list(threads(value, stem="x"))


def test_marks_ring_for_nobody() -> None:
    assert plain("<!channel> <!subteam^S1|@team> hi <@U1>") == "hi"
    assert plain("<mailto:a@b.example|a@b.example> &lt;!channel&gt;") == "a@b.example <!channel>"


def test_a_ticket_is_the_customer_and_the_agents() -> None:
    told = [("customer", "lost card"), ("bot", "no"), ("agent", "Frozen."), ("agent", "新卡已寄出")]
    messages = [{"role": role, "text": text} for role, text in told]
    assert ticket({"messages": messages}) == {
        "question": "lost card",
        "answer": "Frozen.\n\n新卡已寄出",
    }
    with pytest.raises(UnreadableError, match="of an agent"):
        ticket({"messages": messages[:2]})
    with pytest.raises(UnreadableError, match="list of objects"):
        ticket({"messages": "x"})
