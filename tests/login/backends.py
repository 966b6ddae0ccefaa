"""A project's own authentication backend."""

from ttminis_auth.backends import TTMinisBackend


class OwnBackend(TTMinisBackend):
    """Lets in whom ours lets in."""
