"""What Slack sends becomes requests, decisions and presses, by one grammar."""
