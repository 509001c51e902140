"""An engine that changes pictures, without a model: what comes of one is what a test can tell."""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typing_extensions import override

from tests.fake_engine import FakeEngine


@dataclass(kw_only=True)
class Painter(FakeEngine):
    """Paints all of a picture in one colour, which depends on the words and the seed."""

    able: bool = True
    """Whether it changes pictures at all."""
    enlarges: bool = True
    edits: list[tuple[dict[str, Any], dict[str, Image.Image]]] = field(default_factory=list)
    """Fields and pictures of every form."""

    @override
    def app(self) -> Starlette:
        """Return the ASGI application."""
        app = super().app()
        app.router.routes.append(Route("/v1/images/edits", self._edit, methods=["POST"]))
        return app

    async def _edit(self, request: Request) -> Response:
        async with request.form() as form:
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            files: dict[str, Image.Image] = {
                name: Image.open(io.BytesIO(await value.read()))
                for name, value in form.multi_items()
                if isinstance(value, UploadFile)
            }
        self.edits.append((fields, files))
        if failed := await self._failed(request):
            return failed
        if not self.able or ("upscale" in fields and not self.enlarges):
            return JSONResponse({"error": {"message": "words only"}}, status_code=400)
        encoded = base64.b64encode(painted(fields, files["image"].size)).decode()
        usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, **self._gpu_ms()}
        return JSONResponse({"created": 0, "data": [{"b64_json": encoded}], "usage": usage})


def painted(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    times = int(fields.get("upscale", 1))
    seed = int(fields.get("seed", 0))
    shade = (len(fields.get("prompt", "")) * 7 % 256, seed % 256, seed // 256 % 256)
    file = io.BytesIO()
    Image.new("RGB", (size[0] * times, size[1] * times), shade).save(file, "PNG")
    return file.getvalue()
