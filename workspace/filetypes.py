"""What kind of file something is, what it may be called, and the preview of a text: pure functions.

The type names are Slack's (docs.slack.dev/reference/objects/file-object#types).
"""

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from workspace.wire import Json

SNIPPET_BYTES = 1 << 20
"""The largest snippet (files.getUploadURLExternal: `snippet_too_large`)."""
NAME_CHARS = 255
PREVIEW_LINES = 5
_PREVIEW_CHARS = 2000
_SLUG_CHARS = 80
_SUFFIX_CHARS = 16
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_UNSAFE = re.compile(r"[^a-z0-9.-]+")

_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "text": "Plain Text",
        "applescript": "AppleScript",
        "boxnote": "BoxNote",
        "c": "C",
        "cfm": "ColdFusion",
        "clojure": "Clojure",
        "coffeescript": "CoffeeScript",
        "cpp": "C++",
        "csharp": "C#",
        "css": "CSS",
        "csv": "CSV",
        "d": "D",
        "dart": "Dart",
        "diff": "Diff",
        "dockerfile": "Docker",
        "erlang": "Erlang",
        "fortran": "Fortran",
        "fsharp": "F#",
        "go": "Go",
        "groovy": "Groovy",
        "handlebars": "Handlebars",
        "haskell": "Haskell",
        "haxe": "Haxe",
        "html": "HTML",
        "java": "Java",
        "javascript": "JavaScript",
        "json": "JSON",
        "julia": "Julia",
        "kotlin": "Kotlin",
        "latex": "LaTeX/sTeX",
        "lisp": "Lisp",
        "lua": "Lua",
        "markdown": "Markdown (raw)",
        "matlab": "MATLAB",
        "mumps": "MUMPS",
        "objc": "Objective-C",
        "ocaml": "OCaml",
        "pascal": "Pascal",
        "perl": "Perl",
        "php": "PHP",
        "pig": "Pig",
        "powershell": "PowerShell",
        "puppet": "Puppet",
        "python": "Python",
        "r": "R",
        "ruby": "Ruby",
        "rust": "Rust",
        "sass": "Sass",
        "scala": "Scala",
        "scheme": "Scheme",
        "shell": "Shell",
        "smalltalk": "Smalltalk",
        "sql": "SQL",
        "swift": "Swift",
        "tsv": "TSV",
        "typescript": "TypeScript",
        "vb": "VB.NET",
        "vbscript": "VBScript",
        "velocity": "Velocity",
        "verilog": "Verilog",
        "xml": "XML",
        "yaml": "YAML",
    }
)
_OWN_MIMETYPES: Mapping[str, str] = MappingProxyType(
    {
        "css": "text/css",
        "csv": "text/csv",
        "html": "text/html",
        "json": "application/json",
        "tsv": "text/tab-separated-values",
        "webp": "image/webp",
        "xml": "application/xml",
    }
)
_PRETTY: Mapping[str, str] = MappingProxyType(
    {
        "binary": "Binary",
        "doc": "Word Document",
        "docx": "Word Document",
        "jpg": "JPEG",
        "mp4": "MPEG 4 Video",
        "ppt": "PowerPoint Presentation",
        "pptx": "PowerPoint Presentation",
        "quicktime": "QuickTime Movie",
        "webp": "WebP",
        "xls": "Excel Spreadsheet",
        "xlsx": "Excel Spreadsheet",
        "zip": "Zip",
    }
)
_BY_SUFFIX: Mapping[str, str] = MappingProxyType(
    {
        "cc": "cpp",
        "cs": "csharp",
        "f90": "fortran",
        "fs": "fsharp",
        "h": "c",
        "hs": "haskell",
        "htm": "html",
        "jpeg": "jpg",
        "js": "javascript",
        "jl": "julia",
        "kt": "kotlin",
        "log": "text",
        "m": "objc",
        "md": "markdown",
        "ml": "ocaml",
        "mov": "quicktime",
        "patch": "diff",
        "pl": "perl",
        "ps1": "powershell",
        "py": "python",
        "rb": "ruby",
        "rs": "rust",
        "sh": "shell",
        "tex": "latex",
        "ts": "typescript",
        "txt": "text",
        "yml": "yaml",
    }
)
SNIPPET_TYPES = frozenset(_TEXTS) | {"auto", "post"}
"""What a snippet may say it is (`unknown_snippet_type` otherwise)."""
PICTURES: Mapping[str, str] = MappingProxyType(
    {
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
        "webp": "image/webp",
        "bmp": "image/bmp",
    }
)
UNTYPED: Json = {"mimetype": "", "filetype": "", "pretty_type": ""}
"""What a file object says of a file that is still being processed."""


