"""A model hub on this machine: the part of its HTTP API that fetching a model needs, with faults.

https://huggingface.co/docs/hub/api; what huggingface_hub 2.4 asks for was read from its source.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from typing_extensions import override

LFS = (".safetensors", ".bin")


@dataclass
class Hub:
    """What the hub has, what goes wrong, and what it was asked for."""

    folders: dict[str, Path] = field(default_factory=dict)
    licence: str = "apache-2.0"
    breaks_after: list[int] = field(default_factory=list)
    """Of the next answers with weights, after how many bytes each breaks off."""
    lies: set[str] = field(default_factory=set)
    """Files whose bytes are not those that are listed."""
    gated: set[str] = field(default_factory=set)
    held: threading.Event = field(default_factory=threading.Event)
    """While it is not set, weights do not come to their end."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path, and range of every request."""
    url: str = ""

    def revision(self, model: str) -> str:
        return hashlib.sha1(model.encode(), usedforsecurity=False).hexdigest()

    def files(self, model: str) -> dict[str, bytes]:
        folder = self.folders[model]
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    def fetched(self) -> set[str]:
        """Return the names of files whose bytes were asked for."""
        paths = (path for method, path, _ in self.asked if method == "GET")
        return {path.partition("/resolve/")[2].partition("/")[2] for path in paths} - {""}


def git_sha1(content: bytes) -> str:
    told = b"blob %d\0" % len(content) + content
    return hashlib.sha1(told, usedforsecurity=False).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/.*|/tree/.*)?", path):
            self._api(found[1], found[2] or "")
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._file(found[1], found[2], body=body)
        else:
            self._json({}, 404)

    def _api(self, model: str, rest: str) -> None:
        if model in self.hub.gated:
            self._json({"error": "gated"}, 403, {"X-Error-Code": "GatedRepo"})
        elif model not in self.hub.folders:
            self._json({"error": "none"}, 404, {"X-Error-Code": "RepoNotFound"})
        elif rest.startswith("/tree/"):
            self._json([self._entry(*one) for one in self.hub.files(model).items()])
        else:
            self._json(self._info(model))

    def _info(self, model: str) -> dict[str, Any]:
        siblings = []
        for name, content in self.hub.files(model).items():
            one: dict[str, Any] = {"rfilename": name, "size": len(content)}
            one["blobId"] = git_sha1(content)
            if name.endswith(LFS):
                one["lfs"] = {"sha256": sha256(content), "size": len(content), "pointerSize": 134}
            siblings.append(one)
        head = {"id": model, "sha": self.hub.revision(model), "tags": ["text-generation"]}
        if self.hub.licence:
            head["tags"] = ["text-generation", f"license:{self.hub.licence}"]
        return {**head, "private": False, "downloads": 1, "likes": 0, "siblings": siblings}

    def _entry(self, name: str, content: bytes) -> dict[str, Any]:
        one: dict[str, Any] = {"type": "file", "path": name, "size": len(content)}
        one["oid"] = git_sha1(content)
        if name.endswith(LFS):
            one["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
        return one

    def _file(self, model: str, name: str, *, body: bool) -> None:
        content = self.hub.files(model)[name]
        large = name.endswith(LFS)
        tag = sha256(content) if large else git_sha1(content)
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": self.hub.revision(model)}
        if large:
            headers |= {"X-Linked-ETag": f'"{tag}"', "X-Linked-Size": str(len(content))}
        if name in self.hub.lies:
            content = bytes(len(content))
        start = self._start()
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send_response(206 if start else 200)
        for key, value in {**headers, "Content-Length": str(len(content) - start)}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self._send(content[start:], large=large)

    def _start(self) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found else 0

    def _send(self, content: bytes, *, large: bool) -> None:
        if large and self.hub.breaks_after:
            self.wfile.write(content[: self.hub.breaks_after.pop(0)])
            self.close_connection = True
            return
        half = len(content) // 2 if large else 0
        self.wfile.write(content[:half])
        if large:
            self.wfile.flush()
            self.hub.held.wait(60)
        self.wfile.write(content[half:])

    def _json(
        self, value: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for key, one in {**given, **(headers or {})}.items():
            self.send_header(key, one)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def hub_of(folders: dict[str, Path]) -> Iterator[Hub]:
    """Serve a hub on a free port until the end of the block."""
    hub = Hub(folders=folders)
    hub.held.set()
    handler = type("HubHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        hub.held.set()
        server.shutdown()
        server.server_close()
        thread.join()
