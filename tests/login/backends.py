"""A project's own authentication backend."""

from ttminis_auth.backends import TTMinisBackend


class OwnBackend(TTMinisBackend):
    """Logs in the users that ours logs in."""
