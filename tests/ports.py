"""Ports for servers of ours that another program starts."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that no other process is given before the block ends.

    It is held, and not listened to: Linux lets a server have it that asks for this
    number with ``SO_REUSEADDR``, as servers do, and gives it to none that asks for any
    port. Elsewhere it is merely free.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        if sys.platform != "linux":
            held.close()
        yield port
