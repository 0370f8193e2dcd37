"""What runs one test in a process of its own: pytest, with what the parent's pytest had, and a file for the reports."""

import json
import sys

import pytest


class Reporter:
    """Writes each report as it comes: a test that hangs later has said what went before."""

    def __init__(self, path: str) -> None:
        self._path = path

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep what makes JSON of reports."""
        self._config = config

    def pytest_runtest_logstart(self) -> None:
        """Begin the file: from now on the test's time counts."""
        open(self._path, "a").close()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one report."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(data) + "\n")


def main() -> int:
    """Run the test that the arguments name."""
    reports, path, *arguments = json.loads(sys.argv[1])
    sys.path[:] = path
    return int(pytest.main(arguments, plugins=[Reporter(reports)]))


if __name__ == "__main__":
    sys.exit(main())
