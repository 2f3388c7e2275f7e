"""What callers say to any agent ("yes", "never mind", "say that again"), and what it answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from models.llm import ToolSpec
from models.llm.corrections import without_politeness
from models.llm.templates import Template

Remark = Literal["yes", "no", "cancel", "help", "repeat", "goodbye", "greeting", "thanks", "retry", "wait"]

_REMARKS: Final[dict[Remark, tuple[str, ...]]] = {
    "yes": (
        "(yes|yeah|yep|yup|ya|sure|correct|right|exactly|absolutely|definitely|of course|okay|ok|fine) [please|do it]",
        "(yes|yeah|ok|okay|sure) [that's|that is|it's|it is] (right|correct|fine|good|the one|it|sure|ok)",
        "(that's|that is|that one is) (right|correct|fine|good|it|the one)",
        "(yes|yeah) (that one|i do|i did|do|go ahead|thanks|thank you)",
        "(ok|okay|alright|all right|right|fine|good) then",
        "go ahead|do it|please do|sounds (good|great|right)|why not|i do|that works",
    ),
    "no": (
        "(no|nope|nah|no no|negative|wrong|not really|of course not|no way) [thanks|thank you|please]",
        "(no|nope) (that's|that is|it's|it is) (wrong|not right|not it|not correct)",
        "(no|nope) (problem|worries|need|idea|not now|that's not necessary|it's ok|it's okay|it's fine)",
        "[no|nope] [thanks|thank you] (i'm|i am|we're) (good|fine|ok|okay|all set|happy)",
        "(that's|that is) (wrong|not right|not it|not correct|not what i (said|meant|want|wanted))",
        "(no|nope) (i don't|i do not|not that|neither|none|don't)|i don't|don't",
        "neither [of them]|none of (them|those)",
    ),
    "cancel": (
        "<well> (cancel|abort|undo|delete) [that|it|this|everything] [please]",
        "<well> never mind [that|it|about it]",
        "<well> (forget|drop|skip|leave|scrap) (it|that|this|about it|about that)",
        "[no|please|ok|okay] stop [it|that|talking|stop|please|stop stop]|be quiet|shut up|quiet [please]|shush",
        "[actually] (don't do (it|that)|i changed my mind|i've changed my mind|not now|no never mind)",
    ),
    "help": (
        "[please|can you|could you] help [me|us] [out] [with (something|this|that|it|anything)] [please]",
        "i need [some|your] help [with (something|this|that|it)]|options|commands|menu",
        "what (can|could|do) (you|i) (do|say|ask|ask you|help with|help me with) [here|please]",
        "what (can|could|do) (you|i) (do for me|offer|tell you)",
        "how (does (this|it) work|do you work|do i use (this|you)|can you help [me]|can i use (this|you))",
        "what (are my options|are you for|is this|are you|do you know|else can you do|can i say)|who are you",
    ),
    "repeat": (
        "[please|can you|could you|would you] (repeat|say) (that|it|this) [again|once more|one more time] [please]",
        "[please] repeat [please]|[please] say again [please]|come again",
        "one more time|once more [please]|again [please]",
        "(pardon|pardon me|excuse me|sorry|huh|what|what was that|what's that|what did you say|what do you say)",
        "[sorry|i'm sorry] i (didn't|did not|couldn't|could not) (hear|catch|get|understand) (that|you|it)",
        "[sorry|i'm sorry] i (didn't|did not|couldn't|could not) (hear|catch|get|understand) what you said",
        "<oops> (what|what was that|what did you say|can you repeat that|say that again|come again)",
    ),
    "goodbye": (
        "<done> (goodbye|good bye|bye|bye bye|good night|see you|farewell|so long) [then] <later>",
        "<done> (that's|that is|that was|that'll be|that will be) (all|it|everything) [for (now|today)] <later>",
        "<done> (hang up|end (the|this) call|end call|talk to you later|i'm done|i am done|we're done)",
        "<done> nothing else <later>",
        "<done> (i have|i've got|i got|i need) to (go|get going|leave) <later>",
        "<done> i (gotta|must|should) (go|run) <later>",
    ),
    "greeting": (
        "(hi|hello|hey|hiya|howdy|good (morning|afternoon|evening)|greetings) [there|again|everyone|you|hello|hi]",
        "[hi|hello|hey] (how are you|how are you doing|how's it going|what's up|how do you do) [today|there]",
        "are you (there|listening|still there)|can you hear me|i'm here|i am here",
        "(hello|hi|hey) (are you there|can you hear me)",
    ),
    "thanks": (
        "[ok|okay|great|perfect|cool|good|wonderful|awesome|nice] (thanks|thank you|thanks a lot|cheers) <much>",
        "(great|perfect|cool|good|wonderful|awesome|excellent|nice|very good|got it|alright|all right)",
        "(well done|good job)",
        "<well> (that's|that is|this is|it's) (perfect|great|wonderful|awesome|excellent|cool|lovely|nice)",
    ),
    "retry": (
        "[please|yes|ok|okay|yes please] (try|do it|try it|try that) (again|once more|one more time) [please]|retry",
    ),
    "wait": (
        "[please] (wait|hold on|hang on|just|give me) [a|one] (second|moment|minute) [please]",
        "[please] (wait|hold on|hang on) [please]|one (second|moment|minute) [please]",
        "[please|oh] [wait|hold on|hang on] <thinking> [for a (second|moment|minute)|about it]",
    ),
}
_RULES: Final = {
    "oops": "(sorry|i'm sorry|wait|wait a second|oh)",
    "thinking": "(let me (think|see|check)|um|uh|hmm|well|er|i'm thinking)",
    "well": "[no|oh|actually|ok|okay|please|sorry|wait]",
    "done": "[no|nope|ok|okay|alright|all right|well|great] [then] [thanks|thank you] [very much|so much|a lot]",
    "later": "[now|later|soon|[and] (thanks|thank you)|bye|bye bye|goodbye]",
    "much": "[very much|so much|a lot|again|that's great|for (that|your help|everything)]",
}
_WISH: Final = re.compile(
    r"(?:(?:please|ok(?:ay)?|so|well|no|but)[\s,]+)*"
    r"(?:i (?:just )?(?:want|need|have|would like)|i'd like|i wanna|we (?:want|need)|"
    r"(?:can|could|would) you (?:please )?(?:help me)?|help me|let me|let's|can i|could i)(?: to)?\s+",
    re.IGNORECASE,
)
_WISHED: Final = ("cancel", "goodbye", "repeat", "retry", "help")
_DELETION: Final = re.compile(
    r"(?:cancel|delete|remove|erase|forget|undo|skip|stop)\s+(?:about\s+)?(?:(?:my|our|the|a|an|this|that|all|every|of)\s+)*(?P<what>\w.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What the engine says itself; everything else comes from the tools."""

    greeting: str = "Hello. What can I do for you?"
    thanks: str = "You're welcome."
    farewell: str = "Goodbye."
    acknowledged: str = "All right."
    cancelled: str = "All right, I have dropped that."
    nothing_to_cancel: str = "There is nothing to cancel."
    not_deletable: str = "I can't cancel or delete what is already kept yet."
    too_late: str = "That is already done, and I can't take it back."
    unchangeable: str = "That is already done, and I can't change it any more."
    what_instead: str = "What should it be instead?"
    take_your_time: str = "Take your time."
    nothing_to_repeat: str = "I have not said anything yet."
    not_heard: str = "Sorry, I did not hear anything."
    not_understood: str = "Sorry, I did not understand that."
    still_not_understood: str = "I still did not understand that."
    rest_not_understood: str = "I did not understand the rest of what you said."
    ask_for_help: str = "Say help, and I will tell you what I can do."
    about: str = "About “{what}”:"
    not_caught: str = "Sorry, I did not catch that."
    no_tools: str = "I can only talk a little; there is nothing I can do for you here."


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[Remark, Template], ...]:
    return tuple((kind, Template(line, {}, _RULES, {})) for kind, lines in _REMARKS.items() for line in lines)


