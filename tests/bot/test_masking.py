"""No model sees whose message it is, and the answer says it again."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from typing_extensions import override

from bot.ledger.ledger import Ledger
from bot.masking import Masked, Restored
from bot.settings import load
from generators.draft import Cost, EngineUnavailable, Request
from generators.draft import Line as Said
from generators.host import Kind
from generators.model import Model, Reply
from generators.support import draft as support
from generators.support.library import Library
from generators.support.shelf import Shelf
from generators.tools import Tools
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.threads import Threads
from tests.bot.builders import request
from tests.bot.line import Line, Unread
from tests.bot.unsealing import allowed, asked
from tests.generators.support.hashed import Hashed
from tests.moderation.planted import card, email, german_iban, mobile, resident_id, seeded, wide

TELLING: Final = Policy.model_validate({"input": {"pii": "allow"}, "output": {"pii": "allow"}})
"""The gate redacts nothing of it, so that only stand-ins keep it from models."""
TICKETS: Final = (
    "How long do refunds take? My mail is {email}, my card {card}, my IBAN {iban}. 🙂",
    "退款需要多久？我的手机号是{mobile}，身份证号{resident}，邮箱{email}。",
    "How long do refunds take? Write to {wide} or call {mobile}, שלום",
    "收到的包裹破损了，怎么办？请联系{email}或{mobile}。",
)


class Heard(Model):
    """A model that keeps what it is told, chat and texts to embed, and answers with its script."""

    def __init__(self, said: str = "") -> None:
        super().__init__("http://127.0.0.1:9/v1")
        self.said = said
        self.hashed = Hashed()
        self.heard: list[str] = []

    @override
    async def has(self, kind: Kind) -> bool:
        return kind == "chat"

    @override
    async def installed(self) -> Mapping[str, str]:
        return {"chat": "tiny", "embed": "hashed"}

    @override
    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        user: str = "",
    ) -> AsyncGenerator[Reply, None]:
        del max_tokens, temperature, seed, user
        self.heard += [message["content"] for message in messages]
        yield Reply(text=self.said, cost=Cost(model="tiny"), done=True)

    @override
    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.heard += texts
        return await self.hashed.embed(texts)


@pytest.fixture
async def model() -> AsyncIterator[Heard]:
    made = Heard()
    yield made
    await made.close()


def line(ledger: Ledger, model: Heard, folder: Path, policy: Policy = TELLING) -> Line:
    """Return a pipeline whose drafts are masked as the settings say."""
    gate = Gate(standard(policy), policy)
    made = Line(ledger, gate=gate)
    reply = Restored(support.Reply(Tools(model, Shelf(Library(folder), model))))
    reading = Masked.of(made.reading, gate, load(data=folder).verbs)
    made.pipeline = made.made(generators={"draft": reply}, reading=reading)
    return made


def planted(random: Random) -> dict[str, str]:
    return {
        "email": email(random),
        "card": card(random),
        "iban": german_iban(random),
        "mobile": mobile(random),
        "resident": resident_id(random),
        "wide": wide(email(random)),
    }


async def test_no_model_and_no_row_has_what_was_planted(
    ledger: Ledger, model: Heard, tmp_path: Path, db: str
) -> None:
    made = line(ledger, model, tmp_path)
    given: set[str] = set()
    for seed in range(5):
        for ticket in TICKETS:
            values = planted(seeded(seed))
            given |= {value for name, value in values.items() if f"{{{name}}}" in ticket}
            reply = await made.answer(request(ticket.format(**values), verb="draft"))
            assert "[1]" in reply
    heard = "\n".join([*model.heard, *(one.prompt for one in asked(db))])
    assert len(model.heard) > 2 * 5 * len(TICKETS)
    assert [value for value in given if value in heard] == []
    if not db.startswith("postgresql"):
        stored = await asyncio.to_thread(Path(db.removeprefix("sqlite:///")).read_bytes)
        assert [value for value in given if value.encode() in stored] == []


async def test_what_a_model_writes_with_stand_ins_is_shown_with_what_they_stand_for(
    ledger: Ledger, model: Heard, tmp_path: Path, db: str
) -> None:
    address = email(seeded(3))
    model.said = (
        "Your refund for [email 1] is booked within 7 business days [1, 2]. See [email 7] [2]."
    )
    made = line(ledger, model, tmp_path)
    reply = await made.answer(request(f"How long do refunds take? {address}", verb="draft"))
    assert f"Your refund for {address} is booked within 7 business days. [1][2]" in reply
    assert "[email 7]" not in reply
    assert any(address in said for said in allowed(db))


async def test_the_messages_of_a_thread_are_masked_with_one_table(tmp_path: Path) -> None:
    random = seeded(5)
    ana, bo = email(random), email(random)
    told = (Said("c", f"I am {ana}", "1.0"), Said("c", f"{bo} 和 {ana}\0", "2.0"))
    policy = Policy(allow=frozenset({"help@shop.test"}))
    verbs = load(data=tmp_path).verbs
    reading = Masked.of(Unread(context=told), Gate(standard(policy), policy), verbs)
    found = await reading.gather(request(f"{bo}, help@shop.test", verb="draft"))
    assert found.prompt == "[email 1], help@shop.test"
    assert [one.text for one in found.context] == ["I am [email 2]", "[email 1] 和 [email 2] "]
    assert dict(found.stand_ins) == {"[email 1]": bo, "[email 2]": ana}
    assert ana not in repr(found)
    other = await reading.gather(request(bo))
    assert other.prompt == bo


async def test_what_the_policy_refuses_is_left_for_it_to_refuse(
    ledger: Ledger, model: Heard, tmp_path: Path
) -> None:
    strict = Policy.model_validate({"input": {"pii": "hold"}})
    made = line(ledger, model, tmp_path, strict)
    await made.answer(request(f"Refund? {email(seeded(1))}", verb="draft"))
    assert not model.heard
    assert strict.action("pii.email", Direction.INPUT) is Action.HOLD


async def test_where_nobody_can_look_no_model_is_asked() -> None:
    policy = Policy(check_timeout_s=0.01)
    stuck = Threads(abandoned=0)
    reading = Masked(
        inner=Unread(), gate=Gate(standard(), policy), verbs=frozenset({"draft"}), threads=stuck
    )
    with pytest.raises(EngineUnavailable):
        await reading.gather(request("Refund?", verb="draft"))


async def test_closing_it_closes_what_it_wraps() -> None:
    closed = asyncio.Event()

    class Endless:
        async def drafts(self, request: Request) -> AsyncIterator[support.Draft]:
            try:
                while True:
                    yield support.Draft(
                        request=request, content=support.Text("x"), cost=support.COST
                    )
            finally:
                closed.set()

    drafts = Restored(Endless()).drafts(request())
    assert isinstance(drafts, AsyncGenerator)
    await anext(drafts)
    await drafts.aclose()
    assert closed.is_set()
