"""Runs one module of CPython's tests and writes each verdict as it falls. A program like any other: it is run
plain and traced, by every Python, so it knows nothing of the lab.

    python transparency_part.py REPORT LIMIT_S MODULE [TEST ...]

The lines of REPORT are JSON: {"test", "at_ns"} where a test begins, {"test", "verdict", "text"} where it ends.
"""

import sys


def main() -> None:
    """Run the module's tests, or only those named."""
    # Imported here: a spawned child of a test reads this file again, and needs nothing of it.
    import faulthandler
    import json
    import os
    import time
    import unittest

    from test import support

    path, limit_s, module, *only = sys.argv[1:]
    report = open(path, "w", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 - until the end
    stacks = open(path + ".stacks", "w")  # noqa: SIM115 - faulthandler writes to its descriptor
    faulthandler.dump_traceback_later(float(limit_s), exit=True, file=stacks)
    # None of regrtest's resources: no network, no display, nothing that takes minutes.
    support.use_resources = []
    writer = os.getpid()

    def write(**fields: object) -> None:
        # A test's forked child that runs on into unittest is not the one that is asked.
        if os.getpid() == writer:
            report.write(json.dumps(fields) + "\n")

    class Verdicts(unittest.TestResult):
        def startTest(self, test: unittest.TestCase) -> None:
            write(test=test.id(), at_ns=time.monotonic_ns())

        def addSuccess(self, test: unittest.TestCase) -> None:
            write(test=test.id(), verdict="passed")

        def addSkip(self, test: unittest.TestCase, reason: str) -> None:
            write(test=test.id(), verdict="skipped", text=reason)

        def addError(self, test, err) -> None:  # type: ignore[no-untyped-def]
            write(test=test.id(), verdict="error", text=self._exc_info_to_string(err, test))

        def addFailure(self, test, err) -> None:  # type: ignore[no-untyped-def]
            write(test=test.id(), verdict="failed", text=self._exc_info_to_string(err, test))

        def addSubTest(self, test, subtest, err) -> None:  # type: ignore[no-untyped-def]
            if err is not None:
                write(test=test.id(), verdict="failed", text=self._exc_info_to_string(err, test))

        def addExpectedFailure(self, test, err) -> None:  # type: ignore[no-untyped-def]
            write(test=test.id(), verdict="failed as expected")

        def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
            write(test=test.id(), verdict="passed unexpectedly")

    def chosen(suite: unittest.TestSuite) -> unittest.TestSuite:
        found = unittest.TestSuite()
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                found.addTest(chosen(test))
            elif not only or test.id() in only:
                found.addTest(test)
        return found

    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(module)
    except unittest.SkipTest as reason:
        write(test=module, verdict="skipped", text=str(reason))
    else:
        chosen(suite).run(Verdicts())
    write(test="", verdict="ended")
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
