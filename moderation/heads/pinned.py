"""Which weights this version was made with; `python -m training` writes it."""

from typing import Final

SHA256: Final = "8ec8d39b980975a63515daf8d9eee5d066cf47e75fac3f33430606ec82b50e5e"
"""Of `heads.safetensors`."""
