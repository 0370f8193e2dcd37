"""What to run and within which limits: the request that travels from a client to the warden."""

import dataclasses
import json
import sys
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run; None means no limit. When one strikes, the run is ended and says so."""

    wall_s: float | None = None
    # processes and threads together
    processes: int | None = None
    memory_mb: int | None = None
    output_bytes: int | None = None
    events: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class RunSpec:
    """One run: `python program argv...` in `cwd`.

    With `capture_output` the program gets no standard input, a session of its own and a lower
    priority, and its output is read by the supervisor; without it, it has the terminal of whoever
    started the warden, as if it had been started there.
    """

    run_id: str
    program: str
    argv: tuple[str, ...] = ()
    cwd: str | None = None
    python: str = sys.executable
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    lesson: str | None = None
    # which of the lesson's variants and tries it is
    case: str | None = None
    limits: Limits = Limits()
    capture_output: bool = True
    # folders whose files are the user's code; empty: the program's own folder
    user_roots: tuple[str, ...] = ()
    # which files beyond these are the user's code, and which of these are not
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    # tell of variables that several threads use, and find data races; slows the program down
    races: bool = False
    # hand the GIL over between the read and the write of a variable; finds data races, too
    step: bool = False
    # tell at its events what values its globals have
    variables: bool = False
    # signals that whoever started us ignores, and that the program is to ignore, too (nohup)
    ignored_signals: tuple[int, ...] = ()
    # run it in a jail of its own (layer L2, see jail.py); it must capture the output
    jail: bool = False

    def to_json(self) -> str:
        """Return the spec as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RunSpec":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        values["limits"] = Limits(**values["limits"])
        for name in ("argv", "user_roots", "include", "exclude", "ignored_signals"):
            values[name] = tuple(values[name])
        return cls(**values)
