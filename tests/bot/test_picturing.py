"""Which picture a request is about, wherever it is: an answer, a file, a thread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typing_extensions import override

from bot.intake.attached import Sent
from bot.ledger.deleting import Deleting
from bot.ledger.ledger import Ledger
from bot.ledger.recall import Recall
from bot.picturing import Picturing
from bot.sources import Refusal, Sources
from bot.spotting import Spotting
from generators.draft import (
    Content,
    Destination,
    Grid,
    Image,
    Line,
    PromptRejected,
    Request,
    UserId,
)
from generators.pictures import unpacked
from moderation.provenance.marks import Origin, mark
from tests.bot.builders import ANA, BO, assessment, draft, request
from tests.bot.ledger.working import claimed
from tests.generators.test_pictures import saved, scene

THREAD = Destination(channel="C1", thread_ts="1.0")
PNG = saved(scene(side=64))
HEART = Image(PNG, "a red heart", 7)


@dataclass
class Place:
    """A thread."""

    lines: tuple[Line, ...] = ()

    async def gather(self, request: Request) -> Request:
        return replace(request, context=self.lines)


@dataclass
class Files:
    """What people sent, by id."""

    held: Mapping[str, Sent] = field(default_factory=dict[str, Sent])

    async def picture(self, file_id: str, most_bytes: int) -> Sent | None:
        del most_bytes
        return self.held.get(file_id)


@pytest.fixture
def picturing(ledger: Ledger) -> Picturing:
    spotting = Spotting(Recall(ledger._writer, ledger._keys))
    verbs = frozenset({"retouch", "origin"})
    return Picturing(inner=Place(), spotting=spotting, uploads=Files(), verbs=verbs)


async def shown(ledger: Ledger, content: Content = HEART, **given: Any) -> Request:
    asked = request(**{"prompt": "a red heart", "verb": "imagine", **given})
    lease = await claimed(ledger, asked)
    await ledger.settle(lease, draft(asked, content), assessment(content), "delivered")
    return asked  # its message is there, and no row says so yet


def said(picturing: Picturing, *answers: Request, **files: bytes) -> Picturing:
    """Return it in a thread with these answers, and then these people's files."""
    lines = [Line("atelier", "", "1.0", answers=one.id.hex) for one in answers]
    lines += [Line("ana", "", "2.0", files=(name,)) for name in files]
    return sent(replace(picturing, inner=Place(tuple(lines))), **files)


def sent(picturing: Picturing, **files: bytes) -> Picturing:
    held = {name: Sent(f"{name}.png", data) for name, data in files.items()}
    return replace(picturing, uploads=Files(held))


def change(words: str, **flags: str) -> Request:
    return request(words, verb="retouch", flags=flags, reply_to=THREAD)


async def refusal(picturing: Picturing, asked: Request) -> str:
    with pytest.raises(PromptRejected) as caught:
        await picturing.gather(asked)
    return str(caught.value)


async def test_a_button_names_the_answer_as_soon_as_its_message_is_there(
    ledger: Ledger, picturing: Picturing
) -> None:
    earlier = await shown(ledger)
    gathered = await picturing.gather(change("Vary", do="vary", of=earlier.id.hex))
    (given,) = gathered.pictures
    assert (given.image.alt, given.is_ours, given.model) == ("a red heart", True, "tiny")
    assert gathered.prompt == "a red heart", "by which it may be vouched for"
    assert gathered.flags["of"] == earlier.id.hex, "a retry must find it again"


async def test_what_came_of_a_picture_is_not_of_words_alone(
    ledger: Ledger, picturing: Picturing
) -> None:
    first = await shown(ledger)
    second = await shown(ledger, verb="retouch", flags={"of": first.id.hex, "do": "vary"})
    gathered = await picturing.gather(change("make it night", of=second.id.hex))
    assert gathered.pictures[0].model == ""


@pytest.mark.parametrize("words", ["make it night", "改成夜晚", "🌃", "can you make it night?"])
async def test_words_under_a_picture_change_the_last_one(
    ledger: Ledger, picturing: Picturing, words: str
) -> None:
    first, last = await shown(ledger), await shown(ledger, Image(PNG, "a blue cat"))
    asked = change(words, do="said")
    gathered = await said(picturing, first, last).gather(asked)
    assert (gathered.verb, gathered.prompt, gathered.context) == ("retouch", words, ())
    assert gathered.pictures[0].image.alt == "a blue cat"


