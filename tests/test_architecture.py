"""What no import rule can see: read from the source, and from a fresh interpreter."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "generators", "moderation", "workspace")
BOT = sorted(path for path in ROOT.joinpath("bot").rglob("*.py") if "migrations" not in path.parts)
OURS = sorted(
    path
    for package in PACKAGES
    for path in ROOT.joinpath(package).rglob("*.py")
    if "migrations" not in path.parts
)
WRITER = ROOT / "bot" / "delivery"

HANDED_OVER_BY_BOLT = {"say", "respond", "ack", "set_status", "say_stream", "set_title", "client"}
MAY_HOLD_A_CLIENT = {
    "bot/assemble.py",
    "bot/intake/app.py",
    "bot/intake/connecting.py",
    "bot/intake/reading.py",
}
READS = {"conversations_replies", "conversations_history", "users_info", "auth_test", "files_info"}
"""The Web API methods that code outside `bot/delivery` may call."""
WEB_API = (
    "chat_",
    "files_",
    "views_",
    "reactions_",
    "pins_",
    "conversations_",
    "users_",
    "assistant_",
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def parameters(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            given = node.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            yield from (argument.arg for argument in every if argument)


def attributes(module: ast.Module) -> Iterator[str]:
    yield from (node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute))


def forbidden_parameters(path: Path) -> set[str]:
    """Return the parameters by which something other than delivery could be handed a way out."""
    found = HANDED_OVER_BY_BOLT & set(parameters(tree(path)))
    allowed = (
        {"client"} if named(path) in MAY_HOLD_A_CLIENT or WRITER in path.parents else set[str]()
    )
    return found - allowed


def forbidden_calls(path: Path) -> set[str]:
    if WRITER in path.parents:
        return set()
    return {name for name in attributes(tree(path)) if name.startswith(WEB_API)} - READS


@pytest.mark.parametrize("path", BOT, ids=named)
def test_nobody_but_delivery_is_handed_a_way_to_write(path: Path) -> None:
    assert forbidden_parameters(path) == set()


@pytest.mark.parametrize("path", BOT, ids=named)
def test_nobody_but_delivery_calls_what_writes(path: Path) -> None:
    assert forbidden_calls(path) == set()


@pytest.mark.parametrize(
    "source",
    [
        "async def on_message(event, say): ...",
        "def on_action(ack, respond): ...",
        "def on_shortcut(*, client): ...",
        "late = lambda client: client",
    ],
)
def test_a_listener_of_the_usual_kind_would_be_seen(source: str) -> None:
    assert HANDED_OVER_BY_BOLT & set(parameters(ast.parse(source)))


@pytest.mark.parametrize("call", ["chat_postMessage", "files_upload_v2", "views_open"])
def test_a_call_of_the_usual_kind_would_be_seen(call: str) -> None:
    module = ast.parse(f"async def f(slack): await slack.client.{call}(channel='C1')")
    assert {name for name in attributes(module) if name.startswith(WEB_API)} == {call}


def test_delivery_itself_would_be_seen_elsewhere() -> None:
    calls = set(attributes(tree(WRITER / "slack.py")))
    assert {"chat_postMessage", "chat_update", "files_completeUploadExternal"} <= calls


def state(module: ast.Module) -> Iterator[str]:
    """Yield the names in lower case, without the `_` of what is private, assigned at the top."""
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) and node.value else targets
        value = getattr(node, "value", None)
        if isinstance(
            value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
        ):
            yield from (t.id for t in targets if isinstance(t, ast.Name) and t.id != t.id.upper())


@pytest.mark.parametrize("path", OURS, ids=named)
def test_no_module_has_state(path: Path) -> None:
    assert [name for name in state(tree(path)) if name != "__all__"] == []
    assert not any(isinstance(node, ast.Global) for node in ast.walk(tree(path)))


def late_imports(module: ast.Module) -> set[str]:
    """Return our own modules that are imported inside a function."""
    inside = [
        node
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    ]
    found = {node.module or "" for node in inside if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in inside if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in found if name.split(".")[0] in PACKAGES}


@pytest.mark.parametrize("path", OURS, ids=named)
def test_no_import_of_ours_waits(path: Path) -> None:
    assert late_imports(tree(path)) == set()


def test_a_late_import_would_be_seen() -> None:
    module = ast.parse("def f():\n    from bot.ledger import tables\n    import generators.echo")
    assert late_imports(module) == {"bot.ledger", "generators.echo"}


def loaded(statement: str, *names: str) -> set[str]:
    """Return which of the packages a fresh interpreter has loaded after a statement."""
    wanted = f"print(*({{m.split('.')[0] for m in sys.modules}} & set({names!r})))"
    child = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", f"import sys\n{statement}\n{wanted}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(child.stdout.split())


def test_the_bot_and_all_its_generators_load_no_torch() -> None:
    defaults = tomllib.loads(ROOT.joinpath("bot", "defaults.toml").read_text(encoding="utf-8"))
    modules = sorted({verb["use"].split(":")[0] for verb in defaults["verbs"].values()})
    statement = f"import bot.running, bot.__main__, {', '.join(modules)}"
    heavy = ("torch", "transformers", "diffusers", "accelerate", "workspace")
    assert loaded(statement, *heavy, "bot") == {"bot"}


def test_the_workspace_loads_nothing_of_the_bot() -> None:
    strangers = ("bot", "generators", "moderation", "slack_sdk", "slack_bolt", "sqlmodel", "torch")
    assert loaded("import workspace.app", *strangers, "workspace") == {"workspace"}
