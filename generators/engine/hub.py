"""Fetching a model from the hub: safetensors and what belongs to them, and nothing else.

What a model is, takes and allows is known before a byte of it is fetched. Weights go on where an
earlier attempt stopped, and are put into the cache only if their SHA-256 is the one that the hub
names. The cache is huggingface_hub's own, so that other programs find them:
https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
from huggingface_hub import (
    HfApi,
    ModelInfo,
    constants,
    get_session,
    hf_hub_url,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import build_hf_headers, filter_repo_objects
from huggingface_hub.utils.tqdm import tqdm as hub_bar
from typing_extensions import override

Kind = Literal["text", "image", "embed", "classify", "restore"]

HUB_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 30.0
SPARE_BYTES = 256 * 1024 * 1024
"""Room that a download leaves on the disk."""
TRIES = 4
"""Of one file, each from where the one before broke off."""
TRANSFORMERS_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]
# A variant in half precision or an unaveraged copy beside the default weights is not wanted.
UNWANTED_FILES = ["*.fp16*", "*non_ema*", "onnx/*", "openvino/*", "original/*"]
PAPERS = ["README.md", "LICENSE*"]

Tell = Callable[["Offer", int], None]
"""Is told what is fetched, and how many bytes of it are there."""


class NoModel(Exception):  # noqa: N818 - reads as the state it names
    """There is no usable model: `sentence` says why, in words for the person who runs it."""

    def __init__(self, sentence: str) -> None:
        """Take the sentence."""
        super().__init__(sentence)
        self.sentence = sentence


class Absent(NoModel):
    """The model is not on this machine."""


class Unusable(NoModel):
    """The model is here but is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file of a model, and how to know that it is whole: one of the two hashes."""

    name: str
    size_bytes: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the hub has: one revision of a model, and the files of it that are wanted."""

    id: str
    revision: str
    kind: Kind
    licence: str
    files: tuple[Wanted, ...]

    @property
    def size_bytes(self) -> int:
        """Return the size of all wanted files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def here_bytes(self) -> int:
        """Return how much of it is on this machine already."""
        return sum(_here_bytes(self, file) for file in self.files)

    def sentence(self, here_bytes: int) -> str:
        """Say how far it is."""
        licence = self.licence or "no licence named"
        return f"{self.id} ({licence}): {size(here_bytes)} of {size(self.size_bytes)} are here."


def patterns(kind: Kind) -> list[str]:
    """Return which files a model of this kind needs."""
    if kind == "image":
        return ["model_index.json", *(f"*/{pattern}" for pattern in TRANSFORMERS_FILES)]
    return TRANSFORMERS_FILES


def look_up(spec: str, kind: Kind | None = None) -> Offer:
    """Ask the hub for a model; without a kind its files say of which it is. Raises NoModel."""
    try:
        info = HfApi().model_info(spec, timeout=HUB_TIMEOUT_S, files_metadata=True)
    except HFValidationError as error:
        raise Absent(f"{spec} is neither a folder nor the id of a model.") from error
    except GatedRepoError as error:
        page = f"{constants.ENDPOINT}/{spec}"
        raise Absent(f"{spec} has terms to be accepted at {page}; then set HF_TOKEN.") from error
    except RepositoryNotFoundError as error:
        raise Absent(f"The hub shows no model {spec}; if it is private, set HF_TOKEN.") from error
    except OfflineModeIsEnabled as error:
        raise Absent(f"{spec} is not on this machine, and HF_HUB_OFFLINE is set.") from error
    except (httpx2.HTTPError, OSError) as error:  # the hub's other errors are of these two
        raise Absent(_silence(spec)) from error
    return _offer(spec, kind, info)


def fetch(offer: Offer, tell: Tell) -> Path:
    """Fetch what is not here yet, and return the folder. Raises NoModel."""
    _make_room(offer)
    try:
        for file in offer.files:
            if file.sha256:
                _weights(offer, file, tell)
        folder = Path(
            snapshot_download(
                offer.id,
                allow_patterns=[*patterns(offer.kind), *PAPERS],
                ignore_patterns=UNWANTED_FILES,
                etag_timeout=HUB_TIMEOUT_S,
                tqdm_class=_Silent,
            )
        )
    except (httpx2.HTTPError, OSError) as error:
        told = f"{offer.id} was not fetched to its end ({type(error).__name__})."
        raise Absent(f"{told} What is here is kept; try again.") from error
    _check(offer, folder)
    tell(offer, offer.size_bytes)
    return folder


def size(count: int) -> str:
    """Return bytes as people read them.

    >>> size(999), size(1_519_000_000), size(3_200_000)
    ('999 B', '1.5 GB', '3.2 MB')
    """
    if count < 1000:  # noqa: PLR2004 - the step between two prefixes
        return f"{count} B"
    scaled = float(count)
    for unit in ("kB", "MB", "GB"):
        scaled /= 1000
        if scaled < 1000:  # noqa: PLR2004 - as above
            return f"{scaled:.1f} {unit}"
    return f"{scaled / 1000:.1f} TB"


class _Silent(hub_bar):
    """No bar: ours counts all files together."""

    @override
    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **{**options, "disable": True})


def _offer(spec: str, kind: Kind | None, info: ModelInfo) -> Offer:
    names = {file.rfilename for file in info.siblings or ()}
    found = kind or kind_of(names)
    allowed = [*patterns(found), *PAPERS]
    kept = filter_repo_objects(
        info.siblings or (),
        allow_patterns=allowed,
        ignore_patterns=UNWANTED_FILES,
        key=lambda file: file.rfilename,
    )
    files = tuple(
        Wanted(
            name=file.rfilename,
            size_bytes=(file.lfs.size if file.lfs else file.size) or 0,
            sha256=file.lfs.sha256 if file.lfs else "",
            git_sha1=file.blob_id or "" if file.lfs is None else "",
        )
        for file in kept
    )
    if not any(file.name.endswith(".safetensors") for file in files):
        raise Unusable(f"{spec} has no safetensors weights, and no other format is fetched.")
    return Offer(id=spec, revision=info.sha or "", kind=found, licence=_licence(info), files=files)


def kind_of(names: set[str]) -> Kind:
    """Return which kind of model has files of these names."""
    if "model_index.json" in names:
        return "image"
    return "embed" if "modules.json" in names else "text"


def _licence(info: ModelInfo) -> str:
    tagged = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    return next(tagged, "")


def _storage(offer: Offer) -> Path:
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=offer.id, repo_type="model")


def _partial(offer: Offer, file: Wanted) -> Path:
    return _storage(offer) / "blobs" / f"{file.sha256}.atelier-partial"


def _here_bytes(offer: Offer, file: Wanted) -> int:
    if (file.sha256 and (_storage(offer) / "blobs" / file.sha256).is_file()) or isinstance(
        try_to_load_from_cache(offer.id, file.name, revision=offer.revision), str
    ):
        return file.size_bytes
    partial = _partial(offer, file)
    return partial.stat().st_size if file.sha256 and partial.is_file() else 0


def _make_room(offer: Offer) -> None:
    place = Path(constants.HF_HUB_CACHE)
    there = next(path for path in (place, *place.parents) if path.is_dir())
    missing, free = offer.size_bytes - offer.here_bytes, shutil.disk_usage(there).free
    if missing and missing + SPARE_BYTES > free:
        raise Absent(
            f"{offer.id} needs {size(missing)} more on the disk of {place}, which has "
            f"{size(free)}. Make room, or set HF_HOME to another disk."
        )


def _weights(offer: Offer, file: Wanted, tell: Tell) -> None:
    """Fetch a large file from where an earlier attempt stopped; keep it only if it is whole."""
    blob, partial = _storage(offer) / "blobs" / file.sha256, _partial(offer, file)
    if blob.is_file():
        return
    partial.parent.mkdir(parents=True, exist_ok=True)
    before = offer.here_bytes - _here_bytes(offer, file)
    for left in reversed(range(TRIES)):
        try:
            _append(offer, file, partial, lambda here: tell(offer, before + here))
            break
        except httpx2.TransportError:
            if not left:
                raise
    with partial.open("rb") as whole:
        found = hashlib.file_digest(whole, "sha256").hexdigest()
    if found != file.sha256:
        partial.unlink()
        raise Unusable(f"{file.name} of {offer.id} is not what the hub says it is; fetch it again.")
    partial.rename(blob)


def _append(offer: Offer, file: Wanted, partial: Path, tell: Callable[[int], None]) -> None:
    here = partial.stat().st_size if partial.is_file() else 0
    if here > file.size_bytes:
        partial.unlink()
        here = 0
    if partial.is_file() and here == file.size_bytes:
        return
    url = hf_hub_url(offer.id, file.name, revision=offer.revision)
    headers = {**build_hf_headers(), "Accept-Encoding": "identity", "Range": f"bytes={here}-"}
    limits = httpx2.Timeout(READ_TIMEOUT_S, connect=HUB_TIMEOUT_S)
    with get_session().stream("GET", url, headers=headers, timeout=limits) as answer:
        answer.raise_for_status()
        resumed = answer.status_code == httpx2.codes.PARTIAL_CONTENT
        with partial.open("ab" if resumed else "wb") as out:
            for chunk in answer.iter_bytes():
                out.write(chunk)
                tell(out.tell())


def _check(offer: Offer, folder: Path) -> None:
    """Raise Unusable unless every file is what the hub says it is."""
    if folder.name != offer.revision:
        raise Absent(f"{offer.id} was changed on the hub meanwhile; fetch it again.")
    for file in offer.files:
        if file.git_sha1 and _git_sha1((folder / file.name).read_bytes()) != file.git_sha1:
            (folder / file.name).resolve().unlink()
            (folder / file.name).unlink(missing_ok=True)
            raise Unusable(
                f"{file.name} of {offer.id} is not what the hub says it is; fetch it again."
            )


def _git_sha1(content: bytes) -> str:
    """Return the name that git gives a file: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    told = b"blob %d\0" % len(content) + content
    return hashlib.sha1(told, usedforsecurity=False).hexdigest()


def _silence(spec: str) -> str:
    hub = constants.ENDPOINT
    told = f"{spec} is not on this machine and could not be downloaded: {hub} does not answer"
    return f"{told} within {HUB_TIMEOUT_S:.0f} s. Try again later, or name a folder."
