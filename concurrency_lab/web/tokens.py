"""The token that shows that a request comes from one of this server's own pages.

A page in a third-party frame gets no cookie, and a foreign page cannot read ours: so each page carries a
token, and sends it with whatever changes something.
"""

import datetime
import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer

# A lecture's tab that stays open overnight still works; a page from last month is asked to reload.
_MAX_AGE_S = 7 * 24 * 3600


class Tokens:
    """Makes and checks tokens."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="concurrency-lab-page")

    def issue(self) -> str:
        """Return a token for one page."""
        return self._serializer.dumps(secrets.token_urlsafe(9))

    def valid(self, token: object) -> bool:
        """Say whether this server issued the token, and not too long ago."""
        if not isinstance(token, str):
            return False
        try:
            _, signed = self._serializer.loads(token, return_timestamp=True)
        except BadSignature:
            return False
        # Not by max_age, which takes a token from the future for expired: the clock may have been set back since.
        age: datetime.timedelta = datetime.datetime.now(datetime.UTC) - signed
        return age.total_seconds() <= _MAX_AGE_S
