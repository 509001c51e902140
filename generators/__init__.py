"""Make content: a request becomes drafts. They know models, and nothing of Slack."""
