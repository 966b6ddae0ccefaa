"""What the inspector asks at each stop of the drama."""

from dataclasses import dataclass

from drama.episodes import BY_NUMBER, Episode


@dataclass(frozen=True, kw_only=True)
class Question:
    """Answers are numbered from 0; ``right`` never leaves the server."""

    stop: int
    text: str
    answers: tuple[str, ...]
    right: int

    @property
    def episode(self) -> Episode:
        return BY_NUMBER[self.stop]


QUESTIONS = (
    Question(
        stop=1,
        text="Where did you get this ticket?",
        answers=("I bought it.", "It was in my pocket.", "She gave it to me."),
        right=1,
    ),
    Question(
        stop=2,
        text="And the lady, where is she?",
        answers=("In the window.", "In the other seat.", "Villages went by."),
        right=0,
    ),
    Question(
        stop=3,
        text="All change! Where is the train?",
        answers=("In the sea.", "Under the sign.", "Only the rail still hums."),
        right=2,
    ),
)
BY_STOP = {question.stop: question for question in QUESTIONS}
