"""What an operator may set of how pictures say where they came from."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Provenance(BaseModel):
    """How pictures say where they came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    producer: str = "Atelier"
    """The company that answers for what is made, as it stands in the picture."""
    sign: Literal["auto", "always", "never"] = "auto"
    """Content Credentials (C2PA); auto: where the extra `provenance` is installed."""
    certificate: str = ""
    """PEM file of the certificate chain; empty: one made here, which nobody else trusts."""
    key: str = ""
    """PEM file of its ES256 key."""
