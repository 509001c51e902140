"""From a reply that was sent to an article that the next draft quotes, and who sees it before."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.intake.meanings import Press
from bot.learning import Learning, Noting
from bot.ledger.erasure import erase
from bot.ledger.ledger import Ledger
from bot.ledger.lessons import Lessons, taught_alone
from bot.replies import Following
from bot.views.notices import Notice
from generators.draft import Destination, Request, UserId
from generators.draft import Line as Said
from generators.support.abstaining import no_draft
from generators.support.bases import LEARNT
from generators.support.library import Library
from generators.support.shelf import Shelf
from generators.tools import Passage
from tests.bot.builders import ANA, BO, CHEN, execute, keys, request, rows
from tests.bot.counter import SECRET, Articles, Counter
from tests.bot.line import agrees

CUSTOMER = UserId("U0CUSTOMER")
ASKED = "Hello! Can I swap my rental kayak for a bigger one? Yours, ana@example.com"
SAID = "Hello,\n\nA rental kayak is swapped once, at no charge. 🛶\n\nBye"
TAUGHT = "A rental kayak is swapped once, at no charge. 🛶\n\nBye"
CHINESE = "租的皮划艇可以换大一号的吗？我的手机是13812345678"


@dataclass
class School:
    """A counter whose sent replies teach something."""

    ledger: Ledger
    folder: Path
    counter: Counter = field(init=False)
    homes: list[UserId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counter = Counter(self.ledger, articles=Articles(()))
        self.lessons = Lessons(self.ledger._writer, self.ledger._keys)
        self.library = Library(self.folder)
        self.learning = Learning(
            replying=self.counter.replying,
            lessons=self.lessons,
            library=self.library,
            own=("", "Your support team"),
        )
        inner = Following(self.counter.reading, self.counter.replies)
        self.counter.gathering = Noting(inner, self.lessons)

    async def sent(self, question: str = ASKED, reply: str = SAID, by: str = CUSTOMER) -> Request:
        """Let a customer ask, and a person send a reply of their own."""
        ts = f"90{len(self.counter.slack.messages)}.1"
        self.counter.reading.context = (Said("somebody", question, ts, writer=by),)
        asked = await self.counter.drafted()
        await self.press("reply_edited", asked.id.hex, said=reply)
        return asked

    async def press(self, what: str, name: str, who: UserId = BO, **more: str) -> None:
        press = Press(what, name, who, Destination(channel=""), trigger_id="t", **more)
        await self.learning.press(press, self._show)

    async def listed(self, person: UserId = BO) -> list[str]:
        """Return the questions that somebody's home names."""
        blocks = await self.learning.blocks(person)
        plain = [one["text"] for one in blocks if one["type"] == "section"]
        return [text["text"] for text in plain if text["type"] == "plain_text"]

    async def _show(self, person: UserId) -> None:
        self.homes.append(person)

    @property
    def form(self) -> dict[str, Any]:
        return self.counter.slack.forms[-1]

    def typed(self) -> list[str]:
        fields = [block for block in self.form["blocks"] if block["type"] == "input"]
        return [block["element"]["initial_value"] for block in fields]


@pytest.fixture
def school(ledger: Ledger, tmp_path: Path) -> School:
    return School(ledger, tmp_path / "kb")


async def test_a_reply_that_was_sent_becomes_an_article_that_the_next_draft_finds(
    school: School, db: str
) -> None:
    asked = await school.sent()
    await school.learning.look()
    assert await school.listed() == ["Can I swap my rental kayak for a bigger one?"]
    await school.press("learn", asked.id.hex)
    assert school.typed() == ["Can I swap my rental kayak for a bigger one?", TAUGHT]
    title = "Can I swap a kayak? Write to bo@example.com"
    await school.press("learnt", asked.id.hex, title=title, said="Once, at no charge. 🛶")
    assert school.counter.told[-1] == Notice.LESSON_ACCEPTED.text("en")
    (one,) = school.library.articles(LEARNT)
    assert (one.title, one.text) == (
        "Can I swap a kayak? Write to [email 1]",
        "Once, at no charge. 🛶",
    )
    assert (one.source, one.version, one.public, one.channels) == ("reply", 1, True, ())
    found = await Shelf(school.library).search("swap my kayak", shared=("C1",))
    assert found[0].doc == one.id
    assert await school.listed() == []
    assert school.homes == [BO]
    engine = school.ledger._writer._engine
    assert taught_alone(engine, CUSTOMER) == [f"{LEARNT}/{one.id}"]
    done = "SELECT state, decided_by, article FROM lesson"
    assert rows(db, done) == [("accepted", BO, f"{LEARNT}/{one.id}")]
    assert rows(db, "SELECT count(*) FROM audit_log WHERE action = 'article_accept'") == [(1,)]
    sealed = rows(db, "SELECT question, answer FROM lesson")[0]
    assert not any(word in bytes(part) for part in sealed for word in (b"kayak", b"charge"))
    agrees(db)


