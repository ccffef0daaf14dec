"""Events that say something in words."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class InfoNoted(Report):
    """Something worth knowing."""

    type: ClassVar[str] = "note.info"


@frozen(kw_only=True)
class WarningNoted(Report):
    """Something that may be wrong."""

    type: ClassVar[str] = "note.warning"


@frozen(kw_only=True)
class ErrorNoted(Report):
    """Something that is wrong."""

    type: ClassVar[str] = "note.error"


NoteEvent = InfoNoted | WarningNoted | ErrorNoted
