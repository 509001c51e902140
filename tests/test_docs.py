"""The papers are true: their examples run, their links lead somewhere, their commands exist."""

import ast
import hashlib
import pkgutil
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from bot.__main__ import command_line
from bot.core import core
from bot.intake.grammar import Parsed, parse
from bot.manifest import manifest
from bot.settings import Settings, load
from bot.terminal import answer

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OTHERS = [ROOT / name for name in ("Dockerfile", ".dockerignore", "atelier.toml.example")]
APACHE_2_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""The text at apache.org/licenses/LICENSE-2.0.txt."""
PAGE_WORDS = 900
"""What a newcomer reads from top to bottom."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[(?:[^\]\\]|\\.)*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:(?<=\.venv/bin/)|(?<![/@\w.\-]))atelier +([a-z][^|#\n]*)")
_MAKE = re.compile(r"(?<![\w.])make ([a-z]+)")
_OBJECT = re.compile(r"`((?:bot|generators|moderation)[a-z_.]*:\w+(?:\.\w+)*)`")
_SETTING = re.compile(r'#(?=[a-z"\[])')
_HERE = re.compile(r"/work/|/tmp/|/root/|/home/(?!atelier/)|index-url|pypi|/simple/", re.IGNORECASE)


class Block(NamedTuple):
    """A fenced block and where it is from."""

    file: str
    language: str
    body: str


def blocks(*languages: str) -> list[Any]:
    found = (
        Block(path.name, match[2], re.sub(f"^{match[1]}", "", match[3], flags=re.MULTILINE))
        for path in DOCS
        for match in _FENCE.finditer(path.read_text(encoding="utf-8"))
    )
    named = [block for block in found if block.language in languages]
    return [pytest.param(block, id=f"{block.file}-{n}") for n, block in enumerate(named)]


def prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    headings = _HEADING.findall(prose(path))
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def modules(pattern: str) -> list[Path]:
    """Return the modules of a name in our packages, but for the migrations that Alembic runs."""
    found = [
        path.relative_to(ROOT)
        for package in ("bot", "generators", "moderation", "workspace")
        for path in (ROOT / package).rglob(pattern)
    ]
    return [path for path in found if "migrations" not in path.parts]


