"""The blocks and views that the platform takes."""
