"""How a receiver knows that we sent it: ``X-Twiceshy-Signature: t=…,v1=…``.

``t`` is the time of the attempt in seconds since 1970; ``v1`` is HMAC-SHA256 with the webhook's
secret over ``t``, a dot and the body, in hex.  A receiver refuses what is older than some minutes
and compares in constant time.
"""

import hashlib
import hmac
from datetime import datetime

HEADER = "X-Twiceshy-Signature"


def sign(secret: str, moment: datetime, body: bytes) -> str:
    """The value of the header for this body at this moment."""
    seconds = str(int(moment.timestamp()))
    told = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={told}"
