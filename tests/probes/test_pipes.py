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


def test_files_made_of_a_pipe(lab: Lab) -> None:
    trace = lab.assert_same("""
        import io
        import os
        import warnings

        first, second = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            os.close(first[1])
            os.close(second[0])
            with os.fdopen(first[0]) as lines, os.fdopen(second[1], "wb", 0) as back:
                for line in lines:
                    back.write(line.upper().encode())
            os._exit(0)
        os.close(first[0])
        os.close(second[1])
        with os.fdopen(second[0], "rb") as back:
            with os.fdopen(first[1], "w", encoding="utf-8", newline="\\r\\n") as out:
                print(type(out), type(out.buffer), out.mode, out.name == first[1], out.encoding)
                print(repr(out.buffer.raw)[:11], isinstance(out.buffer.raw, io.FileIO), out.isatty(), out.seekable())
                print("one", file=out, flush=True)
                out.write("two\\n")
            print(out.closed, back.read())
        os.waitpid(child, 0)
        try:
            os.fdopen(10_000)
        except OSError as error:
            print(error)
        warnings.simplefilter("always")
        reader, writer = os.pipe()
        unclosed = os.fdopen(writer, "w")
        del unclosed
        os.close(reader)
    """).trace  # fmt: skip
    there, back = (event["obj"] for event in trace.all("pipe.created")[:2])
    sent = trace.all("pipe.sent", obj=there)
    assert [(event["value"], event["line"]) for event in sent] == [("b'one\\r\\n'", 21), ("b'two\\r\\n'", 18)]
    assert sum(event["bytes"] for event in trace.all("pipe.received", obj=there)) == 10
    flows = [flow for flow in trace.fold().flows if flow[0] == "sent" and flow[5] == there]
    assert len(flows) == 2
    assert flows[0][1] != flows[0][3]
    assert not trace.all("pipe.sent", obj=back), "a file without a buffer is the descriptor itself"
    assert "'ONE" in "".join(event["value"] for event in trace.all("pipe.received", obj=back))
