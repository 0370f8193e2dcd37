"""Who is next: runs that wait for a free place, in turn by viewer. Knows nothing of programs or clocks."""

from collections import deque
from collections.abc import Callable, Iterator


class RunQueue:
    """Waiting runs. Every viewer has one turn a round, so that one with many runs holds nobody up."""

    def __init__(self) -> None:
        # In the order of their turns; nobody in it has nothing that waits.
        self._turns: dict[str, deque[str]] = {}
        self._viewers: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._viewers)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._viewers

    def add(self, run_id: str, viewer: str) -> None:
        """Let a run wait."""
        self._turns.setdefault(viewer, deque()).append(run_id)
        self._viewers[run_id] = viewer

    def take(self, may: Callable[[str], bool]) -> str | None:
        """Return the next run of a viewer who may have one more; None: there is none."""
        viewer = next((viewer for viewer in self._turns if may(viewer)), None)
        if viewer is None:
            return None
        waiting = self._turns.pop(viewer)
        run_id = waiting.popleft()
        del self._viewers[run_id]
        if waiting:
            # Their turn is over: back to the end of the round.
            self._turns[viewer] = waiting
        return run_id

    def remove(self, run_id: str) -> bool:
        """Let a run wait no longer; False: it does not."""
        viewer = self._viewers.pop(run_id, None)
        if viewer is None:
            return False
        waiting = self._turns[viewer]
        waiting.remove(run_id)
        if not waiting:
            del self._turns[viewer]
        return True

    def of(self, viewer: str) -> int:
        """Return how many runs of a viewer wait."""
        return len(self._turns.get(viewer, ()))

    def order(self) -> Iterator[str]:
        """Yield the runs in the order in which they will be taken if nobody else comes."""
        round_number = 0
        left = list(self._turns.values())
        while left:
            left = [waiting for waiting in left if len(waiting) > round_number]
            yield from (waiting[round_number] for waiting in left)
            round_number += 1
