"""Everything that is given bad input, by name."""

from tests.fuzz import web
from tests.fuzz.harness import Target

TARGETS: dict[str, type[Target]] = {
    target.name: target for target in (web.Parameters, web.Pasted, web.Addresses, web.Requests)
}
