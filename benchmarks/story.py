"""Long answers for a language model that thinks nothing: sentences that ask nothing, so that nobody need answer."""

import random
from typing import Final

_WHO: Final = (
    "The baker",
    "My neighbour",
    "An old sailor",
    "The young doctor",
    "A famous painter",
    "The night train",
    "Our teacher",
    "The whole village",
)
_DID: Final = (
    "walked along the river",
    "waited near the station",
    "found a wooden box",
    "wrote a long letter",
    "carried the heavy bread",
    "crossed the narrow bridge",
    "sang about the summer",
    "looked for the blue door",
)
_WHEN: Final = (
    "before the sun came up.",
    "while the snow was falling.",
    "because nobody else would do it.",
    "until the lights went out.",
    "after the market had closed.",
    "when the first guests arrived.",
    "though the wind was cold.",
    "and told nobody about it.",
)


def story(number: int, sentences: int) -> str:
    """Return an answer of so many sentences, another one for each `number`, without a comma or a question."""
    chance = random.Random(number)
    return " ".join(" ".join(chance.choice(part) for part in (_WHO, _DID, _WHEN)) for _ in range(sentences))
