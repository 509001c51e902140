"""Which models judge, as an operator may set them: one that reads, and one that sees pictures."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class GuardSettings(BaseModel):
    """A model that judges what others wrote, on any OpenAI-compatible server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """Base URL with `/v1`; empty: there is none."""
    model: str = "Qwen/Qwen3Guard-Gen-0.6B"
    """Its id there; it must answer as Qwen3Guard-Gen does."""
    api_key: SecretStr = SecretStr("local")
    timeout_s: float = Field(default=5.0, gt=0)
    """How long it may take; then the content is held."""


Meaning = Annotated[str, Field(pattern=r"^(safe|(harm|image)(\.[a-z0-9_]+)+)$")]


class ClassifierSettings(BaseModel):
    """A model that sees what a picture shows: `engine.classify_model`, or one that is served."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """Base URL with `/v1` of a server that answers as our engine does; empty: our engine."""
    model: str = ""
    """Its id there; empty: that of `engine.classify_model`."""
    api_key: SecretStr = SecretStr("local")
    timeout_s: float = Field(default=20.0, gt=0)
    """How long it may take; then the picture is held."""
    labels: dict[str, Meaning] = Field(
        default_factory=lambda: {"nsfw": "harm.sexual", "normal": "safe"}
    )
    """What each label means: `safe`, or the category that its score counts for."""

    @model_validator(mode="after")
    def _judges(self) -> "ClassifierSettings":
        if self.url and not self.model:
            raise ValueError("give the model's id, too")
        if not set(self.labels.values()) - {"safe"}:
            raise ValueError("a classifier whose labels are all safe would judge nothing")
        return self
