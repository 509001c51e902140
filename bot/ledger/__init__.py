"""What is true and lasts: requests, verdicts, usage, schedules, keys. Alone knows the database."""
