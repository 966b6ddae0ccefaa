"""Print "ready", ask for a page until the input ends, and print what each time took.

A process of its own: in that of two thousand visitors, it would measure these.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time

# In seconds, from one question to the next.
EVERY = 0.05
PATIENCE = 300.0


def main(host: str, port: str, path: str) -> None:
    """Print milliseconds, or -1 where no 200 came, as a list of JSON."""
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    taken = []
    print("ready", flush=True)
    while not ended.is_set():
        began = time.perf_counter()
        is_well = _ask(host, int(port), path)
        seconds = time.perf_counter() - began
        taken.append(round(seconds * 1000, 1) if is_well else -1)
        ended.wait(max(0.0, EVERY - seconds))
    print(json.dumps(taken))


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _ask(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read() == b"well"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
