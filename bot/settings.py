"""What an operator may set: `bot/defaults.toml`, then `atelier.toml`, then the environment.

Built once, in `bot.__main__`, and passed down. An unknown key refuses to start and is named.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from bot.budgets import Budget, Prices, Reserve
from bot.feeds import Feeds
from bot.judges import ClassifierSettings, GuardSettings
from bot.provenance import Provenance
from bot.roles import Access, Granted
from moderation.policy import Policy
from moderation.policy_file import NAME as POLICY_FILE

DEFAULTS = Path(__file__).with_name("defaults.toml")
PREFIX = "ATELIER_"
CONFIG = f"{PREFIX}CONFIG"
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")


class SettingsError(Exception):
    """The settings cannot be used; the message says which key, why, and what to write instead."""


class Verb(BaseModel):
    """One thing that people can ask for: how it is said, and which generator answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: str
    """Import string `module:Class` of the generator."""
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """More names, which count only where no more than a link or a number of a picture follows."""
    asides: tuple[str, ...] = ()
    """Verbs whose `alone` names are understood after this one's name, too: `/imagine info`."""
    flags: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    """Those of the flags that stand alone and take no value."""
    slash: bool = False
    """Whether it has a slash command of its own; every verb also works under `/atelier`."""
    reads: Literal["nothing", "thread", "channel"] = "nothing"
    """Which messages of the place it was asked in go with the request."""
    files: bool = False
    """Whether texts in the files of these messages, and of the one that asks, go with it."""
    pictures: bool = False
    """Whether it is about pictures: in the message that asks, or those of the thread."""
    answers: Literal["here", "ephemeral", "dm"] = "here"
    empty: bool = False
    """Whether it makes sense without a prompt."""
    masked: bool = False
    """Whether models see stand-ins for personal data, which the answer has again."""
    worded: str = ""
    """The verb that takes it where there is a prompt: `/digest every day at 9`."""
    weight: float = Field(default=1.0, gt=0)
    """How much of the engine it may take where others wait: 0.5 goes behind twice as many."""
    priority: int = Field(default=0, ge=-100, le=100)
    """Told to an engine that takes priorities, as ours and vLLM do: lower goes first."""
    reserve: Reserve = Reserve()
    """What is set aside of the budgets until the real use is known."""
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)


