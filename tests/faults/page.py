"""How long a page takes while something goes on, asked for by a process of its own: the harness itself is busy.

python page.py URL: asks until its standard input ends, then prints the latencies in milliseconds as JSON.
"""

import contextlib
import http.client
import json
import select
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator

_EVERY_S = 0.02
_TIMEOUT_S = 10.0


class Latencies:
    """What was measured; complete when the `asking` block is over."""

    def __init__(self) -> None:
        self.ms: list[float] = []

    @property
    def p95_ms(self) -> float:
        """The 95th percentile; of few pages, for which much waiting is a reason, the worst."""
        return statistics.quantiles(self.ms, n=20)[-1] if len(self.ms) >= 20 else max(self.ms)


@contextlib.contextmanager
def asking(url: str) -> Iterator[Latencies]:
    """Ask for a page again and again while the block runs."""
    latencies = Latencies()
    with subprocess.Popen(
        [sys.executable, "-S", __file__, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asker:
        assert asker.stdout is not None
        # The first page is there.
        asker.stdout.readline()
        try:
            yield latencies
        finally:
            said, _ = asker.communicate()
    latencies.ms = json.loads(said)


def main(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
    found: list[float] = []
    while not found or not select.select([sys.stdin], [], [], _EVERY_S)[0]:
        began_s = time.perf_counter()
        try:
            connection.request("GET", parts.path)
            connection.getresponse().read()
        except OSError:
            connection.close()
        # A page that never came counts as what it kept its reader waiting for.
        found.append((time.perf_counter() - began_s) * 1000)
        if len(found) == 1:
            print(flush=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
