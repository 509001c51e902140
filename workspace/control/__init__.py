"""What stands beside the workspace for tests: acting as a person, faults, a clock."""
