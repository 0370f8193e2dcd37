"""Loads the probes' hot path in C where it was built for this Python and from these sources; else there is none."""

from __future__ import annotations

import posix

from ..trace import constants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _load() -> Any:
    if posix.environ.get(b"CONCURRENCY_LAB_NATIVE") == b"0":
        return None
    try:
        # The import system picks the file by its version tag.
        from .native import _fast  # type: ignore[attr-defined]

        return _fast if _fast.DIGEST == constants.NATIVE_DIGEST else None
    except Exception:
        # Not built, or not fit to be loaded: the probes do without.
        return None


fast: Any = _load()