async def test_personal_data_and_names_are_replaced_in_both_languages(school: School) -> None:
    school.counter.slack.users[CUSTOMER] = {"profile": {"real_name": "李雷", "display_name": "ana"}}
    said = "尊敬的李雷：\n\n租的皮划艇可以免费更换一次，李雷。详情见邮件 ana@example.com。"
    asked = await school.sent(CHINESE, said)
    await school.learning.look()
    assert await school.listed() == ["租的皮划艇可以换大一号的吗？"]
    await school.press("learn", asked.id.hex)
    assert school.typed()[1] == "租的皮划艇可以免费更换一次，[name 1]。详情见邮件 [email 1]。"
    assert "问题" in str(school.form)


async def test_stand_ins_of_the_draft_are_never_put_back(school: School) -> None:
    asked = await school.sent(
        "Is my kayak order [email 1] on its way?", "Kayak order [email 1] is on its way."
    )
    await school.learning.look()
    await school.press("learn", asked.id.hex)
    assert all("[email 1]" in text for text in school.typed())


async def test_a_mere_draft_and_a_rejected_one_teach_nothing(school: School, db: str) -> None:
    school.counter.reading.context = (Said("ana", ASKED, "900.1", writer=CUSTOMER),)
    await school.counter.drafted()
    rejected = await school.counter.drafted()
    await school.press("reply_rejected", rejected.id.hex, reason="incorrect")
    await school.learning.look()
    assert await school.listed() == []
    assert rows(db, "SELECT DISTINCT state FROM lesson") == [("asked",)]


async def test_what_asks_the_same_is_one_suggestion_with_a_count(school: School) -> None:
    first = await school.sent()
    await school.sent("Can I swap the rental kayak for a bigger one, please?", by="U0OTHER")
    await school.sent("Where do I return the paddle?", "Return the paddle at the pier desk.")
    await school.learning.look()
    assert len(await school.listed()) == 2
    top = (await school.lessons.waiting())[0]
    assert (top.id, top.count) == (first.id.hex, 2)
    assert Notice.LESSON_COUNT.text("en", n=2) in str(await school.learning.blocks(BO))


async def test_what_was_rejected_or_accepted_is_not_suggested_again(
    school: School, db: str
) -> None:
    first = await school.sent()
    await school.learning.look()
    await school.press("learn_no", first.id.hex)
    assert school.counter.told[-1] == Notice.LESSON_REJECTED.text("en")
    await school.sent()
    await school.learning.look()
    assert await school.listed() == []
    await school.press("learn", first.id.hex)
    assert school.counter.told[-1] == Notice.LESSON_DECIDED.text("en")
    assert rows(db, "SELECT state FROM lesson") == [("rejected",)] * 2
    assert not school.folder.exists()


async def test_an_article_of_several_customers_is_nobodys_alone(school: School) -> None:
    asked = await school.sent()
    await school.learning.look()
    await school.press("learnt", asked.id.hex, title="Kayak?", said="Swapped once.")
    await school.sent(by="U0OTHER")
    await school.learning.look()
    assert await school.listed() == []  # it is an article already
    assert taught_alone(school.ledger._writer._engine, CUSTOMER) == []


async def test_two_approvers_decide_once(school: School) -> None:
    asked = await school.sent()
    await school.learning.look()
    name, words = asked.id.hex, {"title": "Kayak?", "said": "Swapped once."}
    found = (await school.lessons.waiting())[0]
    press = Press("learnt", name, CHEN, Destination(channel=CHEN), trigger_id="t", **words)
    await school.press("learnt", name, **words)
    await school.learning._accept(press, found)  # Chen had looked before
    assert school.counter.told[-2:] == [
        Notice.LESSON_ACCEPTED.text("en"),
        Notice.LESSON_DECIDED.text("en"),
    ]
    (one,) = school.library.articles(LEARNT)
    assert one.version == 1


