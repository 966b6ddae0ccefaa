"""Hold a code, a token or a client secret so that no report shows it by accident."""

from __future__ import annotations

import functools
import hmac
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

HIDDEN = "[hidden]"


class Secret:
    """A text that only ``reveal()`` gives out.

    Error pages, error trackers and logs show what a variable's ``repr`` or ``str``
    says, whatever the variable is called. Here that is "[hidden]", in a format string
    too. It cannot be pickled: a queue or a cache would hold it in clear.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text: str = text._text if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """Return the text. Call it where the text is sent, and keep no name for it."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("A secret cannot be pickled: reveal() it where it is sent.")


def _bytes(secret: Secret) -> bytes:
    # A page can send lone surrogates, which UTF-8 refuses.
    return secret.reveal().encode(errors="surrogatepass")


def without_locals(call: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function whose errors keep no local variables of what it called.

    Error trackers read those of each frame that an error came through. In requests and
    urllib3 they are the form and the header that we sent, in our own code the answer.
    Which line of which file it was stays.
    """

    @functools.wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        before = sys.exception()
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            _clear_frames(error, before)
            raise

    return called


def _clear_frames(error: BaseException, before: BaseException | None) -> None:
    """Clear what an error and those behind it came through, but not one from before."""
    seen, link = [before], error
    while link not in seen:
        seen.append(link)
        traceback.clear_frames(link.__traceback__)
        if link.__suppress_context__:
            # An error that is kept from the reader may quote what we sent.
            link.__context__ = link.__cause__
        link = link.__context__ or error
