"""Words that tell a speaker "I listen, go on" and take no turn."""

import re
from typing import Final

_WORDS: Final = re.compile(
    r"(a+h|aha|ahah|alright|cool|fine|good|great|h+m+|huh|m+|m+h+m+|nice|oh|ok|okay|right|sure|u+h|uhhuh|u+m|wow)"
    r"|(yeah|yep|yes|yup)"
)
_PHRASES: Final = ("all right", "got it", "i see", "of course", "go on", "very good", "sounds good")
_MOST: Final = 4
"""Words; who says more wants to say something."""

_CLAIMS: Final = re.compile(
    r"\b(again|bye|cancel|enough|excuse|goodbye|hang|hello|help|hey|hold|how|listen|never|no|nope|not|pardon|quiet|quit"
    r"|repeat|sorry|stop|wait|what|when|where|who|why|wrong"
    r"|evening|midnight|morning|noon|tomorrow|tonight|\w+day)\b"
)


def is_backchannel(text: str) -> bool:
    """Tell whether `text` only shows that somebody listens, as "uh-huh", "okay" or "I see" do.

    Said into a question it may be the answer, which is for the caller of this function to know. No words at all, a
    cough, are none either. The kinds follow Yngve (1970), "On getting a word in edgewise".
    """
    words = re.findall(r"[a-z']+", text.lower().replace("-", ""))
    rest = " ".join(words)
    for phrase in _PHRASES:
        rest = re.sub(rf"\b{phrase}\b", " ", rest)
    return len(words) <= _MOST and all(_WORDS.fullmatch(word) for word in rest.split())


def claims_turn(text: str) -> bool:
    """Tell whether `text` asks for the turn or says when, as somebody does who says no more than a word or two."""
    return _CLAIMS.search(text.lower()) is not None
