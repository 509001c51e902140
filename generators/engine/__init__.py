"""The process that holds the models, behind an OpenAI-compatible API."""
