"""Managers: multiprocessing.Manager by all three start methods, and an own one that two programs meet at."""

import pytest

from tests.probes.conftest import Lab

SERVER = """
    import queue
    import sys
    import threading
    from multiprocessing.managers import BaseManager

    class Office(BaseManager):
        pass

    box = queue.Queue()
    Office.register("get_box", callable=lambda: box)
    server = Office(address=("127.0.0.1", 0), authkey=b"key").get_server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.address[1], flush=True)
    sys.stdin.readline()
"""

CLIENT = """
    import sys
    from multiprocessing.managers import BaseManager

    class Office(BaseManager):
        pass

    Office.register("get_box")
    office = Office(address=(sys.argv[2], int(sys.argv[1])), authkey=b"key")
    office.connect()
    box = office.get_box()
    if sys.argv[2] == "127.0.0.1":
        box.put("letter")
    else:
        print(box.get())
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_what_is_asked_of_a_manager(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys

        def note(notes):
            notes["child"] = 1

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            with context.Manager() as manager:
                notes = manager.dict()
                child = context.Process(target=note, args=(notes,))
                child.start()
                child.join()
                print(notes["child"])
                try:
                    notes["nobody"]
                except KeyError as error:
                    print("no", error)
    """, method).trace  # fmt: skip
    notes = trace.one("shared.created", name="notes", type="dict of a manager")["obj"]
    calls = [(event["method"], event["line"]) for event in trace.all("manager.called", obj=notes)]
    assert calls == [("__setitem__", 6), ("__getitem__", 15), ("__getitem__", 17)]
    assert len({event["pid"] for event in trace.all("manager.called", obj=notes)}) == 2
    waits = trace.all("lane.blocked", reason="manager", obj=notes)
    assert [event["line"] for event in waits] == [6, 15, 17]
    server = next(event for event in trace.all("process.spawned") if event["name"].startswith("SyncManager"))
    assert server["method"] == method
    assert "internal" not in server, "who keeps the objects is to be seen"
    served = trace.all("thread.created", pid=server["child"])
    assert served
    assert all(event["internal"] for event in served)


def test_two_programs_that_meet_at_a_port(lab: Lab) -> None:
    server = lab.start(SERVER)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    writing = lab.programs / "client.py"
    lab.write(CLIENT, writing.name)
    objs = []
    for host in ("127.0.0.1", "localhost"):
        lab.write(CLIENT, "client.py")
        done = lab._run(writing, (port, host), lab.environment())
        assert done.returncode == 0, done.stderr
        calls = lab.trace().all("manager.called", where=lambda event: event["method"] in ("put", "get"))
        objs = [event["obj"] for event in calls]
    server.communicate("stop\n", timeout=50)
    assert len(objs) == 2
    assert objs[0] == objs[1], "the same queue of the same server has the same id in both programs"
    assert {event["name"] for event in lab.trace().all("shared.created")} == {"box"}


def test_a_manager_that_speaks_xml(lab: Lab) -> None:
    trace = lab.assert_same("""
        from multiprocessing.managers import BaseManager

        class Office(BaseManager):
            pass

        Office.register("get_notes", callable=dict)
        if __name__ == "__main__":
            with Office(serializer="xmlrpclib") as office:
                print(office.get_notes().get("nothing", 5))
    """).trace  # fmt: skip
    assert trace.all("lane.blocked", reason="manager")
