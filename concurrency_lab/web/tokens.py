"""Who a request is from: the token in every page, and the cookie that makes a browser's pages one viewer.

A page in a third-party frame gets no cookie, and a foreign page cannot read ours: so each page carries a
token, and sends it with whatever changes something. It says which viewer the page belongs to.
"""

import base64
import datetime
import hashlib
import hmac
import secrets
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer

# A lecture's tab that stays open overnight still works; a page from last month is asked to reload.
_MAX_AGE_S = 7 * 24 * 3600
COOKIE_AGE_S = 30 * 24 * 3600
_VIEWER_BYTES = 12
_KEY_BYTES = 18


class Viewer(NamedTuple):
    """Whoever looks: one browser, or one page where the browser keeps no cookie."""

    id: str
    # may stop everybody's runs
    is_presenter: bool = False


class Tokens:
    """Makes and checks tokens, cookies and the presenter's key."""

    def __init__(self, secret: bytes) -> None:
        self._pages = URLSafeTimedSerializer(secret, salt="concurrency-lab-page")
        self._cookies = URLSafeTimedSerializer(secret, salt="concurrency-lab-viewer")
        key = hmac.digest(secret, b"concurrency-lab-presenter", hashlib.sha256)[:_KEY_BYTES]
        # Made from the secret, so that a presenter's bookmark outlives the server.
        self.presenter_key = base64.urlsafe_b64encode(key).decode()

    def issue(self, viewer: str | None = None, *, is_presenter: bool = False) -> str:
        """Return a token for one page; None: of a viewer of its own."""
        return self._pages.dumps([viewer or self.new_viewer().id, is_presenter])

    def viewer(self, token: object) -> str | None:
        """Return the viewer to whom a page's token was issued; None: it is none of ours, or too old."""
        found = self.who(token)
        return found and found.id

    def who(self, token: object) -> Viewer | None:
        """Return the viewer to whom a page's token was issued, and whether it is the presenter."""
        return _opened(self._pages, token, _MAX_AGE_S)

    def new_viewer(self) -> Viewer:
        """Return somebody who has not been here before."""
        return Viewer(secrets.token_urlsafe(_VIEWER_BYTES))

    def cookie(self, viewer: Viewer) -> str:
        """Return what a browser keeps of its viewer."""
        return self._cookies.dumps([viewer.id, viewer.is_presenter])

    def of_cookie(self, cookie: object) -> Viewer | None:
        """Return the viewer of a cookie; None: it is none of ours, or too old."""
        return _opened(self._cookies, cookie, COOKIE_AGE_S)

    def is_presenter_key(self, key: str) -> bool:
        """Say whether this is the key that the server printed."""
        return hmac.compare_digest(key.encode("utf-8", "replace"), self.presenter_key.encode())


def _opened(serializer: URLSafeTimedSerializer, sealed: object, max_age_s: int) -> Viewer | None:
    if not isinstance(sealed, str):
        return None
    try:
        (viewer_id, is_presenter), signed = serializer.loads(sealed, return_timestamp=True)
    except (BadSignature, ValueError, TypeError):
        return None
    # Not by max_age, which takes what is from the future for expired: the clock may have been set back since.
    age_s = (datetime.datetime.now(datetime.UTC) - signed).total_seconds()
    return Viewer(viewer_id, is_presenter) if age_s <= max_age_s else None
