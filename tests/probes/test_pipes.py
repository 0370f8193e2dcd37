"""Pipes of os between fork's two halves, and multiprocessing's Pipe by all three start methods."""

import pytest

from tests.probes.conftest import Lab

METHODS = ("fork", "spawn", "forkserver")


def test_a_pipe_between_parent_and_child(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os

        def main():
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(writer)
                print(os.read(reader, 3), os.read(reader, 100), os.read(reader, 1), flush=True)
                os._exit(0)
            os.close(reader)
            os.write(writer, b"hello")
            os.close(writer)
            os.waitpid(child, 0)

        main()
    """).trace
    pipe = trace.one("pipe.created", type="pipe", name="reader, writer")
    assert pipe["peer"] == pipe["obj"]
    sent = trace.one("pipe.sent", obj=pipe["obj"])
    assert (sent["bytes"], sent["value"], sent["line"]) == (5, "b'hello'", 12)
    received = trace.all("pipe.received", obj=pipe["obj"])
    assert [(event["bytes"], event["value"]) for event in received] == [(3, "b'hel'"), (2, "b'lo'")]
    assert {event["pid"] for event in received} == {trace.one("process.forked")["child"]}
    assert {event["reason"] for event in trace.all("lane.blocked", obj=pipe["obj"])} <= {"io"}


def test_reading_an_empty_and_writing_a_full_pipe_blocks(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os
        import threading

        reader, writer = os.pipe()
        threading.Timer(0.02, os.write, (writer, b"x")).start()
        os.read(reader, 1)
        os.write(writer, b"." * 65536)
        threading.Timer(0.02, os.read, (reader, 65536)).start()
        os.write(writer, b"!")
        try:
            os.read(-1, 5)
        except OSError as error:
            print(error)
        print(os.read(reader, 1))
    """).trace
    pipe = trace.one("pipe.created", name="reader, writer")["obj"]
    blocked = [event["line"] for event in trace.all("lane.blocked", obj=pipe)]
    assert [line for line in blocked if line in (7, 10)] == [7, 10]


@pytest.mark.parametrize("method", METHODS)
def test_both_ways(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys

        def answer(end, other):
            other.close()
            while (number := end.recv()) is not None:
                end.send(number * 2)
            try:
                end.recv()
            except EOFError:
                end.close()

        def main():
            context = multiprocessing.get_context(sys.argv[1])
            mine, theirs = context.Pipe()
            child = context.Process(target=answer, args=(theirs, mine))
            child.start()
            theirs.close()
            for number in (1, 2):
                mine.send(number)
                print(mine.poll(5), mine.recv())
            mine.send(None)
            mine.close()
            child.join()
            reader, writer = context.Pipe(duplex=False)
            writer.send_bytes(b"bytes")
            print(reader.recv_bytes(), reader.poll(0.001))

        if __name__ == "__main__":
            main()
    """, method).trace  # fmt: skip
    mine, theirs = (trace.one("pipe.created", name=name) for name in ("mine", "theirs"))
    assert (mine["peer"], theirs["peer"]) == (theirs["obj"], mine["obj"])
    there = [(event["value"], event["line"]) for event in trace.all("pipe.sent", obj=mine["obj"])]
    assert there == [("1", 21), ("2", 21), ("None", 23)]
    back = trace.all("pipe.sent", obj=theirs["obj"])
    assert [event["value"] for event in back] == ["2", "4"]
    for end, sends in ((theirs, trace.all("pipe.sent", obj=mine["obj"])), (mine, back)):
        received = trace.all("pipe.received", obj=end["obj"])
        assert [event["value"] for event in received] == [event["value"] for event in sends]
        assert [event["bytes"] for event in received] == [event["bytes"] for event in sends]
        assert all(one["ts_ns"] < two["ts_ns"] for one, two in zip(sends, received, strict=True))
        assert {event["pid"] for event in received}.isdisjoint({event["pid"] for event in sends})
    plain = trace.one("pipe.created", name="reader, writer")["obj"]
    assert trace.one("pipe.received", obj=plain)["value"] == "b'bytes'"
    polled = trace.one("lane.blocked", obj=plain)
    assert (polled["reason"], polled["timeout_s"], polled["line"]) == ("io", 0.001, 28)


@pytest.mark.parametrize("method", METHODS)
def test_the_pipes_of_queues_and_pools_are_theirs(lab: Lab, method: str) -> None:
    trace = lab.run("""
        import multiprocessing
        import sys

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            box = context.Queue()
            box.put(1)
            box.get()
            with context.Pool(1) as pool:
                pool.map(abs, [1, 2])
    """, method).trace  # fmt: skip
    assert not trace.all("pipe.created", "pipe.sent", "pipe.received")