def clean_name(name: str, fallback: str = "untitled") -> str:
    r"""Return a file's name without folders, control characters or changes of direction.

    >>> clean_name("../../etc/pass\u202ewd.txt"), clean_name("..")
    ('passwd.txt', 'untitled')
    """
    last = readable(name.replace("\\", "/")).strip("/").rpartition("/")[2].strip()
    if not last.strip("."):
        return fallback
    suffix = PurePosixPath(last).suffix[:_SUFFIX_CHARS]
    return last if len(last) <= NAME_CHARS else last[: NAME_CHARS - len(suffix)] + suffix


def readable(text: str) -> str:
    """Return one line of a text without what cannot be seen (joiners of emoji stay)."""
    spaced = re.sub(r"[\t\r\n]+", " ", text)
    return "".join(
        each
        for each in spaced
        if each not in _DIRECTIONS and unicodedata.category(each) not in _UNSEEN
    )


def slug(name: str) -> str:
    """Return the form of a name that stands in addresses: few characters of ASCII.

    >>> slug("Galaxy Book Pro.PDF"), slug("画.png"), slug("///")
    ('galaxy_book_pro.pdf', '_.png', 'file')
    """
    lowered = _UNSAFE.sub("_", name.lower()).lstrip(".")
    stem, suffix = PurePosixPath(lowered).stem, PurePosixPath(lowered).suffix[:_SUFFIX_CHARS]
    short = f"{stem[:_SLUG_CHARS]}{suffix}"
    return short if short.strip("._") else "file"


def typed(name: str, snippet_type: str = "", kind: str = "") -> Json:
    """Return mimetype, filetype and pretty_type; `kind` is what the bytes turned out to be."""
    filetype = kind or _declared(snippet_type) or _by_name(name)
    guessed = mimetypes.guess_type(f"x.{filetype}")[0] or mimetypes.guess_type(name)[0]
    mimetype = PICTURES.get(filetype) or _OWN_MIMETYPES.get(filetype) or guessed
    if filetype in _TEXTS:
        mimetype = "text/plain" if snippet_type else _OWN_MIMETYPES.get(filetype, "text/plain")
    pretty = _TEXTS.get(filetype) or _PRETTY.get(filetype) or filetype.upper()
    return {
        "mimetype": mimetype or "application/octet-stream",
        "filetype": filetype,
        "pretty_type": pretty,
    }


def is_text(filetype: str) -> bool:
    """Tell whether files of this type are texts."""
    return filetype in _TEXTS


def text_of(content: bytes) -> str | None:
    """Return the text of UTF-8 bytes of at most a snippet's size; None for anything else."""
    if len(content) > SNIPPET_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def preview(text: str) -> Json:
    r"""Return a snippet's part of its file object: the first lines, and how many there are.

    >>> preview("a\nb\n")
    {'preview': 'a\nb\n', 'lines': 3, 'lines_more': 0, 'preview_is_truncated': False}
    """
    lines = text.split("\n")
    shown = "\n".join(lines[:PREVIEW_LINES])
    return {
        "preview": shown[:_PREVIEW_CHARS],
        "lines": len(lines),
        "lines_more": max(0, len(lines) - PREVIEW_LINES),
        "preview_is_truncated": len(shown) > _PREVIEW_CHARS,
    }


def _declared(snippet_type: str) -> str:
    return "" if snippet_type == "auto" else snippet_type


def _by_name(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower().lstrip(".")
    if not suffix.isascii() or not suffix.isalnum() or len(suffix) > _SUFFIX_CHARS:
        return "binary"
    return _BY_SUFFIX.get(suffix, suffix)
