"""Programs: written, explained, reviewed, and run in a sandbox before anything is said of them."""