async def test_only_approvers_see_and_decide(school: School) -> None:
    asked = await school.sent()
    await school.learning.look()
    assert await school.listed(ANA) == []
    for what in ("learn", "learnt", "learn_no"):
        await school.press(what, asked.id.hex, ANA, title="Kayak?", said="Swapped.")
    assert school.counter.told[-3:] == [Notice.NOT_AN_APPROVER.text("en")] * 3
    assert len(await school.listed()) == 1


async def test_what_was_said_in_a_private_channel_stays_there(school: School) -> None:
    school.counter.slack.private.add("C7")
    asked = await school.sent()
    await school.learning.look()
    school.counter.slack.people = frozenset({BO})
    assert await school.listed(CHEN) == []
    await school.press("learn", asked.id.hex, CHEN)
    assert school.counter.told[-1] == Notice.LESSON_DECIDED.text("en")
    assert len(await school.listed(BO)) == 1
    await school.press("learnt", asked.id.hex, title="Swap my kayak?", said="Swapped once.")
    (one,) = school.library.articles(LEARNT)
    assert one.channels == ("C7",)
    shelf = Shelf(school.library)
    docs = {
        shared: {hit.doc for hit in await shelf.search("swap my kayak", shared=shared)}
        for shared in (("C1",), ("C7",), ())
    }
    assert [one.id in docs[shared] for shared in (("C1",), ("C7",), ())] == [False, True, False]


async def test_a_channel_that_becomes_private_or_shared_keeps_what_is_accepted_later(
    school: School,
) -> None:
    asked = await school.sent()
    await school.learning.look()
    school.counter.slack.shared["C7"] = ["T1", "T9"]
    await school.press("learnt", asked.id.hex, title="Swap my kayak?", said="Swapped once.")
    (one,) = school.library.articles(LEARNT)
    assert one.channels == ("C7",)


@pytest.mark.parametrize("who", [CUSTOMER, BO])
async def test_nothing_is_learnt_of_whoever_was_erased(
    school: School, who: UserId, db: str
) -> None:
    await school.sent()
    waits = await school.sent("Where is the pier?", "The pier is behind the boat house.")
    await school.learning.lessons.skip(waits.id.hex, "")
    await school.learning.look()
    assert len(await school.listed()) == 1
    found = (await school.lessons.waiting())[0]
    engine = school.ledger._writer._engine
    erase(engine, keys(), who, wait_s=0.0)
    assert await school.listed(CHEN) == []
    press = Press("learnt", found.id, CHEN, Destination(channel=CHEN), trigger_id="t", said="Once.")
    await school.learning._accept(replace(press, title="Kayak?"), found)  # Chen had looked before
    assert not school.folder.exists()
    later = await school.sent("May dogs swim along?", "Dogs may swim along on a leash.")
    assert erase(engine, keys(), who, wait_s=0.0).open == 0
    await school.learning.look()
    state = "SELECT state, length(answer) FROM lesson WHERE request_id = ?"
    assert rows(db, state, later.id.hex)[0] in {("asked", 0), ("skipped", 0)}


async def test_a_reply_that_was_taken_back_teaches_nothing(school: School, db: str) -> None:
    await school.sent()
    school.counter.slack.messages.clear()  # a colleague deleted it in Slack
    await school.learning.look()
    assert rows(db, "SELECT state, reason FROM lesson") == [("skipped", "taken_back")]
    asked = await school.sent("Where is the pier?", "The pier is behind the boat house.")
    await school.learning.look()
    school.counter.slack.messages.clear()
    await school.press("learnt", asked.id.hex, title="Pier?", said="Behind the boat house.")
    assert school.counter.told[-1] == Notice.LESSON_GONE.text("en")
    assert not school.folder.exists()
    assert await school.listed() == []


async def test_a_draft_that_reviewers_took_back_becomes_no_article(school: School, db: str) -> None:
    asked = await school.sent()
    await school.learning.look()
    execute(db, "UPDATE request SET outcome = 'rejected', notice = 'TAKEN_BACK'")
    await school.press("learnt", asked.id.hex, title="Kayak?", said="Swapped once.")
    assert school.counter.told[-1] == Notice.LESSON_GONE.text("en")
    assert not school.folder.exists()


async def test_what_an_internal_article_says_is_not_suggested(school: School, db: str) -> None:
    school.counter.articles.found = (SECRET,)
    await school.sent(reply=f"Hello, {SECRET.text}")
    asked = (await school.lessons.sent())[:1]
    assert asked == []  # nothing was sent: the warning came back
    name = rows(db, "SELECT request_id FROM lesson")[0][0]
    await school.press("reply_edited", name, said=SECRET.text, reason="known")
    await school.learning.look()
    assert rows(db, "SELECT state, reason FROM lesson") == [("skipped", "internal")]


