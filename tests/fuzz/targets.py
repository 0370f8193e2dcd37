"""Everything that is given bad input, by name."""

from tests.fuzz import frames, segments, texts, trace_files, web
from tests.fuzz.harness import Target

TARGETS: dict[str, type[Target]] = {
    target.name: target
    for target in (
        web.Parameters,
        web.Pasted,
        frames.Frames,
        web.Addresses,
        web.Requests,
        segments.Segments,
        texts.Texts,
        trace_files.TraceFiles,
    )
}
