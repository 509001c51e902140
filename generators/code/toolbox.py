"""pytest as one file in memory: a sandbox sees it, and nothing else that is installed here."""

import importlib.machinery
import importlib.util
import io
import marshal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
_LEXERS: Final = {"__init__", "_mapping", "python", "diff"}
"""Of Pygments' 250 lexers, those that pytest imports."""
_HEADER_BYTES_AFTER_MAGIC: Final = 12


def toolbox(magic: bytes) -> bytes:
    """Return a zip with pytest: as bytecode for a Python that reads `magic`, if ours does too.

    It takes a fifth of a second; keep it. Raises ModuleNotFoundError where pytest is missing.
    """
    packed = io.BytesIO()
    compiled = magic == importlib.util.MAGIC_NUMBER
    with zipfile.ZipFile(packed, "w") as archive:
        for name, path in _modules():
            if compiled:
                archive.writestr(f"{name}.pyc", _bytecode(path, magic))
            else:
                archive.write(path, f"{name}.py")
    return packed.getvalue()


def _modules() -> Iterator[tuple[str, Path]]:
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(package)
        if not spec.submodule_search_locations:
            yield package, Path(spec.origin or "")
        for folder in spec.submodule_search_locations or []:
            top = Path(folder)
            for path in sorted(top.rglob("*.py")):
                if path.parent.name != "lexers" or path.stem in _LEXERS:
                    yield f"{package}/{path.relative_to(top).with_suffix('').as_posix()}", path


def _bytecode(path: Path, magic: bytes) -> bytes:
    loader = importlib.machinery.SourceFileLoader(path.stem, str(path))
    code = loader.get_code(path.stem)
    return magic + bytes(_HEADER_BYTES_AFTER_MAGIC) + marshal.dumps(code)
