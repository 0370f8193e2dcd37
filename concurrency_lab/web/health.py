"""/healthz: whether runs can be started and recorded, in a word for machines and a sentence for people."""

import time
from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify

from concurrency_lab.store import Store, StoreError

blueprint = Blueprint("health", __name__)

# Whoever asks often does not have the store written to each time.
_FRESH_S = 2.0


class Health:
    """What keeps this server from its work."""

    def __init__(self, store: Store, problems_of_runs: Callable[[], list[str]]) -> None:
        self._store = store
        self._problems_of_runs = problems_of_runs
        self._looked_s = -_FRESH_S
        self._store_problem: str | None = None

    def problems(self) -> list[str]:
        """Return a sentence for each thing that is wrong."""
        found = self._problems_of_runs()
        store = self._of_store()
        if store is not None:
            found.append(store)
        return found

    def _of_store(self) -> str | None:
        now_s = time.monotonic()
        if now_s - self._looked_s >= _FRESH_S:
            self._looked_s = now_s
            try:
                self._store.check()
                self._store_problem = None
            except StoreError as error:
                self._store_problem = str(error)
        return self._store_problem


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Say whether the server is well, and how busy it is."""
    extensions = current_app.extensions
    problems = extensions["lab.health"].problems()
    answer = {
        "status": "degraded" if problems else "ok",
        "runs": extensions["lab.runner"].running,
        "waiting": extensions["lab.runner"].waiting,
        "watchers": extensions["lab.guard"].sockets,
    }
    if problems:
        answer["problems"] = problems
    return jsonify(answer), 503 if problems else 200