class HostSettings(BaseModel):
    """A server for one kind of model; its URL alone stands for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """Base URL with `/v1`; empty: there is none."""
    model: str = ""
    """The model's id there; empty: the first that the server lists."""
    api_key: SecretStr = SecretStr("local")
    timeout_s: float = Field(default=120.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _address(cls, given: object) -> object:
        return {"url": given} if isinstance(given, str) else given


class EngineSettings(BaseModel):
    """Which engine answers, and which models our own engine loads (a folder or a hub id)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """Base URL of any OpenAI-compatible server, with `/v1`; empty: our own, started by `up`."""
    api_key: SecretStr = SecretStr("local")
    text: HostSettings = HostSettings()
    """Another server for language."""
    image: HostSettings = HostSettings()
    """Another server for pictures."""
    embed: HostSettings = HostSettings()
    """Another server for search by meaning."""
    port: int = Field(default=8400, ge=0, le=65535)
    text_model: str = "Qwen/Qwen3-0.6B"
    image_model: str = ""
    embed_model: str = "minilm"
    classify_model: str = ""
    """What judges pictures: an image classifier, or CLIP; empty: nothing does."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the language model; auto is bfloat16 on CUDA, float32 on a CPU."""
    rows: int = Field(default=16, ge=1, le=256)
    """How many answers the engine writes at once."""
    room_tokens: int = Field(default=0, ge=0)
    """Memory for so many tokens of prompts and answers; 0 takes what the device has to spare."""
    adapters: dict[str, str] = Field(default_factory=dict)
    """LoRA adapters of the language model by name: folders, or hub ids that are on this machine."""
    quantization: Literal["", "int8", "nf4", "torchao-int8"] = ""
    """Fewer bits for the language model's weights, where the library and the device are there."""
    triton: bool = False
    """Whether the engine uses kernels of its own on CUDA."""
    more_text_models: tuple[str, ...] = ()
    more_image_models: tuple[str, ...] = ()
    memory_gib: float = Field(default=0.0, ge=0)
    """What models may take of the device; those that do not fit beside each other take turns.
    0: all are loaded."""
    pictures: int = Field(default=8, ge=1, le=64)
    """How many pictures the engine makes at once."""
    loras: dict[str, str] = Field(default_factory=dict[str, str])
    """Names, and files or folders of LoRA weights for the picture models."""
    offload: Literal["none", "model", "sequential", "group"] = "none"
    """Which weights of picture models wait in the machine's memory until a step needs them."""
    tiling: bool = False
    """Whether large pictures are decoded in parts, for less memory."""
    download: bool = False
    """Whether `atelier engine` fetches a configured model that is not on this machine; `atelier up`
    does, unless `offline`."""
    timeout_s: float = Field(default=120.0, gt=0)
    stall_s: float = Field(default=300.0, ge=0)
    """The engine ends when a model makes no step for so long, to be started again; 0: never."""
    niceness: int = Field(default=10, ge=0, le=19)
    """How far the engine that `up` starts stands back where the bot needs the processor, too."""

    @property
    def base_url(self) -> str:
        """Where it is, with `/v1`."""
        return self.url or f"http://127.0.0.1:{self.port}/v1"


class Settings(BaseSettings):
    """Every setting of one Atelier."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
    )

    slack_bot_token: SecretStr = Field(SecretStr(""), validation_alias="slack_bot_token")
    slack_app_token: SecretStr = Field(SecretStr(""), validation_alias="slack_app_token")
    slack_signing_secret: SecretStr = Field(SecretStr(""), validation_alias="slack_signing_secret")
    """Of the app; only `mode = "http"` needs it."""
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="slack_api_url")
    mode: Literal["socket", "http"] = "socket"
    """How Slack reaches the bot: over connections that the bot opens, or by HTTP."""
    http_host: str = "127.0.0.1"
    """Where the bot listens in HTTP mode; a proxy with the certificate stands before it."""
    http_port: int = Field(default=3000, ge=0, le=65535)
    public_url: str = ""
    """Where Slack reaches the bot in HTTP mode; it goes into the manifest."""
    health_host: str = "127.0.0.1"
    """Where /livez, /readyz and /metrics are."""
    health_port: int = Field(default=8401, ge=0, le=65535)
    """0: nowhere, as under `atelier up`."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """auto: text on a terminal, JSON lines anywhere else."""
    drain_s: float = Field(default=25.0, ge=0, le=3600)
    """How long a bot or an engine that is stopped may go on with what it has in hand."""
    data: Path = Path(".atelier")
    database_url: SecretStr = SecretStr("")
    """`sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`; empty: SQLite in the data
    folder."""
    reviewers_channel: str = "reviewers"
    """Name or id of the channel where held answers are decided."""
    approvers_channel: str = ""
    """Name or id of the channel that is told of suggested articles; empty: none is."""
    review_h: float = Field(default=72.0, gt=0)
    """Hours after which a held answer that nobody decided on is rejected."""
    workers: int = Field(default=8, ge=1, le=256)
    max_queued_per_user: int = Field(default=5, ge=1)
    max_queued: int = Field(default=200, ge=1)
    lease_s: float = Field(default=60.0, gt=0)
    slack_pacing: bool = True
    """Whether calls keep to Slack's rate limits; false only for a workspace that has none."""
    slack_streams: bool = True
    """Whether answers in threads are streamed, where Slack has that and room for it."""
    settle_s: float = Field(default=5.0, ge=0)
    """How long after a post with unknown outcome Slack may still come to show it."""
    deadline_s: float = Field(default=900.0, gt=0)
    """Older than this, a request is answered by saying that it expired."""
    master_keys: SecretStr = SecretStr("")
    """What wraps the data keys, the first one first; empty: those of `master_key_file`."""
    master_key_file: str = ""
    """Empty: `master.key` in the data folder, made at the first start."""
    retention_days: int = Field(default=30, ge=1)
    """How long prompts and answers are kept."""
    metadata_days: int = Field(default=400, ge=1, validate_default=True)
    """How long it is kept what was decided and where it was shown."""
    usage_days: int = Field(default=800, ge=1, validate_default=True)
    """How long it is kept what was used, and the audit log."""
    roles: Granted = Granted()
    access: Access = Access()
    budgets: tuple[Budget, ...] = ()
    """Several may count one request; the one that has least room decides."""
    prices: Prices = Prices()
    offline: bool = False
    """Whether no model is ever fetched, neither by `atelier up` nor by `atelier models pull`."""
    engine: EngineSettings = EngineSettings()
    policy: Policy = Policy()
    policy_file: str = ""
    """Rules that are read again when the file changes; empty: `policy.toml` beside
    `atelier.toml`, if it is there."""
    guard: GuardSettings = GuardSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    provenance: Provenance = Provenance()
    verbs: dict[str, Verb] = Field(default_factory=dict)
    feeds: Feeds = Feeds()

    @field_validator("slack_api_url")
    @classmethod
    def _trusted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
            return url if url.endswith("/") else f"{url}/"
        raise ValueError(
            f"{url} is neither https nor on this machine, so the bot token would travel in the "
            "clear; use https://slack.com/api/ or the local workspace's http://127.0.0.1 address"
        )

    @field_validator("metadata_days", "usage_days")
    @classmethod
    def _outlives(cls, days: int, info: ValidationInfo) -> int:
        shorter = "retention_days" if info.field_name == "metadata_days" else "metadata_days"
        least: int = info.data.get(shorter, 1)
        if days < least:
            raise ValueError(f"it is kept at least as long as {shorter} says, {least} days")
        return days

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str) -> str:
        if not url or (urlsplit(url).scheme == "https" and urlsplit(url).hostname):
            return url.rstrip("/")
        raise ValueError(f"{url} is no https address; Slack posts to no other")

    @field_validator("database_url")
    @classmethod
    def _known(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value() or url.get_secret_value().startswith(DATABASES):
            return url
        raise ValueError("write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")

    @property
    def master_key_path(self) -> Path:
        """The file of the master keys."""
        return Path(self.master_key_file) if self.master_key_file else self.data / "master.key"

    @property
    def policy_path(self) -> Path:
        """The file of the policy, whether or not it is there."""
        beside = Path(os.environ.get(CONFIG, "atelier.toml")).parent / POLICY_FILE
        return Path(self.policy_file) if self.policy_file else beside

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data / 'atelier.db'}"

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, `atelier.toml`, defaults."""
        del dotenv_settings, file_secret_settings
        files = [DEFAULTS, Path(os.environ.get(CONFIG, "atelier.toml"))]
        toml = TomlConfigSettingsSource(settings_cls, toml_file=files, deep_merge=True)
        return init_settings, env_settings, toml


def load(**given: object) -> Settings:
    """Return the settings, or raise `SettingsError` with one sentence that names the key."""
    fields = Settings.model_fields.items()
    own = {f"{PREFIX}{name}".upper() for name, field in fields if not field.validation_alias}
    for name in os.environ:
        if name.startswith(PREFIX) and name.split("__")[0].upper() not in {*own, CONFIG}:
            raise SettingsError(f"The environment sets {name}, which is no setting of Atelier.")
    if not Path(os.environ.get(CONFIG, DEFAULTS)).is_file():
        raise SettingsError(f"{CONFIG} names {os.environ[CONFIG]}, and there is no such file.")
    try:
        return Settings(**given)  # pyrefly: ignore[bad-argument-type] - validated just here
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"atelier.toml is not valid TOML: {error}.") from error


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name stands for this machine.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "slack.com", None)]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a child that only talks to this machine.

    slack_sdk reads the proxy variables but never NO_PROXY.
    """
    proxies = proxies_of(environment)
    return {name: value for name, value in environment.items() if name not in proxies}


def proxies_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name a proxy.

    >>> proxies_of({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "localhost", "HOME": "/root"})
    {'HTTPS_PROXY': 'http://proxy'}
    """
    names = {"http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"}
    return {name: value for name, value in environment.items() if name.lower() in names}


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"The settings name {key}, which is no setting of Atelier; remove or correct it."
    return f"The setting {key} cannot be used: {first['msg']}."
