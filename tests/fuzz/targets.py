"""Everything that is given bad input, by name."""

from tests.fuzz import addresses, frames, posts, raw_http, segments, texts, trace_files
from tests.fuzz.harness import Target

TARGETS: dict[str, type[Target]] = {
    target.name: target
    for target in (
        posts.Parameters,
        posts.Pasted,
        frames.Frames,
        addresses.Addresses,
        raw_http.Requests,
        segments.Segments,
        texts.Texts,
        trace_files.TraceFiles,
    )
}
