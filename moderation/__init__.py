"""Judges content: drafts become cleared, held or blocked. Knows neither Slack nor the engine."""
