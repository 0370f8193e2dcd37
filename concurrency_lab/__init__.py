"""Concurrency Lab: real processes and threads on a live timeline.

Kept free of imports: every traced program loads this package at interpreter start.
"""

__version__ = "0.1.0"
