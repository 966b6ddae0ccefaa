"""From HTTP to an answer and back: faults, recording and holding back happen here."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ttminis_auth.simulator.answers import Answer, Refusal
from ttminis_auth.simulator.faults import misbehave
from ttminis_auth.simulator.gate import View, simulated
from ttminis_auth.simulator.records import RecordedRequest, read_fields
from ttminis_auth.simulator.world import world

Fields = dict[str, str]
Handler = Callable[[HttpRequest, Fields], Answer]


def endpoint(name: str, *, faults: str = "") -> Callable[[Handler], View]:
    """Make a view of a function that takes a request's fields and gives an Answer.

    ``name`` is what the request is recorded under; ``faults``, if it differs, is
    what faults for it are ordered under.
    """

    def decorate(handler: Handler) -> View:
        def view(request: HttpRequest) -> HttpResponse:
            # Taken on arrival: a release that comes while the answer is being made
            # must not be missed. No lock is held while waiting.
            released = world.released
            answer = _receive(name, faults or name, handler, request)
            if answer.delay:
                released.wait(answer.delay)
            return _respond(answer)

        return csrf_exempt(simulated(view))

    return decorate


def _receive(name: str, faults: str, handler: Handler, request: HttpRequest) -> Answer:
    start = perf_counter()
    fields = read_fields(request)

    def usual() -> Answer:
        try:
            return handler(request, fields)
        except Refusal as refusal:
            return refusal.answer

    answer = misbehave(world.take_fault(faults), usual)
    if world.latency:
        answer = replace(answer, delay=answer.delay + world.latency)
    # Recorded before it is held back: a client that gives up waiting can see at
    # once that its request did arrive.
    world.record(
        RecordedRequest(
            endpoint=name,
            method=request.method or "",
            fields=fields,
            status=answer.status,
            milliseconds=(perf_counter() - start + answer.delay) * 1000,
        )
    )
    return answer


def _respond(answer: Answer) -> HttpResponse:
    response = HttpResponse(
        answer.content(), status=answer.status, content_type=answer.content_type
    )
    for name, value in answer.headers.items():
        response[name] = value
    response["X-Tt-Logid"] = answer.log_id
    response["Cache-Control"] = "no-store"
    return response
