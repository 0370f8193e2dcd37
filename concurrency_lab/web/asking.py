"""Who asks for something, and whether they may have one more of it."""

from flask import current_app, request

from concurrency_lab.web.guard import TOKEN_HEADER
from concurrency_lab.web.problems import Problem
from concurrency_lab.web.quotas import QuotaPassed, address_of
from concurrency_lab.web.tokens import Viewer


def sender() -> Viewer:
    """Return the viewer whose page a request comes from; the guard has checked its token."""
    viewer: Viewer | None = current_app.extensions["lab.tokens"].who(request.headers.get(TOKEN_HEADER))
    if viewer is None:
        raise Problem(403, "bad-token")
    return viewer


def take_quota(what: str, viewer: Viewer) -> None:
    """Count one more of what is asked for; raise QuotaPassed."""
    address = address_of(request.environ)
    current_app.extensions["lab.rates"].take(what, viewer=viewer.id, address=address)


def quota_problem(passed: QuotaPassed) -> Problem:
    """Return what is answered to somebody who asks for more than they may have."""
    headers = [("Retry-After", str(passed.retry_s))]
    waiting = current_app.extensions["lab.runner"].waiting
    return Problem(
        429, f"quota-{passed.scope}", headers=headers, extra={"place": waiting}, seconds=passed.retry_s, place=waiting
    )
