"""Words that tell a speaker "I listen, go on" and take no turn."""

import re
from typing import Final

_WORDS: Final = frozenset(
    "ah aha ahah alright cool fine good great hm hmm huh mhm mhmm mm mmhm mmm nice oh ok okay right sure uh uhhuh um "
    "wow yeah yep yes yup".split()
)
_PHRASES: Final = frozenset({"all right", "got it", "i see", "of course", "go on", "very good", "sounds good"})
_MOST: Final = 4
"""Words; who says more wants to say something."""


def is_backchannel(text: str) -> bool:
    """Tell whether `text` only shows that somebody listens, as "uh-huh", "okay" or "I see" do.

    Said into a question it may be the answer, which is for the caller of this function to know. No words at all, a
    cough, are none either. The kinds follow Yngve (1970), "On getting a word in edgewise".
    """
    words = re.findall(r"[a-z']+", text.lower().replace("-", ""))
    rest = " ".join(words)
    for phrase in _PHRASES:
        rest = re.sub(rf"\b{phrase}\b", " ", rest)
    return len(words) <= _MOST and all(word in _WORDS for word in rest.split())
