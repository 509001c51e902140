from bot.ledger.usage import Total
from bot.settings import Verb, load
from bot.views.home import home
from tests.bot.builders import verb
from tests.bot.shown import BLOCKS, SECTION, said


def blocks(view: dict[str, object]) -> list[dict[str, object]]:
    found = view["blocks"]
    assert isinstance(found, list)
    return found


def texts(view: dict[str, object]) -> str:
    return "\n".join(
        said(block) for block in blocks(view) if "text" in block or "elements" in block
    )


def test_home_says_what_can_be_asked_and_what_was_used() -> None:
    totals = [Total("Qwen/Qwen3", 3, 1000, 12345, 0, 9), Total("painter", 1, 0, 0, 2, 8)]
    shown = texts(home({"ask": verb(help="Ask <us>", example="/ask a & b")}, totals, 2))
    assert "*ask* — Ask &lt;us&gt;\n`/ask a &amp; b`" in shown
    assert "*Qwen/Qwen3*: 3 requests, 12,345 tokens, 0 pictures" in shown
    assert "*painter*: 1 requests, 0 tokens, 2 pictures" in shown
    assert "2 of your requests" in shown


def test_home_of_somebody_new_says_so() -> None:
    assert "Nothing yet." in texts(home({"ask": verb()}, [], 0))


def test_home_is_a_view_within_slacks_limits() -> None:
    verbs: dict[str, Verb] = load().verbs
    view = home(verbs, [Total(f"model-{n}", 1, 1, 1, 1, 1) for n in range(20)], 0)
    assert view["type"] == "home"
    assert len(blocks(view)) <= 2 * BLOCKS  # a view takes 100
    for block in blocks(view):
        if block["type"] == "section":
            assert 0 < len(said(block)) <= SECTION
