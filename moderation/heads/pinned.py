"""Which weights this version was made with; `python -m training` writes it."""

from typing import Final

SHA256: Final = "9ad473ccb74ca6fcd8f280216daff913138541398a0120d84a7b5c93de2dbb50"
"""Of `heads.safetensors`."""