async def test_words_without_a_verb_are_about_our_pictures_and_not_peoples(
    ledger: Ledger, picturing: Picturing
) -> None:
    place = said(picturing, await shown(ledger), photo=PNG)
    assert (await place.gather(change("make it night", do="said"))).pictures[0].is_ours
    assert not (await place.gather(change("make it night"))).pictures[0].is_ours


@pytest.mark.parametrize(
    ("words", "alt", "left"),
    [
        ("make #1 green", "a red heart", "make   green"),
        ("第2张改成绿色", "a blue cat", "改成绿色"),
        ("第一张改成绿色", "a red heart", "改成绿色"),
        ("picture 2: make it green", "a blue cat", "make it green"),
        ("make 3 more hats", "a blue cat", "make 3 more hats"),
    ],
)
async def test_a_number_says_which(
    ledger: Ledger, picturing: Picturing, words: str, alt: str, left: str
) -> None:
    answers = [await shown(ledger), await shown(ledger, Image(PNG, "a blue cat"))]
    gathered = await said(picturing, *answers).gather(change(words))
    assert gathered.pictures[0].image.alt == alt
    assert gathered.prompt == left


async def test_of_several_on_a_sheet_one_has_to_be_named(
    ledger: Ledger, picturing: Picturing
) -> None:
    cells = (HEART, None, Image(PNG, "a second heart"))
    thread = said(picturing, await shown(ledger, Grid(cells, "3 pictures", PNG)))
    assert "from 1 to 2" in await refusal(thread, change("make it night"))
    assert "from 1 to 2" in await refusal(thread, change("make #7 green"))
    gathered = await thread.gather(change("make #2 green"))
    assert gathered.pictures[0].image.alt == "a second heart"
    assert gathered.flags["cell"] == "3", "its number on the sheet"


async def test_a_file_that_was_sent_comes_clean_and_is_judged_as_a_strangers(
    picturing: Picturing,
) -> None:
    photo = saved(scene(side=64), "JPEG", comment=b"secret")
    gathered = await sent(picturing, F1=photo).gather(change("make it night", files="F1"))
    (given,) = gathered.pictures
    assert (given.is_ours, given.is_made, given.model) == (False, False, "")
    assert b"secret" not in given.image.png


async def test_a_file_that_a_model_made_is_known_by_its_marks(picturing: Picturing) -> None:
    marked = mark(PNG, Origin(producer="Firm", model="m", number=1)).png
    gathered = await sent(picturing, F1=marked).gather(change("make it night", files="F1"))
    assert gathered.pictures[0].is_made


@pytest.mark.parametrize("how", ["named", "transparent", "under our picture", "under a photo"])
async def test_a_mask_is_told_from_a_picture(
    ledger: Ledger, picturing: Picturing, how: str
) -> None:
    hole = scene("RGBA", 64)
    hole.paste((0, 0, 0, 0), (8, 8, 16, 16))
    mask, flags = saved(hole), "photo mask"
    files = {"photo": PNG, "mask": mask}
    if how == "transparent":
        files, flags = {"photo": PNG, "other": mask}, "other photo"
    if how in {"named", "transparent"}:
        thread = sent(picturing, **files)
    else:
        flags = "mask"
        ours = [await shown(ledger)] if how == "under our picture" else []
        thread = sent(said(picturing, *ours, **({} if ours else {"photo": PNG})), **files)
    gathered = await thread.gather(change("a blue hat", files=flags))
    (given,) = gathered.pictures
    assert unpacked(given.image.png).size == (64, 64)
    assert unpacked(given.mask).getchannel("A").getextrema() == (0, 255)
    assert given.is_ours == (how == "under our picture")


async def test_what_cannot_be_had_is_explained(picturing: Picturing) -> None:
    thread = sent(picturing, big=b"", page=b"<html>", a=PNG, b=PNG)
    for files, says in (
        ("gone", "cannot fetch"),
        ("big", "larger than 10 MiB"),
        ("page", "web page"),
        ("a b", "one mask"),
        ("a b a", "one mask"),
    ):
        assert says in await refusal(thread, change("make it night", files=files))
    assert "网页" in await refusal(thread, change("改成夜晚", files="page"))


async def test_without_any_picture_the_generator_says_so(picturing: Picturing) -> None:
    assert not (await picturing.gather(change("make it night"))).pictures


