"""The Elsewhere Line: what happens in it, and when."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One stop of the story. Captions are pairs of second and text."""

    number: int
    departs: str
    title: str
    blurb: str
    length: int
    scene: str
    captions: tuple[tuple[int, str], ...]


EPISODES = (
    Episode(
        number=1,
        departs="00:00",
        title="Platform 0",
        blurb="A train that is on no timetable",
        length=40,
        scene="platform",
        captions=(
            (0, "No one builds a platform zero."),
            (5, "And yet the board said: Elsewhere, 00:00, on time."),
            (11, "It came in without a sound."),
            (17, "No driver. Every window lit."),
            (23, "There was a ticket in my pocket. I had not bought it."),
            (31, "I got on."),
        ),
    ),
    Episode(
        number=2,
        departs="00:17",
        title="Facing Backwards",
        blurb="Someone in the window",
        length=45,
        scene="compartment",
        captions=(
            (0, "I like to face backwards. You see where you have been."),
            (7, "Villages went by, lit, like things I had forgotten."),
            (14, "There was no one in the other seat."),
            (20, "There was someone in the window."),
            (28, "“You kept your place,” she said. “Most people lose it.”"),
            (37, "I had not told her my name. She knew it."),
        ),
    ),
    Episode(
        number=3,
        departs="05:42",
        title="All Change",
        blurb="Where the line ends",
        length=50,
        scene="viaduct",
        captions=(
            (0, "Then the night ran out."),
            (7, "“All change,” said the loudspeaker."),
            (15, "The sea was where the city should have been."),
            (24, "The sign had one word on it."),
            (32, "I looked for the train. Only the rail was still humming."),
            (41, "So this is Elsewhere. I think I have been here before."),
        ),
    ),
)
BY_NUMBER = {episode.number: episode for episode in EPISODES}
