"""The part of the world that sends webhooks to apps."""

import threading
from collections import deque
from dataclasses import replace
from itertools import count
from typing import Unpack

from ttminis_auth.simulator import webhooks
from ttminis_auth.simulator.vault import Vault
from ttminis_auth.simulator.webhooks import Delivery, Details, Headers

REMEMBERED_DELIVERIES = 100
MOMENT = 0.1
"""Seconds until the webhook of what an app itself has done."""


class Messenger(Vault):
    """Sends webhooks over HTTP, and never while it holds the lock.

    The receiver may be the very project that this runs in, and may call back before it
    answers.
    """

    def __init__(self) -> None:
        super().__init__()
        # Not restored: a page that was loaded before a reset must not replay what
        # came to stand under an old number.
        self._numbers = count(1)
        self._on_their_way: list[threading.Timer] = []

    def _restore_messenger(self) -> None:
        self._deliveries = deque[Delivery](maxlen=REMEMBERED_DELIVERIES)
        for timer in self._on_their_way:
            timer.cancel()
        self._on_their_way = []

    # --- by order

    def forge_webhook(
        self, client_key: str, event: str, **details: Unpack[Details]
    ) -> tuple[bytes, Headers]:
        """Return body and headers of a signed delivery, without sending it.

        What it says and how it may be spoiled: ``webhooks.Details``. By default it is
        about no user, has no content, and happened and was signed now.
        """
        now = int(self.clock())
        handle = details.get("handle")
        user = "" if handle is None else self.open_id(handle, client_key)
        body = webhooks.envelope(
            self.app(client_key).client_key,
            event,
            details.get("create_time", now),
            details.get("user_openid", user),
            details.get("content", {}),
        )
        headers = self.sign_webhook(
            client_key,
            body,
            signed_at=details.get("signed_at", now),
            secret=details.get("secret"),
        )
        return webhooks.tampered(body) if details.get("tamper") else body, headers

    def sign_webhook(
        self,
        client_key: str,
        body: bytes,
        *,
        signed_at: int | None = None,
        secret: str | None = None,
    ) -> Headers:
        """Sign a body of one's own, which need not be anything that TikTok sends."""
        key = self.app(client_key).client_secret if secret is None else secret
        now = int(self.clock())
        return webhooks.sign(body, key, now if signed_at is None else signed_at)

    def send_webhook(
        self,
        client_key: str,
        event: str,
        *,
        url: str | None = None,
        note: str = "",
        **details: Unpack[Details],
    ) -> int | None:
        """Send a webhook and return the status it is answered with.

        None means that no answer came within five seconds. It goes to ``url``, or to
        the address of the app; raises ValueError if there is neither.
        """
        url = webhooks.check_address(url) if url else self.webhook_url(client_key)
        if url is None:
            raise ValueError(f"{client_key!r} has no webhook address")
        return self._deliver(
            self._draft(client_key, event, url, note, **details)
        ).status

    def _draft(
        self,
        client_key: str,
        event: str,
        url: str,
        note: str,
        **details: Unpack[Details],
    ) -> Delivery:
        body, headers = self.forge_webhook(client_key, event, **details)
        return Delivery(
            client_key=client_key,
            event=event,
            handle=details.get("handle"),
            url=url,
            body=body,
            headers=headers,
            note=note,
        )

    def replay_webhook(self, number: int) -> int | None:
        """Send a delivery again, byte by byte; raises KeyError for a forgotten one."""
        with self._lock:
            earlier = {each.number: each for each in self._deliveries}[number]
        again = replace(earlier, note=f"replay of {number}", status=None)
        return self._deliver(again).status

    @property
    def deliveries(self) -> list[Delivery]:
        """The last webhooks that were sent, oldest first."""
        with self._lock:
            return list(self._deliveries)

    def _deliver(self, delivery: Delivery) -> Delivery:
        # Taken before it is sent: what a forgotten world has sent is not noted down
        # in the next one.
        with self._lock:
            deliveries = self._deliveries
        status = webhooks.post(delivery.url, delivery.body, delivery.headers)
        with self._lock:
            sent = replace(delivery, number=next(self._numbers), status=status)
            deliveries.append(sent)
        return sent

    # --- when an authorization ends

    def _removal(self, handle: str, client_key: str, reason: int) -> Delivery | None:
        url = self.webhook_url(client_key)
        if url is None:
            return None
        return self._draft(
            client_key,
            webhooks.REMOVED,
            url,
            webhooks.REASONS[reason],
            handle=handle,
            content={"reason": reason},
        )

    def _deliver_later(self, delivery: Delivery) -> None:
        # The receiver may be a process with a single thread, which waits for the
        # answer to its request first.
        timer = threading.Timer(self.latency + MOMENT, self._deliver, args=(delivery,))
        timer.daemon = True
        with self._lock:
            timer.start()
            waiting = [each for each in self._on_their_way if each.is_alive()]
            self._on_their_way = [*waiting, timer]

    def wait_for_webhooks(self) -> None:
        """Return once every webhook has been sent that follows from a request."""
        with self._lock:
            waiting = list(self._on_their_way)
        for timer in waiting:
            timer.join()
