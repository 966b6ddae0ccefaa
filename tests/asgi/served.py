"""What uvicorn, daphne and gunicorn serve."""

from django.core.wsgi import get_wsgi_application

from tests.asgi.application import made

asgi = made()
wsgi = get_wsgi_application()
