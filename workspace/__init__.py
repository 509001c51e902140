"""A Slack on this machine: its Web API, Socket Mode, HTTP events and a page. Knows no app."""
