from generators.draft import Text
from generators.echo import Echo
from generators.model import Model
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_engine import closed_url
from tests.fake_knowledge import Shelf


async def test_echo_says_the_prompt_a_word_more_at_a_time() -> None:
    model = Model(closed_url())
    said = await drafts(Echo(Tools(model, Shelf())), request("你好 big world"))
    assert [draft.content for draft in said] == [
        Text("你好"),
        Text("你好 big"),
        Text("你好 big world"),
    ]
    assert said[-1].cost.output_tokens == 3
    await model.close()
