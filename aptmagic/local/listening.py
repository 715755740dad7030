"""Binding the local ports, and the error that a start which fails ends with."""

import socket


class StartupError(Exception):
    """Why the site or the embedded cloud could not start, in one sentence."""


def listen(port: int, *, purpose: str, instead: str) -> socket.socket:
    """A socket bound to the port on 127.0.0.1. Raises StartupError, which suggests `instead`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise StartupError(
            f"Port {port} cannot be used for {purpose} ({reason}); choose another: "
            f"make run {instead}."
        ) from error
    return listener
