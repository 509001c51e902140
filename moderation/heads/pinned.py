"""Which weights this version was made with; `python -m training` writes it."""

from typing import Final

SHA256: Final = "b8a73249238bd5bff6a573c4b1c343c717d6642cfd6652ad0afdd0911907cb78"
"""Of `heads.safetensors`."""
