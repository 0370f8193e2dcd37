"""OUTSIDE the program: starts it, reads its segments, watches the OS, limits it, ends it.

Standard library only; knows nothing of lessons, the store or the web.
"""
