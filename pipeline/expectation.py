"""What kind of answer an agent's words ask for, read from the words themselves: so it holds for any language model."""

import re
from typing import Final, Literal

Expected = Literal["yes or no", "time", "number", "words"]

_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+")
_NUMBER: Final = re.compile(
    r"\b(?:what|which|tell me|give me|may i have|can i have)\b.*\b(?:number|code|pin|digits|zip)\b", re.IGNORECASE
)
_TIME: Final = re.compile(
    r"\b(?:when\b|by when|until when|(?:what|which) (?:time|day|date)|how (?:long|soon|often))", re.IGNORECASE
)
_CHOICE: Final = re.compile(
    r"^(?:so |and |sorry,? |okay,? )?(?:do|does|did|is|are|was|were|shall|should|would|will|can|could|have|has|may)\b",
    re.IGNORECASE,
)
_OFFER: Final = re.compile(r"\b(?:can|could|may|shall) (?:i|we)\b.*\b(?:do|help)\b", re.IGNORECASE)


def expected_answer(said: str) -> Expected | None:
    """Return what the last question in the agent's words asks for; None where they end in no question."""
    question = _SENTENCES.split(said.strip())[-1]
    if not question.endswith("?") or _OFFER.search(question):
        return None
    if _NUMBER.search(question):
        return "number"
    if _CHOICE.search(question):
        return None if " or " in question else "yes or no"
    return "time" if _TIME.search(question) else "words"
