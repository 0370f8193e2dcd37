"""Faults done to a real server that runs hostile programs; the operating system says what came of it."""
