"""The applications that uvicorn, daphne and gunicorn serve."""

from django.core.wsgi import get_wsgi_application

from tests.asgi.application import watched_application

asgi = watched_application()
wsgi = get_wsgi_application()
