"""A service for step types in tests: answers in turn, and a memory of what was asked."""

import json
from typing import Any

import trio
from attrs import define, field

from aegisd.steps.calling import Answer, Request, ServiceFault


def answer(value: Any = None, *, status: int = 200, text: str | None = None, kind: str = "application/json") -> Answer:
    """An answer with the JSON of `value`, or with `text`."""
    body = json.dumps(value).encode() if text is None else text.encode()
    return Answer(status=status, content_type=kind, body=body)


@define
class FakeService:
    """A `Caller`: gives `answers` in turn, the last one again and again."""

    answers: list[Answer | ServiceFault] = field(factory=list)
    asked: list[tuple[str | None, Request]] = field(factory=list)

    async def send(self, service: str | None, request: Request) -> Answer:
        """The next answer."""
        await trio.lowlevel.checkpoint()
        self.asked.append((service, request))
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(found, ServiceFault):
            raise found
        return found

    @property
    def bodies(self) -> list[Any]:
        """What was sent as JSON."""
        return [json.loads(request.body) for _, request in self.asked if request.body]
