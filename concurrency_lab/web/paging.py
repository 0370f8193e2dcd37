"""Pages of runs as they are sent to who catches up: those who come together ask for the same ones."""

import contextlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from concurrency_lab.store import Page, pack

# As many pages are remembered; one is at most 2,000 events, or half a megabyte.
_PAGES = 16


class Sheet:
    """A page, compressed when somebody first wants it so."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """The page's lines as `store.pack` makes them."""
        if self._packed is None:
            self._packed = pack(self.page.lines)
        return self._packed


class Paging:
    """The pages that were read last."""

    def __init__(self, lock: contextlib.AbstractContextManager[Any]) -> None:
        self._lock = lock
        self._sheets: OrderedDict[tuple[str, int, int], Sheet] = OrderedDict()

    def sheet(self, run_id: str, since: int, most: int, read: Callable[[int, int], Page]) -> Sheet:
        """Return at most `most` events behind `since`; `read` is asked for what nobody had just now."""
        key = run_id, since, most
        with self._lock:
            found = self._sheets.get(key)
        if found is not None:
            return found
        made = Sheet(read(since, most))
        # A shorter one may be longer when it is read again.
        if len(made.page.lines) == most:
            with self._lock:
                self._sheets[key] = made
                while len(self._sheets) > _PAGES:
                    self._sheets.popitem(last=False)
        return made
