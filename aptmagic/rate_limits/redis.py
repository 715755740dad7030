"""As much of Redis as is asked of it here: to run a script, and say a number.

The usual client is a twelfth of what a page's function may weigh, and takes longer to import than
most pages to answer.
"""

import hashlib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

PORT = 6379


class RedisError(Exception):
    """What Redis said no to."""


class Redis:
    """`redis://user:password@host:port/number`, or `rediss://` for TLS."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url, self._seconds = urlsplit(url), seconds
        self._idle: list[BinaryIO] = []  # connections that no thread needs at this moment

    def eval_script(self, script: str, keys: Sequence[str], arguments: Sequence[object]) -> int:
        """The number that the script gives. Raises OSError, Failed."""
        known = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        rest = [len(keys), *keys, *arguments]
        try:
            return int(self._execute("EVALSHA", known, *rest))
        except RedisError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            return int(self._execute("EVAL", script, *rest))

    def _execute(self, *words: object) -> str:
        """Over a new connection when those that we had were closed meanwhile."""
        while self._idle:
            with suppress(OSError, IndexError):  # another thread may take the last one
                return self._execute_on(self._idle.pop(), words)
        return self._execute_on(self._connect(), words)

    def _execute_on(self, connection: BinaryIO, words: Sequence[object]) -> str:
        try:
            answer = _send_command(connection, words)
        except OSError:
            with suppress(OSError):
                connection.close()
            raise
        except RedisError:
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return answer

    def _connect(self) -> BinaryIO:
        url = self._url
        line = socket.create_connection((url.hostname or "", url.port or PORT), self._seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.scheme == "rediss":
            line = ssl.create_default_context().wrap_socket(line, server_hostname=url.hostname)
        connection = cast(BinaryIO, line.makefile("rwb"))
        line.close()  # when the connection is
        if url.password:
            _send_command(
                connection, ["AUTH", *filter(None, (url.username, unquote(url.password)))]
            )
        if number := url.path.strip("/"):
            _send_command(connection, ["SELECT", number])
        return connection


def _send_command(connection: BinaryIO, words: Sequence[object]) -> str:
    """https://redis.io/docs/latest/develop/reference/protocol-spec/: numbers, lines and errors."""
    parts = [str(word).encode() for word in words]
    connection.write(b"*%d\r\n" % len(parts))
    connection.write(b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    connection.flush()
    answer = connection.readline()
    if not answer.endswith(b"\r\n"):
        raise ConnectionError("Redis has hung up")
    kind, said = answer[:1], answer[1:-2].decode()
    if kind == b"-":
        raise RedisError(said)
    return said
