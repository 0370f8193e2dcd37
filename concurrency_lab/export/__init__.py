"""A trace -> a file of another format. To add one: a module with an `EXPORTER`, and its line below."""

from concurrency_lab.export import csv_spans, html, ndjson, perfetto, svg
from concurrency_lab.export.exporter import About, Exporter, ExportError

EXPORTS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        perfetto.EXPORTER,
        svg.EXPORTER,
        html.EXPORTER,
        ndjson.EXPORTER,
        csv_spans.EXPORTER,
    )
}

__all__ = ["EXPORTS", "About", "ExportError", "Exporter"]
