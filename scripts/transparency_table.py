"""The table of docs/transparency.md: a row for each suite and version."""

import collections
import pathlib

from scripts.transparency_run import Differing, Result

MARK, END_MARK = "<!-- table: written by make transparency ARGS=--write -->", "<!-- end of the table -->"
HEAD = "| suite | Python | tests | passed plain | differ | unsteady | findings |\n|---|---|---|---|---|---|---|"


class Table:
    """Adds up the results of a suite's modules."""

    def __init__(self, named: str) -> None:
        self._named = named
        self._results: dict[tuple[str, str], list[Result]] = collections.defaultdict(list)
        self.unexplained = 0

    def add(self, result: Result) -> None:
        """Take in what one module gave."""
        self._results[result.part.suite, result.part.version].append(result)
        self.unexplained += result.is_broken + sum(not (d.unsteady or self.is_named(d)) for d in result.differing)

    def is_named(self, differing: Differing) -> bool:
        """Return whether docs/quirks.md says why this test differs."""
        return differing.test.split(" ")[0].rpartition(".")[2] in self._named

    def told(self, result: Result) -> str:
        """Return one module's result in words."""
        part = result.part
        differ = [d for d in result.differing if not d.unsteady]
        lender = f" (tests of {part.lender.parent.name})" if part.lender else ""
        findings = "".join(f", {count} x {code}" for code, count in sorted(result.findings.items()))
        lines = [f"{part.version} {part.module}{lender}: {len(result.verdicts)} tests, {len(differ)} differ{findings}"]
        if result.is_broken:
            lines.append("    This module did not run to its end in plain Python, either: NOT EXPLAINED")
        for d in result.differing:
            note = d.unsteady or ("see docs/quirks.md" if self.is_named(d) else "NOT EXPLAINED")
            lines.append(f"    {d.test}: {', '.join(d.plain)} plain; {', '.join(d.traced)} traced; {note}")
        return "\n".join(lines)

    def rows(self) -> dict[tuple[str, str], str]:
        """Return (suite, version) -> its row."""
        return {key: _row(*key, results) for key, results in self._results.items()}

    def text(self) -> str:
        """Return the whole table, and what it comes to."""
        tests = sum(len(result.verdicts) for results in self._results.values() for result in results)
        total = f"{tests} tests compared, {self.unexplained} differ without a reason in docs/quirks.md"
        return "\n".join([HEAD, *(row for _, row in sorted(self.rows().items())), "", total])


def _row(suite: str, version: str, results: list[Result]) -> str:
    verdicts = [verdict for result in results for verdict in result.verdicts.values()]
    differing = [d for result in results for d in result.differing]
    differ = [d.test.rpartition(".")[2] for d in differing if not d.unsteady]
    findings: collections.Counter[str] = collections.Counter()
    for result in results:
        findings.update(result.findings)
    lender = results[0].part.lender
    cells = (
        f"{suite}" + (f" of {lender.parent.name.removeprefix('python')}" if lender else ""),
        version,
        str(len(verdicts)),
        str(verdicts.count("passed")),
        str(len(differ)) + (": " + ", ".join(f"`{name}`" for name in differ) if differ else ""),
        str(len(differing) - len(differ)),
        ", ".join(f"{count} {code}" for code, count in sorted(findings.items())) or "–",
    )
    return f"| {' | '.join(cells)} |"


def write(path: pathlib.Path, table: Table) -> None:
    """Put the rows into the page; rows of suites that were not run now stay."""
    before, _, rest = path.read_text(encoding="utf-8").partition(MARK)
    old, _, after = rest.partition(END_MARK)
    rows = {}
    for line in old.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 2 and cells[0].startswith("test_"):
            rows[cells[0].split(" ")[0], cells[1]] = line
    rows |= table.rows()
    body = "\n".join([MARK, HEAD, *(row for _, row in sorted(rows.items())), END_MARK])
    path.write_text(before + body + after, encoding="utf-8")
