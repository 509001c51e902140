"""Trains the heads from the licensed sets and from seeded sentences; never imported by the bot."""