@lru_cache(maxsize=2_000)
def remark(text: str) -> Remark | None:
    """Return what kind of remark all of `text` is, or None; "I want to cancel" is "cancel"."""
    kind = next((kind for kind, template in _templates() if template.match(text) is not None), None)
    if kind is None and (wish := _WISH.match(text)):
        wished = remark(text[wish.end() :])
        return wished if wished in _WISHED else None
    return kind


def deletion(text: str) -> tuple[str, bool] | None:
    """Return what a caller wants to have deleted, and whether they say it as a wish; None for other texts.

    "I want to cancel my membership" may be a plan of the caller's own; "cancel my membership" is not.
    """
    text = without_politeness(text)
    wish = _WISH.match(text)
    found = _DELETION.fullmatch(text, wish.end() if wish else 0)
    return (found["what"].strip(" ,.;!?"), wish is not None) if found else None


def help_text(talk: Talk, specs: Iterable[ToolSpec]) -> str:
    """Tell what the tools do, with an example of each."""
    offers = []
    for spec in specs:
        summary = spec.phrasing.summary or spec.description.split(".")[0]
        example = f', for example: "{spec.phrasing.example}"' if spec.phrasing.example else ""
        offers.append(f"{summary}{example}.")
    return f"You can {' Or '.join(offers)}" if offers else talk.no_tools


def puzzled_text(talk: Talk, specs: Iterable[ToolSpec], misses: int) -> str:
    """Say that nothing was understood: with what can be done, then with an example of it, then in few words."""
    known = [spec.phrasing for spec in specs]
    offers = [phrasing.summary for phrasing in known if phrasing.summary]
    examples = [phrasing.example for phrasing in known if phrasing.example]
    if misses == 1 and offers:
        return f"{talk.not_understood} You can {', '.join(offers[:-1])}{' or ' if offers[:-1] else ''}{offers[-1]}."
    if misses == 2 and examples:
        return f"{talk.still_not_understood} You can say, for example: {examples[0]}."
    return f"{talk.not_understood} {talk.ask_for_help}" if offers or examples else talk.not_understood