async def test_what_was_deleted_is_not_built_on(ledger: Ledger, picturing: Picturing) -> None:
    earlier = await shown(ledger)
    deleting = Deleting(ledger._writer, ledger._keys)
    assert await deleting.delete(earlier.id.hex, ANA, operator=False) == "deleted"
    for flags in ({"do": "vary"}, {"do": "reroll"}):
        asked = change("Vary", of=earlier.id.hex, **flags)
        assert "cannot be read any more" in await refusal(picturing, asked)


async def test_a_reroll_is_the_same_request_with_another_seed(
    ledger: Ledger, picturing: Picturing
) -> None:
    flags = {"size": "64x64", "seed": "7"}
    earlier = await shown(ledger, prompt="my secret wish", flags=flags)
    asked = request("Reroll", verb="imagine", flags={"do": "reroll", "of": earlier.id.hex})
    again = await picturing.gather(asked)
    assert (again.verb, again.prompt, again.flags) == (
        "imagine", "my secret wish", {"size": "64x64"},
    )  # fmt: skip
    assert again.id == asked.id, "which its seed comes from"
    others = await picturing.gather(replace(asked, user=BO))
    assert others.prompt == "a red heart", "what was typed stays with who typed it"


async def test_where_it_is_from_is_read_from_the_file(ledger: Ledger, picturing: Picturing) -> None:
    marked = mark(PNG, Origin(producer="F", model="m", number=1, details={"seed": "7"})).png
    earlier = await shown(ledger, Image(marked, "a red heart", 999))
    asked = request("Info", verb="origin", flags={"of": earlier.id.hex})
    (line,) = (await picturing.gather(asked)).context
    assert json.loads(line.text)["own"] == {"seed": "7"}
    sheet = await shown(ledger, Grid((Image(marked, "a"), Image(marked, "b")), "2", PNG))
    asked = request("Info", verb="origin", flags={"of": sheet.id.hex})
    assert len((await picturing.gather(asked)).context) == 2
    assert "web page" in await refusal(
        sent(picturing, F1=b"<html>"), request("", verb="origin", flags={"files": "F1"})
    )


@dataclass
class Linking:
    """Channels, each with a thread; it notes what it was asked to read."""

    lines: tuple[Line, ...] = ()
    read: list[tuple[Destination, str]] = field(default_factory=list)

    async def gather(self, request: Request) -> Request:
        self.read.append((request.reply_to, request.flags.get("at", "")))
        return replace(request, context=self.lines)


@dataclass
class Told(Sources):
    """Lets a link lead to one channel."""

    @override
    async def refusal(self, source: str, to: str, owner: UserId) -> Refusal | None:
        return None if (source, to, owner) == ("C7", ANA, ANA) else "readers"


LINK = "https://a.slack.com/archives/{}/p1764554400000100"


async def test_a_link_leads_to_one_message_that_who_asks_may_read(
    ledger: Ledger, picturing: Picturing
) -> None:
    sheet = await shown(ledger, Grid((HEART, HEART), "two", PNG))
    there = Linking((Line("atelier", "", "1.0", answers=sheet.id.hex),))
    place = replace(picturing, inner=there, sources=Told())
    mine = Destination(channel="C1", only_for=ANA)
    asked = request(f"信息 {LINK.format('C7')}", verb="origin", reply_to=mine)
    gathered = await place.gather(asked)
    assert len(gathered.context) == 2, "every picture of the sheet"
    assert gathered.reply_to == mine
    assert (gathered.flags, gathered.prompt) == ({"of": sheet.id.hex}, asked.prompt)
    spot = Destination(channel="C7", thread_ts="1764554400.000100")
    assert there.read == [(spot, "1764554400.000100")]
    assert "无法" in await refusal(place, replace(asked, reply_to=Destination(channel="C1")))
    english = request(f"info {LINK.format('C8')}", verb="origin", reply_to=mine)
    assert "may not read" in await refusal(place, english)
    assert len(there.read) == 1


async def test_info_in_a_thread_is_about_the_last_picture_or_the_one_with_that_number(
    ledger: Ledger, picturing: Picturing
) -> None:
    sheet = await shown(ledger, Grid((HEART, replace(HEART, alt="a cat")), "two", PNG))
    for words, count in (("info", 2), ("信息", 2), ("info #2", 1), ("信息 第2张", 1)):
        asked = request(words, verb="origin", reply_to=THREAD)
        assert len((await said(picturing, sheet).gather(asked)).context) == count
    assert "from 1 to 2" in await refusal(said(picturing, sheet), replace(asked, prompt="info #3"))