async def test_what_an_article_answers_already_is_not_suggested(school: School, db: str) -> None:
    title = "May I swap my rental kayak for a bigger one?"
    school.counter.articles.found = (Passage("a", title, TAUGHT, 1, public=True),)
    await school.sent()
    await school.learning.look()
    assert rows(db, "SELECT state, reason FROM lesson") == [("skipped", "known")]


async def test_the_approvers_channel_is_told_once_of_each_suggestion(school: School) -> None:
    school.learning = replace(school.learning, channel="approvers")
    slack = school.counter.slack
    slack.channels["approvers"] = "C8"
    await school.sent()
    await school.sent(by="U0OTHER")  # asks the same
    await school.learning.look()
    assert [one.page.text for one in slack.at("C8")] == [Notice.LESSON_NEW.text("en")]
    slack.absent.add("C8")
    await school.sent("Where is the pier?", "The pier is behind the boat house.")
    await school.learning.look()
    school.learning = replace(school.learning, channel="outside")
    slack.channels["outside"] = "C88"
    slack.shared["C88"] = ["T1", "T9"]
    await school.sent("May dogs swim along?", "Dogs may swim along on a leash.")
    await school.learning.look()
    assert len(slack.at("C8") + slack.at("C88")) == 1
    assert len(await school.listed()) == 3


async def test_a_long_reply_is_cut_to_what_a_form_takes(school: School) -> None:
    asked = await school.sent(reply="A kayak is swapped at the pier. " * 93)
    await school.learning.look()
    await school.press("learn", asked.id.hex)
    assert 2700 < len(school.typed()[1]) <= 2800


async def test_what_the_gate_doubts_is_not_suggested_and_comes_back_as_a_form(
    school: School, db: str
) -> None:
    await school.sent("Is a doubtful kayak safe to use?", "Every kayak is checked each morning.")
    asked = await school.sent()
    await school.learning.look()
    held = rows(db, "SELECT reason FROM lesson WHERE state = 'skipped'")
    assert held == [("held",)]
    await school.press("learnt", asked.id.hex, title="Kayak?", said="Something forbidden.")
    assert Notice.LESSON_HELD.text("en") in str(school.form)
    assert len(await school.listed()) == 1


async def test_why_there_was_no_draft_is_kept_with_the_question(school: School, db: str) -> None:
    school.counter.reading.context = (Said("ana", ASKED, "900.1", writer=CUSTOMER),)
    await school.counter.drafted(no_draft("missing_knowledge", ASKED))
    await school.learning.look()
    assert rows(db, "SELECT code, place, state FROM lesson") == [("missing_knowledge", "", "asked")]
    assert await school.listed() == ["Can I swap my rental kayak for a bigger one?"]  # in the chart
    assert await school.lessons.unread() == []


async def test_what_slack_does_not_say_is_asked_again(school: School, db: str) -> None:
    await school.sent()
    school.counter.slack.script["find"] = [OutcomeUnknown("timeout")]
    await school.learning.look()
    assert await school.listed() == []
    school.counter.slack.script["channel"] = [SlackRefused("channel_not_found")]
    await school.learning.look()
    assert rows(db, "SELECT state, place FROM lesson") == [("open", "C7")]  # nobody could say


async def test_what_a_bot_that_died_had_accepted_is_stored_by_the_next(
    school: School, ledger: Ledger
) -> None:
    asked = await school.sent()
    await school.learning.look()
    found = (await school.lessons.waiting())[0]
    wording = await school.learning._wording(found.taught, ("Kayak?", "Swapped once."), "")
    assert wording is not None
    assert await school.lessons.accept(asked.id.hex, BO, wording, f"help/reply-{asked.id.hex[:12]}")
    other = School(ledger, school.folder)
    for _ in range(2):
        await other.learning.look()
    (one,) = school.library.articles("help")
    assert (one.title, one.version) == ("Kayak?", 1)


async def test_a_message_with_the_command_is_nobodys_and_other_verbs_keep_none(
    school: School, db: str
) -> None:
    asked, other = request("Where is my parcel?", verb="draft"), request("Where is it?")
    for one in (asked, other):
        await school.ledger.accept(one)
        await school.counter.gathering.gather(one)
    assert rows(db, "SELECT request_id, customer FROM lesson") == [(asked.id.hex, "")]
