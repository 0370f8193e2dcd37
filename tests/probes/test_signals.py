"""Signals: who sent, and where the handler broke in."""

from tests.probes.conftest import Lab


def test_a_handler_of_the_users(lab: Lab) -> None:
    result = lab.assert_same("""
        import os
        import signal

        def handle(number, frame):
            print("got", signal.Signals(number).name, frame.f_lineno)

        print(signal.signal(signal.SIGUSR1, handle))
        print(signal.getsignal(signal.SIGUSR1) is handle)
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        print(signal.signal(signal.SIGUSR1, signal.SIG_IGN) is handle, signal.getsignal(signal.SIGUSR1))
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        print(signal.signal(signal.SIGINT, signal.default_int_handler) is signal.default_int_handler)
        try:
            signal.signal(signal.SIGKILL, handle)
        except OSError as error:
            print(error)
    """)
    sent = result.trace.all("signal.sent", signal=10)
    received = result.trace.all("signal.received", signal=10)
    assert [event["line"] for event in sent] == [10, 11]
    assert [event["line"] for event in received] == [10, 11]
    assert sent[0]["ts_ns"] < received[0]["ts_ns"] < sent[1]["ts_ns"]


def test_an_error_in_a_handler_has_its_own_traceback(lab: Lab) -> None:
    lab.assert_same("""
        import os
        import signal
        import time

        def handle(number, frame):
            raise LookupError("from the handler")

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        time.sleep(10)
    """)


def test_signals_by_thread_and_by_pidfd_are_told(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os
        import signal
        import threading

        signal.signal(signal.SIGUSR1, lambda number, frame: print("got", number))
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        signal.pidfd_send_signal(os.pidfd_open(os.getpid()), signal.SIGUSR1)
        try:
            signal.pidfd_send_signal(10_000, signal.SIGUSR1)
        except OSError as error:
            print(error)
    """).trace  # fmt: skip
    assert trace.kinds("signal.sent", "signal.received") == ["signal.sent", "signal.received"] * 2
    assert [event["line"] for event in trace.all("signal.sent")] == [7, 8]
