"""multiprocessing.connection's Listener and Client: both ends known, and who sent what to whom."""

import pytest

from tests.probes.conftest import Lab

PROGRAM = """
    import multiprocessing
    import sys
    from multiprocessing.connection import Client, Listener

    def talk(address):
        with Client(address, authkey=b"key") as caller:
            caller.send("question")
            print(caller.recv())

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        for address, family in ((("127.0.0.1", 0), "AF_INET"), (None, "AF_UNIX")):
            with Listener(address, family, authkey=b"key") as listener:
                child = context.Process(target=talk, args=(listener.address,))
                child.start()
                with listener.accept() as guest:
                    print(guest.recv())
                    guest.send("answer")
                child.join()
"""


TIMEOUTS = """
    import os
    import socket
    from multiprocessing.connection import Client, Listener

    socket.setdefaulttimeout(5)
    with Listener(("127.0.0.1", 0)) as listener:
        caller = Client(listener.address)
        guest = listener.accept()
        print(os.get_blocking(caller.fileno()), os.get_blocking(guest.fileno()))
        caller.send(1)
        print(guest.recv())
"""


def test_a_default_timeout_does_not_change_the_connection(lab: Lab) -> None:
    lab.assert_same(TIMEOUTS)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_conversation_has_its_arrows(lab: Lab, method: str) -> None:
    trace = lab.assert_same(PROGRAM, method).trace
    values = [event["value"] for event in trace.all("pipe.sent", "pipe.received")]
    assert values == ["'question'", "'question'", "'answer'", "'answer'"] * 2, "nothing of the handshake is told"
    parent = str(trace.one("process.started", method="main")["pid"])
    flows = [flow for flow in trace.fold().flows if flow[0] == "sent"]
    assert len(flows) == 4
    for question, answer in (flows[:2], flows[2:]):
        assert question[3] == answer[1] == parent
        assert question[1] == answer[3] != parent
    accepting = [event["line"] for event in trace.all("lane.blocked", reason="io") if "obj" not in event]
    assert accepting.count(17) == 2
    names = {event.get("name") for event in trace.all("pipe.created", type="multiprocessing.Connection")}
    assert {"guest", "caller"} <= names
