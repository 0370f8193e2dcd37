"""Standard output and error, by thread; and that the streams stay what they are."""

from tests.probes.conftest import Lab


def test_each_word_has_its_thread_and_line(lab: Lab) -> None:
    result = lab.run("""
        import os
        import sys
        import threading

        def work():
            print("from the thread")

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        print("from main", file=sys.stderr)
        sys.stdout.flush()
        os.write(1, b"raw\\n")
    """)
    assert result.trace.output() == result.stdout == "from the thread\nraw\n"
    assert result.trace.output(2) == result.stderr == "from main\n"
    words = result.trace.one("output.written", text="from the thread")
    assert (words["line"], words["ident"]) == (7, result.trace.one("thread.started")["ident"])
    assert result.trace.one("output.written", text="raw\n")["line"] == 14


def test_long_and_odd_text_arrives_whole(lab: Lab) -> None:
    result = lab.run("""
        print("\\u00e4\\U0001f600" * 5000)
        print("nul \\0 here")
    """, PYTHONIOENCODING="utf-8")  # fmt: skip
    assert result.trace.output() == "ä\U0001f600" * 5000 + "\nnul ␀ here\n"


def test_the_streams_are_the_originals_in_all_that_shows(lab: Lab) -> None:
    lab.assert_same("""
        import io
        import sys

        for stream, original in ((sys.stdout, sys.__stdout__), (sys.stderr, sys.__stderr__)):
            print(stream is original, type(stream), repr(stream), isinstance(stream, io.TextIOWrapper))
            print(stream.encoding, stream.errors, stream.newlines, stream.line_buffering, stream.write_through)
            print(stream.fileno(), stream.name, stream.mode, stream.closed, stream.isatty(), type(stream.buffer))
        sys.stdout.reconfigure(line_buffering=True)
        print(sys.stdout.write("four"), sys.stdout.writelines(["a", "b"]))
        try:
            sys.stdout.write(4)
        except TypeError as error:
            print(error)
    """)


def test_closed_missing_and_replaced_streams(lab: Lab) -> None:
    lab.assert_same("import sys\nprint('x')\nsys.stdout.close()\nprint('y')")
    lab.assert_same("import sys\nsys.stdout = None\nprint('x')\nsys.stdout = sys.__stdout__\nprint('z')")
    lab.assert_same("import os\nprint('buffered')\nos.close(1)")
    result = lab.assert_same("""
        import contextlib
        import io

        with contextlib.redirect_stdout(io.StringIO()) as caught:
            print("inside")
        print(len(caught.getvalue()))
    """)
    assert result.trace.output() == "7\n"


def test_what_a_parent_captures_is_not_the_runs_output(lab: Lab) -> None:
    result = lab.assert_same("""
        import subprocess
        import sys

        print(subprocess.run([sys.executable, "-c", "print('captured')"], capture_output=True).stdout)
    """)
    assert result.trace.output() == result.stdout