def commands(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    code = [match[3] for match in _FENCE.finditer(text)] + _SPAN.findall(prose(path))
    for piece in code:
        yield from (found[1] for found in _COMMAND.finditer(piece))


def settings_from(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    file = tmp_path / "given.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("ATELIER_CONFIG", str(file))
    return load(data=tmp_path / "data")


def uncommented() -> str:
    lines = (ROOT / "atelier.toml.example").read_text(encoding="utf-8").splitlines()
    return "\n".join(_SETTING.sub("", line, count=1) for line in lines)


def test_the_expected_papers_are_found() -> None:
    names = {path.name for path in DOCS}
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"} <= names
    assert {"CHANGELOG.md", "slack.md", "models.md", "moderation.md", "operating.md"} <= names
    assert blocks("bash")
    assert blocks("console")
    assert blocks("toml")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    links = [link for link in _LINK.findall(prose(path)) if not re.match(r"https?:|mailto:", link)]
    targets = [(link, path.parent / link.split("#")[0]) for link in links]
    missing = [link for link, target in targets if not target.exists()]
    lost = [
        link
        for link, target in targets
        if "#" in link and target.exists() and link.partition("#")[2] not in anchors(target)
    ]
    assert not missing
    assert not lost


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_and_option_exists(path: Path) -> None:
    for line in commands(path):
        command: Any = typer.main.get_command(command_line())
        words = shlex.split(line)
        while hasattr(command, "commands"):
            name = words.pop(0)
            assert name in command.commands, line
            command = command.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, line


def test_the_readme_names_commands_at_all() -> None:
    assert {"manifest", "engine", "bot", "audit"} <= set(commands(ROOT / "README.md"))


@pytest.mark.parametrize("block", blocks("bash"))
def test_shell_blocks_are_shell_and_their_targets_exist(block: Block) -> None:
    bash = shutil.which("bash")
    assert bash
    checked = subprocess.run(  # noqa: S603 - bash -n runs nothing
        [bash, "-n"], input=block.body, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in _MAKE.findall(block.body):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("block", blocks("console"))
def test_shown_output_is_what_the_command_prints(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line, _, shown = block.body.partition("\n")
    found = re.fullmatch(r"\$ (?:echo '(?P<given>.*)' \| )?\.venv/bin/atelier (?P<rest>.*)", line)
    assert found, line
    ran = CliRunner().invoke(command_line(), shlex.split(found["rest"]), input=found["given"])
    assert ran.stdout == shown


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_that_are_shown_can_be_used(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tomllib.loads(block.body)
    assert tables
    settings = settings_from(block.body, tmp_path, monkeypatch)
    assert settings.verbs.keys() >= tables.get("verbs", {}).keys()


CONTRIBUTING = "CONTRIBUTING.md"


def test_python_that_is_shown_is_python() -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for block in (one.values[0] for one in blocks("python")):
        compile(block.body, block.file, "exec", flags)


async def test_the_generator_of_contributing_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = [one.values[0] for one in blocks("python") if one.values[0].file == CONTRIBUTING]
    (table,) = [one.values[0] for one in blocks("toml") if one.values[0].file == CONTRIBUTING]
    assert program.body == (ROOT / "generators" / "echo.py").read_text(encoding="utf-8")
    settings = settings_from(table.body, tmp_path, monkeypatch)
    example = settings.verbs["echo"].example
    assert parse(example.removeprefix("/"), settings.verbs) == Parsed("echo", "good morning")
    slash = manifest(settings.verbs)["features"]["slash_commands"]
    assert "/echo" in {command["command"] for command in slash}
    async with core(settings) as parts:
        assert await answer(parts, "echo", "good morning", {})
    assert capsys.readouterr().out == "good morning\n"


def test_the_example_settings_are_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = settings_from("", tmp_path, monkeypatch)
    given = settings_from(uncommented(), tmp_path, monkeypatch)
    assert given.verbs.keys() - plain.verbs.keys() == {"echo"}
    assert given.verbs["ask"].options == {"kb": "", "top": 5}
    without = {"verbs": plain.verbs}
    assert given.model_copy(update=without) == plain


def test_the_example_settings_name_every_key() -> None:
    tables = tomllib.loads(uncommented())
    secrets = {"slack_bot_token", "slack_app_token", "slack_signing_secret"}
    assert tables.keys() == Settings.model_fields.keys() - secrets
    for name in ("engine", "policy"):
        model: Any = Settings.model_fields[name].annotation
        assert tables[name].keys() == model.model_fields.keys()
    verb = tables["verbs"]["echo"].keys() | {"options"}
    assert verb == type(load(data=Path("unused")).verbs["ask"]).model_fields.keys()


def test_as_it_is_the_example_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "atelier.toml.example").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {}
    as_it_is = settings_from(text, tmp_path, monkeypatch)
    assert as_it_is == settings_from("", tmp_path, monkeypatch)


def test_the_licence_is_apache_2() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_SHA256


@pytest.mark.parametrize("path", [*DOCS, *OTHERS], ids=lambda path: path.name)
def test_no_paper_names_a_machine_or_a_package_index(path: Path) -> None:
    assert not _HERE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_object_that_is_named_exists(path: Path) -> None:
    for name in _OBJECT.findall(path.read_text(encoding="utf-8")):
        assert callable(pkgutil.resolve_name(name)), name


def test_the_life_of_a_request_names_an_object_in_each_step() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    life = text.partition("## The life of a request")[2].partition("\n## ")[0]
    steps = re.split(r"^\d\. ", life, flags=re.MULTILINE)[1:]
    assert len(steps) == 8
    assert all(_OBJECT.search(step) for step in steps)


def test_the_architecture_is_a_page_that_names_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("## Packages")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)
    assert set(named) == {".".join(module.parent.parts) for module in modules("__init__.py")}
    assert len(text.split()) <= PAGE_WORDS


def test_the_first_line_of_every_module_says_what_it_is_for() -> None:
    unsaid = [
        module.as_posix()
        for module in modules("*.py")
        if not (ROOT / module).read_text(encoding="utf-8").startswith('"""')
    ]
    assert unsaid == []


def test_the_architecture_links_every_promise_to_a_test_of_it() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| P(\d) \|.*?\[`(test_p(\d)_\w+)`\]\(([\w/.]+)\)", text, re.MULTILINE)
    assert [row[0] for row in rows] == [row[2] for row in rows] == list("12345678")
    for _, test, _, file in rows:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_table_of_targets_is_the_makefile() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony
    table = prose(ROOT / "CONTRIBUTING.md")
    assert set(re.findall(r"^\| `make ([a-z]+)`", table, re.MULTILINE)) == set(phony[1].split())


def test_the_readme_says_of_every_promise_how_it_stands() -> None:
    table = prose(ROOT / "README.md")
    rows = dict(re.findall(r"^\| (P\d) \|.*\| (.+) \|$", table, re.MULTILINE))
    assert list(rows) == [f"P{n}" for n in range(1, 9)]
    assert all(re.match(r"held|not yet|acknowledged after", said) for said in rows.values())


def test_only_the_engine_image_has_torch_and_neither_runs_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    base, bot, engine = re.split(r"^FROM .* AS (?:bot|engine)$", text, flags=re.MULTILINE)
    assert "pip install" not in base
    assert "torch" not in bot
    assert "pip install --constraint constraints.txt torch" in engine
    assert all(re.search(r"^USER atelier$", stage, re.MULTILINE) for stage in (bot, engine))
    assert "HEALTHCHECK" in engine
    assert "8401/livez" in bot


def test_the_images_get_what_the_packages_need() -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["readme"] in kept
    assert {"bot/", "generators/", "moderation/", "workspace/", "constraints.txt"} <= set(kept)
    assert all((ROOT / name).exists() for name in kept)
