import os
from pathlib import Path

import pytest

from bot.intake.grammar import Parsed, parse
from bot.settings import DEFAULTS, Settings, SettingsError, Verb, is_loopback, load, without_proxies
from moderation.policy import Action, Direction


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the tests counts."""
    for name in os.environ:
        if name.startswith(("SLACK_", "ATELIER_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "atelier.toml"


def test_the_defaults_alone_are_enough() -> None:
    settings = load()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database == "sqlite:///.atelier/atelier.db"
    assert {"ask", "imagine", "code", "draft", "digest", "help"} <= set(settings.verbs)
    assert settings.slack_bot_token.get_secret_value() == ""


def test_the_defaults_name_no_word_twice() -> None:
    verbs = load().verbs
    names = [name for key, verb in verbs.items() for name in (key, *verb.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.casefold() for name in names)


def test_every_verb_of_the_defaults_says_its_own_example() -> None:
    for name, verb in load().verbs.items():
        parsed = parse(
            verb.example.partition(" ")[2], load().verbs, verb=name if verb.slash else ""
        )
        assert isinstance(parsed, Parsed), verb.example
        assert (verb.help, parsed.verb) == (verb.help.strip(), name)


def test_the_environment_beats_the_file_and_the_file_the_defaults(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text("workers = 3\nmax_queued = 7\n[engine]\nport = 9000\ntimeout_s = 5\n")
    monkeypatch.setenv("ATELIER_WORKERS", "4")
    monkeypatch.setenv("ATELIER_ENGINE__PORT", "9001")
    settings = load(max_queued=8)
    assert (settings.workers, settings.max_queued) == (4, 8)
    assert (settings.engine.port, settings.engine.timeout_s) == (9001, 5)


def test_tokens_are_read_by_slacks_own_names_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    settings = load()
    assert settings.slack_bot_token.get_secret_value() == "xoxb-canary"
    assert "canary" not in repr(settings)


def test_a_verb_is_added_by_three_lines(toml: Path) -> None:
    toml.write_text('[verbs.echo]\nuse = "a:B"\nhelp = "Say it"\nexample = "/echo hi"\n')
    verbs = load().verbs
    assert verbs["echo"] == Verb(use="a:B", help="Say it", example="/echo hi")
    assert "ask" in verbs


def test_one_word_of_a_verb_can_be_changed(toml: Path) -> None:
    toml.write_text('[verbs.ask]\nhelp = "Ask us"\n')
    verb = load().verbs["ask"]
    assert verb.help == "Ask us"
    assert verb.use == "generators.text:Ask"


def test_the_policy_is_a_setting(toml: Path) -> None:
    toml.write_text('[policy.output]\n"pii.email" = "block"\n')
    assert load().policy.action("pii.email", Direction.OUTPUT) is Action.BLOCK


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("colour = 1", "colour"),
        ("[engine]\nmodell = 'x'", "engine.modell"),
        ("[verbs.ask]\nflag = []", "verbs.ask.flag"),
        ("[policy]\nallows = []", "policy.allows"),
        ("workers = 0", "workers"),
        ("workers = 'many'", "workers"),
        ("[engine]\nport = 70000", "engine.port"),
        ("[verbs.new]\nhelp = 'x'", "verbs.new.use"),
        ("[verbs.ask]\nreads = 'everything'", "verbs.ask.reads"),
        ('[policy.output]\npii = "maybe"', "policy.output.pii"),
        ("slack_api_url = 'http://slack.com/api/'", "slack_api_url"),
        ("slack_api_url = 'ftp://127.0.0.1/'", "slack_api_url"),
        ("slack_api_url = ''", "slack_api_url"),
        ("workers = ", "atelier.toml is not valid TOML"),
        ("retention_days = 0", "retention_days"),
        ("retention_days = 500", "metadata_days"),
        ("usage_days = 100", "usage_days"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(toml: Path, written: str, key: str) -> None:
    toml.write_text(written)
    with pytest.raises(SettingsError) as error:
        load()
    sentence = str(error.value)
    assert key in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "name", ["ATELIER_COLOUR", "ATELIER_WORKER", "ATELIER_SLACK_BOT_TOKEN", "ATELIER_POLCY__INPUT"]
)
def test_a_variable_that_is_no_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=name):
        load()


def test_an_unknown_key_inside_a_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_ENGINE__MODELL", "x")
    with pytest.raises(SettingsError, match=r"engine\.modell"):
        load()


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.joinpath("other.toml").write_text("workers = 3")
    monkeypatch.setenv("ATELIER_CONFIG", str(tmp_path / "other.toml"))
    assert load().workers == 3


def test_a_file_that_was_named_must_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ATELIER_CONFIG", str(tmp_path / "misspelt.toml"))
    with pytest.raises(SettingsError, match="misspelt"):
        load()


def test_a_wrong_value_is_not_repeated(toml: Path) -> None:
    toml.write_text("slack_bot_token = ['xoxb-canary']")
    with pytest.raises(SettingsError) as error:
        load()
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/api/",
        "http://127.0.0.1:4040/api",
        "http://localhost/api/",
        "http://[::1]/",
    ],
)
def test_a_token_travels_by_https_or_stays_on_this_machine(url: str) -> None:
    assert load(slack_api_url=url).slack_api_url == f"{url.rstrip('/')}/"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://10.0.0.1/"]
)
def test_what_only_looks_like_this_machine_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="slack_api_url"):
        load(slack_api_url=url)


def test_master_keys_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_MASTER_KEYS", "canary-4471")
    settings = load()
    assert settings.master_keys.get_secret_value() == "canary-4471"
    assert "canary-4471" not in repr(settings) + settings.model_dump_json()
    assert settings.master_key_path == Path(".atelier/master.key")
    assert load(master_key_file="/run/key").master_key_path == Path("/run/key")


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings, "workers", 9)  # noqa: B010 - the type checker refuses the plain form
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings.engine, "port", 9)  # noqa: B010 - the type checker refuses the plain form


def test_another_database_can_be_named(tmp_path: Path) -> None:
    assert load(data=tmp_path).database == f"sqlite:///{tmp_path / 'atelier.db'}"
    assert load(database_url="postgresql://db/atelier").database == "postgresql://db/atelier"
    assert "hunter2" not in repr(load(database_url="postgres://ana:hunter2@db/atelier"))


@pytest.mark.parametrize("url", ["mysql://ana:hunter2@db/atelier", "atelier.db", "hunter2"])
def test_a_database_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database_url .* postgresql://USER") as refused:
        load(database_url=url)
    assert "hunter2" not in str(refused.value)


def test_a_child_gets_no_proxy() -> None:
    given = {"HTTP_PROXY": "x", "https_proxy": "x", "No_Proxy": "y", "WSS_PROXY": "x", "HOME": "/h"}
    assert without_proxies(given) == {"No_Proxy": "y", "HOME": "/h"}


def test_the_defaults_are_part_of_the_package() -> None:
    assert DEFAULTS.is_file()
    assert Settings.model_config.get("extra") == "forbid"


@pytest.mark.parametrize("host", ["127.8.8.8", "::1", "localhost"])
def test_this_machine_has_several_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", None, "0.0.0.0", "slack.com", "127.0.0.1.example", "LOCAL"])  # noqa: S104 - nothing listens
def test_other_machines_are_not_this_one(host: str | None) -> None:
    assert not is_loopback(host)


def test_roles_and_access_come_from_tables(toml: Path) -> None:
    toml.write_text(
        '[roles]\nreviewer = ["U0BO", "S0REVIEWERS"]\n[access]\nchannels = ["C01"]\nguests = true\n'
    )
    settings = load()
    assert settings.roles.reviewer == ("U0BO", "S0REVIEWERS")
    assert settings.roles.groups == {"S0REVIEWERS"}
    assert settings.access.channels == ("C01",)
    assert settings.access.guests
    assert not settings.access.strangers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[roles]\nreviewer = ["@bo"]', "roles.reviewer cannot be used: .*'@bo' is not"),
        ('[roles]\nowner = ["U1"]', "roles.owner, which is no setting"),
        ('[access]\nteams = ["acme"]', "access.teams cannot be used"),
        ('[access]\nguests = "perhaps"', "access.guests cannot be used"),
    ],
)
def test_a_role_that_nobody_could_have_refuses_to_start(toml: Path, text: str, said: str) -> None:
    toml.write_text(text)
    with pytest.raises(SettingsError, match=said):
        load()


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", "https://", "ftp://x"])
def test_slack_posts_to_https_only(url: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        load(public_url=url)
    assert load(public_url="https://bot.example/").public_url == "https://bot.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "rtm"),
        ("log_format", "xml"),
        ("health_port", -1),
        ("http_port", 65536),
        ("drain_s", -1),
        ("drain_s", 7200),
    ],
)
def test_a_way_of_living_that_does_not_exist_is_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=name):
        load(**{name: value})


def test_a_kind_of_model_has_its_own_server_by_a_url_alone_or_a_table(toml: Path) -> None:
    toml.write_text(
        '[engine]\ntext = "http://gpu-1:8000/v1"\n'
        '[engine.image]\nurl = "https://api.example/v1"\nmodel = "dall-e-3"\n',
        encoding="utf-8",
    )
    engine = load().engine
    assert (engine.text.url, engine.text.model) == ("http://gpu-1:8000/v1", "")
    assert (engine.image.url, engine.image.model) == ("https://api.example/v1", "dall-e-3")
    assert engine.embed.url == ""


def test_the_key_of_a_kinds_server_comes_from_the_environment(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text('[engine.image]\nurl = "https://api.example/v1"\n', encoding="utf-8")
    monkeypatch.setenv("ATELIER_ENGINE__IMAGE__API_KEY", "canary-5512")
    image = load().engine.image
    assert (image.url, image.api_key.get_secret_value()) == (
        "https://api.example/v1",
        "canary-5512",
    )
    assert "canary" not in repr(load())


def test_a_priority_is_between_minus_and_plus_a_hundred(toml: Path) -> None:
    assert load().verbs["digest"].priority == 10
    toml.write_text("[verbs.ask]\npriority = 101\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="priority"):
        load()
