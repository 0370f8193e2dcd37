"""What time it is, as traces and the store write it."""

import datetime


def now() -> str:
    """Return the time: ISO 8601, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
