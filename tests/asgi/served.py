"""What uvicorn and daphne serve."""

from tests.asgi.application import made

application = made()
