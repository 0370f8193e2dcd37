"""Concurrency Lab: real processes and threads on a live timeline.

Kept free of imports: every traced program loads this package at interpreter start.
"""

__version__ = "0.1.0"


def load_ipython_extension(ipython: object) -> None:
    """Make %%concurrency known: IPython calls this for `%load_ext concurrency_lab`."""
    from concurrency_lab.notebook import load

    load(ipython)
