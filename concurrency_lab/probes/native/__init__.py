"""The probes' hot path in C: `build.py` makes `_fast` out of the sources here, for one version of Python at a time."""
