"""docs/how-to/payments.rst"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from shop import orders
from shop.models import Order

KEY = "mnsimdrama000001"
PAID = "minis.trade_order.redeem.success"
pytestmark = pytest.mark.django_db(transaction=True)


class TradeOrders(BaseHTTPRequestHandler):
    """TikTok's endpoint for orders, which the simulator does not have."""

    received = []

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        self.received.append((self.headers["Authorization"], body))
        answer = {"data": {"trade_order_id": "TOID1"}, "error": {"code": "ok"}}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def order(client, tiktok, monkeypatch):
    mia = tiktok.log_in(client, "mia")
    TradeOrders.received.clear()
    with HTTPServer(("127.0.0.1", 0), TradeOrders) as server:
        address = f"http://127.0.0.1:{server.server_port}/create/"
        monkeypatch.setattr(orders, "CREATE", address)
        Thread(target=server.serve_forever, daemon=True).start()
        yield orders.create_order(mia, KEY, "Episode 2", 100)
        server.shutdown()


def paid(tiktok, **content):
    content = {"trade_order_id": "TOID1", "is_sandbox": False, **content}
    assert tiktok.post_webhook(PAID, content=content).status_code == 200
    return Order.objects.get().paid_at


def test_an_order_is_created_with_the_user_s_token(order):
    ((authorization, body),) = TradeOrders.received

    assert authorization.startswith("Bearer act.")
    assert body["order_info"]["order_id"] == str(order.pk)
    assert Order.objects.get().trade_order_id == "TOID1"


def test_a_webhook_marks_the_order_as_paid(order, tiktok):
    assert paid(tiktok)


def test_a_sandbox_payment_does_not_mark_the_order_as_paid(order, tiktok):
    assert paid(tiktok, is_sandbox=True) is None


def test_a_payment_of_another_order_is_ignored(order, tiktok):
    assert paid(tiktok, trade_order_id="TOID2") is None
