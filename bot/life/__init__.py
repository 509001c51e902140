"""A process from its start to its drain: tasks, health, metrics, logs, breakers."""
