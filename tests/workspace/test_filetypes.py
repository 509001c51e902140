"""Names that try to escape, types, previews."""

import json
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace import filetypes

NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("./\\\0\r\n\u202e\u2066%?#&<>\"':;画🦊👩‍🚀\ud800")),
    max_size=400,
)


@given(NASTY)
def test_no_name_escapes(name: str) -> None:
    clean = filetypes.clean_name(name)
    assert 0 < len(clean) <= filetypes.NAME_CHARS
    assert not set(clean) & set("/\\\r\n\0")
    assert clean.strip(".")
    assert not {unicodedata.category(each) for each in clean} & {"Cc", "Cs", "Zl", "Zp"}
    assert not any("\u202a" <= each <= "\u202e" for each in clean)
    assert filetypes.clean_name(clean) == clean
    json.dumps(clean).encode()
    clean.encode()


@given(NASTY)
def test_a_slug_is_one_harmless_part_of_a_path(name: str) -> None:
    slug = filetypes.slug(filetypes.clean_name(name))
    assert slug.isascii()
    assert 0 < len(slug) <= 96 + 1
    assert not set(slug) - set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert slug not in {".", ".."}
    assert not slug.startswith(".")
    assert urlsplit(f"http://x/files/F1/{slug}").path == f"/files/F1/{slug}"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a.png", "a.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.html", "x.html"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: b.txt", "a Set-Cookie: b.txt"),
        ("画 图.png", "画 图.png"),
        ("👩\u200d🚀.gif", "👩\u200d🚀.gif"),
        ("", "untitled"),
        ("...", "untitled"),
        ("x/", "x"),
        ("y" * 300 + ".tar.gz", "y" * 252 + ".gz"),
    ],
)
def test_clean_names(name: str, clean: str) -> None:
    assert filetypes.clean_name(name) == clean


@pytest.mark.parametrize(
    ("name", "snippet_type", "kind", "wanted"),
    [
        ("a.PNG", "", "png", ("image/png", "png", "PNG")),
        ("photo", "", "jpg", ("image/jpeg", "jpg", "JPEG")),
        ("lies.png", "", "gif", ("image/gif", "gif", "GIF")),
        ("broken.jpeg", "", "", ("image/jpeg", "jpg", "JPEG")),
        ("a.webp", "", "webp", ("image/webp", "webp", "WebP")),
        ("brief.md", "", "", ("text/plain", "markdown", "Markdown (raw)")),
        ("a.csv", "", "", ("text/csv", "csv", "CSV")),
        ("a.py", "", "", ("text/plain", "python", "Python")),
        ("a.html", "", "", ("text/html", "html", "HTML")),
        ("a.html", "html", "", ("text/plain", "html", "HTML")),
        ("a.py", "auto", "", ("text/plain", "python", "Python")),
        ("a", "ruby", "", ("text/plain", "ruby", "Ruby")),
        ("a.pdf", "", "", ("application/pdf", "pdf", "PDF")),
        ("无后缀", "", "", ("application/octet-stream", "binary", "Binary")),
        ("a.画", "", "", ("application/octet-stream", "binary", "Binary")),
        ("a.xq9z", "", "", ("application/octet-stream", "xq9z", "XQ9Z")),
    ],
)
def test_types(name: str, snippet_type: str, kind: str, wanted: tuple[str, str, str]) -> None:
    typed = filetypes.typed(name, snippet_type, kind)
    assert (typed["mimetype"], typed["filetype"], typed["pretty_type"]) == wanted


def test_a_preview_is_the_first_lines() -> None:
    text = "\n".join(str(number) for number in range(12))
    shown = filetypes.preview(text)
    assert shown == {
        "preview": "0\n1\n2\n3\n4",
        "lines": 12,
        "lines_more": 7,
        "preview_is_truncated": False,
    }
    long = filetypes.preview("长" * 5000)
    assert (len(long["preview"]), long["preview_is_truncated"], long["lines"]) == (2000, True, 1)


def test_what_is_text() -> None:
    assert filetypes.text_of("画\n".encode()) == "画\n"
    assert filetypes.text_of(b"") == ""
    assert filetypes.text_of(b"a\0b") is None
    assert filetypes.text_of("画".encode("gbk")) is None
    assert filetypes.text_of(b"x" * (filetypes.SNIPPET_BYTES + 1)) is None
