"""An OpenID Connect server of an attacker, who chooses the ``sub`` of its answers."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "attacker"


class Attacker(HTTPServer):
    """Serves on a free port while it is used as a context manager.

    Attributes:
        claims: the claims about the user who logs in.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.claims: dict[str, Any] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._thread = Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Attacker:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def id_token(self) -> str:
        usual = {"iss": self.url, "aud": CLIENT_ID, "exp": time() + 60}
        return jwt.encode(usual | self.claims, self._key, "RS256", headers={"kid": "k"})

    def answer(self, path: str) -> dict[str, Any]:
        algorithm = jwt.algorithms.RSAAlgorithm
        key = algorithm.to_jwk(self._key.public_key(), as_dict=True)
        answers: dict[str, dict[str, Any]] = {
            "/keys": {"keys": [{**key, "kid": "k", "alg": "RS256"}]},
            "/token": {"access_token": "any", "id_token": self.id_token()},
            "/userinfo": self.claims,
        }
        configuration = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "authorization_endpoint": f"{self.url}/authorize",
        }
        return answers.get(path, configuration)


class _Handler(BaseHTTPRequestHandler):
    server: Attacker

    def do_GET(self) -> None:
        body = json.dumps(self.server.answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *args: Any) -> None:
        pass
