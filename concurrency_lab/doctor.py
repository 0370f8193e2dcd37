"""python -m concurrency_lab doctor: says layer by layer how runs are contained here, and what to do."""

import argparse
import dataclasses
import json
import textwrap

from concurrency_lab.supervisor.jail import Verdict, verdict

_WIDTH = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's own options."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def examine(options: argparse.Namespace) -> int:
    """Print the verdict; return 0 where other people's code can be jailed, 1 where not."""
    found = verdict(None)
    print(json.dumps(dataclasses.asdict(found), indent=2) if options.json else as_text(found))
    return 0 if found.jail_ok and found.uid_ok else 1


def as_text(found: Verdict) -> str:
    """Return the verdict as lines for a terminal."""
    lines: list[str] = []
    for layer in found.layers:
        lines += _wrapped(f"{'ok' if layer.ok else '--':4}{layer.name}: ", layer.text)
        if layer.advice and not layer.ok:
            lines += _wrapped("    What to do: ", layer.advice)
    if found.jail_ok and found.uid_ok:
        lines.append("Runs of a server are jailed, and the playground can be switched on.")
    else:
        lines.append("The lessons work. The playground (other people's code) cannot be switched on.")
    return "\n".join(lines)


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(head + text, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
