"""The only writer to Slack: what was cleared, or a fixed notice, becomes exactly one message."""
