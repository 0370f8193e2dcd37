"""Names of resources: the variable that holds it, where the code says so; never a wrong one."""

import re

from tests.probes.conftest import Lab

NAMED = """
    import queue
    import threading
    from dataclasses import dataclass, field
    from threading import Lock

    a, b = Lock(), Lock()  # a b
    c, d, e, f = Lock(), Lock(), Lock(), Lock()  # c d e f
    g = h = Lock()  # g
    i: Lock = Lock()  # i
    if (j := Lock()):  # j
        pass

    class Table:
        shared = Lock()  # shared
        def __init__(self):
            self.one, self.two = Lock(), Lock()  # self.one self.two
            self.forks = [Lock() for _ in range(2)]  # self.forks[0] self.forks[1]

    @dataclass
    class Account:
        lock: Lock = field(default_factory=Lock)
        box: queue.Queue = field(default_factory=queue.Queue)

    table = Table()
    account = Account()  # account.lock account.box
    two = [Lock(), Lock()]  # two[0] two[1]
    three = (Lock(), 3, Lock())  # three[0] three[2]
    sides = {"left": Lock(), "right": Lock()}  # sides['left'] sides['right']
    sides["up"] = Lock()  # sides['up']
    forks = [threading.Condition(two[0]) for _ in range(3)]  # forks[0] forks[1] forks[2]
    more = []
    for _ in range(2):
        more.append(threading.Semaphore(2))  # more[0] more[1]

    def main():
        boxes = [queue.Queue(maxsize=1) for _ in range(2)]  # boxes[0] boxes[1]
        k, m = Lock(), Lock()  # k m
        with (n := Lock()):  # n
            pass
        thread = threading.Thread(target=str)
        thread.start()
        thread.join()

    main()
"""

UNNAMED = """
    import threading
    from threading import Lock

    class Fork:
        def __init__(self, lock):
            self.inner = lock

    def make():
        return Lock()

    made = make()
    wrapped = Fork(Lock())
    forks = [Fork(Lock()) for _ in range(2)]
    first = (Lock(), 5)[1]
    number = id(Lock())
    twice = [Lock() for _ in range(2)]
    again = twice[::-1]
    more = []
    more.append(Fork(Lock()))
    threading.Thread(target=str).start()
"""


def _names(lab: Lab, source: str) -> dict[int, list[str]]:
    trace = lab.assert_same(source).trace
    named = {event["obj"]: event["name"] for event in trace.all("resource.named")}
    found: dict[int, list[str]] = {}
    for event in trace.events:
        if event["kind"].endswith(".created") and event["kind"] != "thread.created":
            found.setdefault(event["line"], []).append(named.get(event["obj"]) or event.get("name", ""))
    return found


def test_names_are_those_of_the_source(lab: Lab) -> None:
    found = _names(lab, NAMED)
    for number, line in enumerate(NAMED.splitlines(), 1):
        expected = re.search(r"# (.+)$", line)
        if expected:
            assert found[number] == expected[1].split(), line


def test_what_has_no_certain_name_has_none(lab: Lab) -> None:
    found = _names(lab, UNNAMED)
    assert found
    assert not any("".join(names) for names in found.values()), found
