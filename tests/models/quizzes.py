"""Teaching: quizzes, flash cards, lesson plans."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, TypeAdapter, model_validator

from .registry import Case


class Question(BaseModel):
    prompt: str
    choices: Annotated[list[str], Field(min_length=2, max_length=5)]
    answer: int
    explanation: str = "none given"

    @model_validator(mode="after")
    def answer_is_a_choice(self) -> Self:
        if not 0 <= self.answer < len(self.choices):
            raise ValueError("the answer is not one of the choices")
        return self


class Quiz(BaseModel):
    subject: str
    level: Literal[1, 2, 3]
    questions: Annotated[list[Question], Field(max_length=20)]


class Flashcard(BaseModel):
    front: str
    back: str
    deck: str | None = None


class Lesson(BaseModel):
    """The title is tidied up by the model, after the fields have closed."""

    title: str
    minutes: int
    activities: list[str]

    @model_validator(mode="after")
    def tidy_title(self) -> Self:
        self.title = self.title.strip().capitalize()
        return self


class Course(BaseModel):
    lessons: list[Lesson]
    name: str


CASES = (
    Case(
        "quiz",
        Quiz,
        """{"subject": "Geography", "level": 2, "questions": [
 {"prompt": "Capital of Australia?", "choices": ["Sydney", "Canberra"], "answer": 1, "explanation": "A compromise."},
 {"prompt": "Longest river?", "choices": ["Nile", "Amazon", "Yangtze"], "answer": 0}]}""",
    ),
    Case(
        "flash cards",
        TypeAdapter(list[Flashcard]),
        '[{"front":"\\u72ac","back":"dog"},{"front":"\\u732b","back":"cat","deck":null},{"front":"\\ud83d\\udc1f",'
        '"back":"fish","deck":"animals"}]',
    ),
    Case(
        "course",
        Course,
        '{"lessons":[{"title":" the sea ","minutes":45,"activities":["read","draw"]},{"title":"Waves","minutes":30,'
        '"activities":[]}],"name":"Oceans"}',
        changed_by_owner=frozenset({"title"}),
    ),
)
