"""Which weights this version was made with: `python -m training.mood`."""

from typing import Final

SHA256: Final = "98094486e84dd674ca126fc597bc574d919f1c1a3abe66b86b7b4a007afd8eb7"
"""Of `mood.safetensors`."""
HEADS: Final = "8ec8d39b980975a63515daf8d9eee5d066cf47e75fac3f33430606ec82b50e5e"
"""Of the moderation heads' weights whose vectors it reads."""
