"""An authenticator app: the codes of RFC 6238."""

import base64
import hmac
import struct
import time


def code(secret: str, *, steps: int = 0) -> str:
    """The six digits of this half minute, or of one `steps` away."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time() // 30) + steps)
    digest = hmac.new(key, counter, "sha1").digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"
