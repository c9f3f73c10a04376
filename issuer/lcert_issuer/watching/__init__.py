"""Watching: partners and their tokens, what they watch, and how events reach them (decision 0013)."""
