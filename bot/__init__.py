"""Talks with people in Slack: asks generators, and shows only what moderation cleared."""
