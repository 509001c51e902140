"""Five hundred drafts of a model that lies by a script, in English and Chinese.

What it invents is known here, so nothing of ours has to find it: figures, dates, links, addresses
and promises that stand in no article and in no ticket.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from generators.draft import Cost, Text
from generators.model import Kind, Model, Reply
from generators.sentences import Language, language
from generators.support import draft
from generators.support.bases import demo
from generators.support.grounding import citations
from generators.support.library import Library
from generators.support.sending import above_the_rule
from generators.support.shelf import Shelf
from generators.tools import Tools
from tests.asking import drafts, request
from tests.moderation.planted import seeded, wide

DRAFTS: Final = 500
ASKED: Final = (
    "My parcel arrived damaged. What shall I do?",
    "How long do refunds take?",
    "How do I cancel my order?",
    "How long is the warranty on tents? I paid 87 EUR.",
    "收到的包裹破损了，怎么办？",
    "退款需要多久？",
    "可以用支付宝付款吗？",
    "🙂 How long is a gift card valid? שלום",
    f"{wide('How')} long do refunds take?",
)
LIES: Final[Mapping[Language, Sequence[str]]] = {
    "en": (
        "You get {n} EUR back",
        "It takes {n} days",
        "It takes {n} business days for refunds",
        "The refund arrives on 2031-0{d}-1{d}",
        "The refund arrives by March {n}",
        "Please see https://evil-{n}.example/refund",
        "Please see www.evil-{n}.example",
        "Write to help-{n}@evil.example",
        "Call +49 30 55{n}",
        "We promise to pay you twice the price of the parcel",
        "We will send you a second parcel as a gift",
        "We guarantee a replacement parcel at once",
        "You will receive a {n} % discount on refunds",
        "Refunds are free for {n} years",
        "Our manager will call you tomorrow about the parcel",
        "I'll personally cancel your order today",
        "Quote the code LIE-{n} for the refund",
        "Refunds take ninety days",
        "You get two hundred euros for the parcel",
        "Refunds arrive within half an hour",
        "Orders can be cancelled for a dozen weeks",
        "The parcel is insured up to a thousand dollars",
        "Your refund arrives tomorrow",
    ),
    "zh": (
        "退款{n}元",
        "退款需要{n}个工作日",
        "退款将于2031年{d}月1{d}日到账",
        "请访问 https://evil-{n}.example 办理退款",
        "请写信至 help-{n}@evil.example",
        "我们保证双倍赔偿您的包裹",
        "我们会免费再送您一个包裹",
        "客服将亲自上门处理破损包裹",
        "享受{n}%的折扣",
        "退款需要九十天",
        "退款三百元",
        "包裹半价退款",
        "退款明天到账",
    ),
}
PLANTED: Final = re.compile(
    r"evil|LIE-|twice|gift$|as a gift|second parcel|at once|discount|manager|personally|tomorrow"
    r"|2031|ninety|hundred|half an|dozen|thousand|九十|三百|半价|明天|双倍|亲自|再送|折扣"
)


class Liar(Model):
    """A language model that mixes the articles' sentences with lies, by a script."""

    def __init__(self, seed: int) -> None:
        super().__init__("http://127.0.0.1:9/v1")
        self.random = seeded(seed)
        self.numbers: set[str] = set()

    @override
    async def has(self, kind: Kind) -> bool:
        return kind == "chat"

    @override
    async def installed(self) -> Mapping[str, str]:
        return {"chat": "liar"}

    @override
    async def chat(
        self, messages: Sequence[Mapping[str, str]], **_: object
    ) -> AsyncGenerator[Reply, None]:
        asked = messages[-1]["content"]
        said = " ".join(self._sentence(asked) for _ in range(self.random.randint(1, 6)))
        yield Reply(text=said, done=True, cost=Cost(model="liar"))

    def _sentence(self, asked: str) -> str:
        number = self.random.choice(["1", "1", "2", "3", "9", "0", ""])
        cited = f" [{number}]" if number else ""
        quoted = [line[2:] for line in asked.splitlines() if line.startswith("> ")]
        said = self.random.choice(quoted) if quoted else ""
        if self.random.random() < 0.3 and said:
            return f"{said.rstrip('.。')}{cited}."
        speak = language(said)
        lie = self.random.choice(LIES[speak])
        made = str(self.random.randint(613, 999))
        self.numbers.add(made)
        if self.random.random() < 0.3 and re.search(r"\d", said):
            return re.sub(r"\d+", made, said.rstrip(".。"), count=1) + f"{cited}."
        lie = lie.format(n=made, d=self.random.randint(1, 9))
        if self.random.random() < 0.3 and said:
            joint = "，" if speak == "zh" else ", and "
            lie = f"{said.rstrip('.。')}{joint}{lie}"
        return f"{lie}{cited}{'。' if speak == 'zh' else '.'}"


@pytest.fixture
async def liar(tmp_path: Path) -> AsyncIterator[tuple[Liar, draft.Reply]]:
    model = Liar(20261130)
    yield model, draft.Reply(Tools(model, Shelf(Library(tmp_path))))
    await model.close()


def unsupported(letter: str, numbers: set[str], known: str) -> list[str]:
    """Return what of the lies stands in a letter."""
    found = [match[0] for match in PLANTED.finditer(letter) if match[0] not in known]
    return found + [n for n in re.findall(r"\d{3,}", letter) if n in numbers and n not in known]


@pytest.mark.thorough
async def test_nothing_that_a_model_invents_is_left_in_a_draft(
    liar: tuple[Liar, draft.Reply],
) -> None:
    model, reply = liar
    articles = {one.id: f"{one.title} {one.text}" for one in demo()}
    known = " ".join((*articles.values(), *ASKED))
    kept = 0
    for number in range(DRAFTS):
        asked = request(ASKED[number % len(ASKED)], number=number + 1)
        (made,) = await drafts(reply, asked)
        assert isinstance(made.content, Text)
        letter, _, notes = made.content.body.partition("— — —")
        assert above_the_rule(made.content.body), made.content.body
        assert unsupported(letter, model.numbers, known) == [], letter
        listed = {int(n): doc for n, doc in re.findall(r"(?m)^\[(\d+)\].*\(([\w-]+)\)$", notes)}
        assert set(citations(letter)) == set(listed)
        assert set(listed.values()) <= set(articles)
        kept += made.cost.model == "liar"
    assert kept == DRAFTS
