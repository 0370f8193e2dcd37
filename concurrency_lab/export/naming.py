"""What an exported file is called."""

import re

from concurrency_lab.export.exporter import About, Exporter
from concurrency_lab.export.text import plain

# What one of the systems does not take in the name of a file.
_UNFIT = re.compile(r'[<>:"/\\|?*\s]+')
_MOST = 80


def file_name(about: About, program: str, run_id: str, exporter: Exporter) -> str:
    """Return a name in the reader's language: of the lesson, else of the program, and the run's id."""
    words = _UNFIT.sub("-", plain(about.title.get(about.lang) or program)).strip("-.")
    return f"{words[:_MOST] or 'run'}-{run_id}{exporter.suffix}"
