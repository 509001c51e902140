"""What a button is about: an answer that people still see, and nothing else."""

from dataclasses import dataclass, field

import pytest

from bot.ledger.ledger import Ledger
from bot.ledger.recall import Recall
from bot.recalling import Recalling
from generators.code.job import job_of
from generators.draft import Code, Content, PromptRejected, Request, Text
from tests.bot.builders import ANA, BO, assessment, draft, request
from tests.bot.ledger.working import claimed

CODE = Code("x = '```'\n", "python", "passed", tests="def test_x():\n    assert 1\n")


@dataclass
class Place:
    """Where messages would be read."""

    asked: list[Request] = field(default_factory=list)

    async def gather(self, request: Request) -> Request:
        self.asked.append(request)
        return request


@pytest.fixture
def recalling(ledger: Ledger) -> Recalling:
    return Recalling(Place(), Recall(ledger._writer, ledger._keys))


async def made(ledger: Ledger, content: Content = CODE, prompt: str = "set x") -> Request:
    asked = request(prompt, verb="code")
    lease = await claimed(ledger, asked)
    await ledger.settle(lease, draft(asked, content), assessment(content), "delivered")
    await ledger.done(lease, "delivered")
    return asked


def about(earlier: Request, **given: object) -> Request:
    flags = {"do": "fix", "of": earlier.id.hex}
    return request("修复", verb="code", flags=flags, **given)


async def test_the_program_and_its_tests_become_the_prompt(
    ledger: Ledger, recalling: Recalling
) -> None:
    asked = await recalling.gather(about(await made(ledger)))
    job = job_of(asked)
    assert job.program is not None
    assert (job.act, job.words, job.speak) == ("fix", "set x", "zh")
    assert (job.program.source, job.program.language) == (CODE.source, "python")
    assert job.tests == CODE.tests
    assert asked.flags == {"do": "fix"}


async def test_a_program_is_there_as_soon_as_its_message_is(
    ledger: Ledger, recalling: Recalling
) -> None:
    asked = request("set x", verb="code")
    lease = await claimed(ledger, asked)
    await ledger.settle(lease, draft(asked, CODE), assessment(CODE), "delivered")
    assert job_of(await recalling.gather(about(asked))).program is not None


async def test_words_that_somebody_else_typed_stay_with_them(
    ledger: Ledger, recalling: Recalling
) -> None:
    earlier = await made(ledger, prompt="my secret wish")
    assert "secret wish" in (await recalling.gather(about(earlier, user=ANA))).prompt
    assert "secret wish" not in (await recalling.gather(about(earlier, user=BO))).prompt


async def test_again_and_again_the_words_do_not_grow(ledger: Ledger, recalling: Recalling) -> None:
    first = await recalling.gather(about(await made(ledger)))
    second = await recalling.gather(about(await made(ledger, prompt=first.prompt)))
    assert second.prompt == first.prompt


async def test_what_is_gone_or_is_no_program_is_not_asked_about(
    ledger: Ledger, recalling: Recalling
) -> None:
    words = await made(ledger, Text("five days"))
    waiting = request(verb="code")
    await ledger.accept(waiting)
    for earlier in (words, waiting, request()):
        with pytest.raises(PromptRejected, match="已无法读取"):
            await recalling.gather(about(earlier))


async def test_other_requests_are_gathered_as_ever(recalling: Recalling) -> None:
    asked = request("why?")
    assert await recalling.gather(asked) is asked
    assert isinstance(recalling.inner, Place)
    assert recalling.inner.asked == [asked]
