"""What callers say to any agent ("yes", "never mind", "say that again"), and what it answers."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from models.llm.templates import Template

Remark = Literal["yes", "no", "cancel", "help", "repeat", "goodbye", "greeting", "thanks", "retry", "wait"]

_REMARKS: Final[dict[Remark, tuple[str, ...]]] = {
    "yes": (
        "(yes|yeah|yep|yup|ya|sure|correct|right|exactly|absolutely|definitely|of course|okay|ok|fine) [please|do it]",
        "(yes|yeah|ok|okay|sure) [that's|that is|it's|it is] (right|correct|fine|good|the one|it|sure|ok)",
        "(that's|that is|that one is) (right|correct|fine|good|it|the one)",
        "(yes|yeah) (that one|i do|i did|do|go ahead|thanks|thank you)",
        "go ahead|do it|please do|sounds (good|great|right)|why not|i do|that works",
    ),
    "no": (
        "(no|nope|nah|no no|negative|wrong|not really|of course not|no way) [thanks|thank you|please]",
        "(no|nope) (that's|that is|it's|it is) (wrong|not right|not it|not correct)",
        "(that's|that is) (wrong|not right|not it|not correct|not what i (said|meant|want|wanted))",
        "(no|nope) (i don't|i do not|not that|neither|none|don't)|neither [of them]|none of (them|those)|i don't|don't",
    ),
    "cancel": (
        # "console" and "can sell" are what pocketsphinx hears for a lone "cancel".
        "[no|oh|actually|ok|okay|please|sorry|wait] (cancel|console|can sell|abort|undo) [that|it|this|everything] [please]",
        "[no|oh|actually|ok|okay|please|sorry|wait] (never|nether) mind [that|it|about it]",
        "[no|oh|actually|ok|okay|please] (forget|drop|skip|leave|scrap) (it|that|this|about it|about that)",
        "[no|please|ok|okay] stop [it|that|talking|stop|please|stop stop]|be quiet|shut up|quiet [please]|shush",
        "[actually] (don't do (it|that)|i changed my mind|i've changed my mind|not now|no never mind)",
    ),
    "help": (
        "help [me] [please]|i need [some] help|please help [me]|can you help [me]|options|commands|menu",
        "what (can|could|do) (you|i) (do|say|ask|ask you|help with|help me with|do for me|offer|tell you) [here|please]",
        "how (does (this|it) work|do you work|do i use (this|you)|can you help [me]|can i use (this|you))",
        "what (are my options|are you for|is this|are you|do you know|else can you do|can i say)|who are you",
    ),
    "repeat": (
        "[please|can you|could you|would you] (repeat|say) (that|it|this) [again|once more|one more time] [please]",
        "[please] repeat [please]|[please] say again [please]|come again|one more time|once more [please]|again [please]",
        "(pardon|pardon me|excuse me|sorry|huh|what|what was that|what's that|what did you say|what do you say)",
        "[sorry|i'm sorry] i (didn't|did not|couldn't|could not) (hear|catch|get|understand) (that|you|it|what you said)",
        "(sorry|i'm sorry) (what|what was that|what did you say|can you repeat that|say that again|come again)",
    ),
    "goodbye": (
        "[ok|okay|alright|all right|well|thanks|thank you] (goodbye|good bye|bye|bye bye|good night|see you|farewell|so long)"
        " [then|now|later|soon|thanks|thank you|bye|bye bye]",
        "(that's|that is|that was|that'll be|that will be) (all|it|everything) [for (now|today)] [thanks|thank you|bye|goodbye]",
        "[thanks|thank you|ok|okay] (hang up|end (the|this) call|end call|talk to you later|i'm done|i am done|we're done)",
        "(thanks|thank you) [very much|so much|a lot] that's all [bye|goodbye]|nothing else [thanks|thank you] [bye|goodbye]",
    ),
    "greeting": (
        "(hi|hello|hey|hiya|howdy|good (morning|afternoon|evening)|greetings) [there|again|everyone|you|hello|hi]",
        "[hi|hello|hey] (how are you|how are you doing|how's it going|what's up|how do you do) [today|there]",
        "are you (there|listening|still there)|can you hear me|(hello|hi|hey) (are you there|can you hear me)|i'm here|i am here",
    ),
    "thanks": (
        "[ok|okay|great|perfect|cool|good|wonderful|awesome|nice|alright] (thanks|thank you|thanks a lot|cheers)"
        " [very much|so much|a lot|again|that's great|for (that|your help|everything)]",
        "(great|perfect|cool|good|wonderful|awesome|excellent|nice|very good|got it|alright|all right|well done|good job)",
    ),
    "retry": (
        "[please|yes|ok|okay|yes please] (try|do it|try it|try that) (again|once more|one more time) [please]|retry",
    ),
    "wait": (
        "[please] (wait|hold on|hang on|just a (second|moment|minute)|one (second|moment|minute)|give me a (second|moment|minute))"
        " [a (second|moment|minute)|please]",
        "(let me (think|see|check)|um|uh|hmm|well|er|i'm thinking) [for a (second|moment|minute)|about it]",
    ),
}

_POLITE_LEAD: Final = re.compile(
    r"(?:(?:um+|uh+|er+|hmm+|well|ok(?:ay)?|alright|all right|so|now|and|then|also|oh|hey|hi|hello|yes|yeah|please|just|"
    r"good (?:morning|afternoon|evening)|listen|(?:can|could|would|will) you(?: please| kindly)?|"
    r"would you mind|i(?:'d| would) like you to|i (?:want|need) you to|(?:i think|i guess|maybe|perhaps))\b[\s,.!]*)+",
    re.IGNORECASE,
)
_POLITE_TAIL: Final = re.compile(
    r"[\s,.!?]+(?:please|thanks|thank you(?: very much)?|for me|if you can|would you|will you|could you|ok(?:ay)?|"
    r"right|or so)[\s,.!?]*$",
    re.IGNORECASE,
)
_CORRECTION: Final = re.compile(
    r"(?:(?:no+|nope|nah|sorry|wait|oh|actually|well|but|wrong|not that|correction|rather|better|or rather|um+|uh+|hmm+|"
    r"that's (?:wrong|not right)|on second thoughts?|i (?:mean|meant|said)(?: to say)?|i wanted to say|it (?:should be|was|is)|"
    r"it's|make (?:it|that)|let's (?:do|say|make it)|please|"
    r"(?:can you |could you |please )?(?:change|move|push|set|shift|reschedule|put|switch) (?:it|that|this)(?: one)?"
    r"(?: to| for| until| on)?|not .{1,60}? but)(?!\w)[\s,.!;]*)+",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(r"[\s,]+(?:instead|rather|then|i (?:mean|meant|said))[\s.!?]*$", re.IGNORECASE)
_FILLER_ONLY: Final = re.compile(r"(?:(?:um+|uh+|well|oh|please|it(?:'s| is)|hmm+)[\s,.!]*)*", re.IGNORECASE)
_ANSWER_LEAD: Final = re.compile(
    r"(?:(?:um+|uh+|er+|well|ok(?:ay)?|so|oh|yes|yeah|please|it's|it is|that's|that i|i mean|i meant|i think|maybe|let's say|"
    r"just|to|the one (?:about|for|with|called|to)|the task (?:about|to|called)|i said|say|how about|about)(?!\w)[\s,.!]*)+",
    re.IGNORECASE,
)
_ORDINALS: Final = (
    r"(?:the )?(?:first|1st|former|number one|one)(?: one)?",
    r"(?:the )?(?:second|2nd|latter|number two|two|other)(?: one)?",
    r"(?:the )?(?:third|3rd|number three|three)(?: one)?",
    r"(?:the )?(?:fourth|4th|number four|four)(?: one)?",
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
    too_late: str = "That is already done, and I can't take it back."
    unchangeable: str = "That is already done, and I can't change it any more."
    what_instead: str = "What should it be instead?"
    take_your_time: str = "Take your time."
    nothing_to_repeat: str = "I have not said anything yet."
    not_heard: str = "Sorry, I did not hear anything."
    not_understood: str = "Sorry, I did not understand that."
    still_not_understood: str = "I still did not understand that. Say help, and I will tell you what I can do."
    not_caught: str = "Sorry, I did not catch that."
    no_tools: str = "I can only talk a little; there is nothing I can do for you here."


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[Remark, Template], ...]:
    return tuple((kind, Template(line, {}, {}, {})) for kind, lines in _REMARKS.items() for line in lines)


@lru_cache(maxsize=2_000)
def remark(text: str) -> Remark | None:
    """Return what kind of remark all of `text` is, or None."""
    return next((kind for kind, template in _templates() if template.match(text) is not None), None)


def without_politeness(text: str) -> str:
    """Strip "could you please" and "thank you" from the ends of a request, unless nothing else is left."""
    shorter = text[match.end() :] if (match := _POLITE_LEAD.match(text)) else text
    while match := _POLITE_TAIL.search(shorter):
        shorter = shorter[: match.start()]
    return shorter if shorter.strip() else text


def corrected(text: str) -> str | None:
    """Return what remains of a correction ("no, I meant Friday" → "Friday"), maybe nothing; None if it is none."""
    lead = _CORRECTION.match(text)
    tail = _INSTEAD.search(text)
    if not tail and (lead is None or _FILLER_ONLY.fullmatch(lead.group())):
        return None
    rest = text[lead.end() if lead else 0 : tail.start() if tail else len(text)]
    return rest.strip(" ,.;!?")


def bare_answer(text: str) -> str:
    """Strip "um, it's to" from the start of an answer, unless nothing else is left."""
    shorter = text[match.end() :] if (match := _ANSWER_LEAD.match(text)) else text
    return shorter.strip(" ,.;!?") or text.strip(" ,.;!?")


def ordinal(text: str, count: int) -> int | None:
    """Return which of `count` things "the second one" picks, from zero, or None."""
    words = bare_answer(text).casefold()
    if count and re.fullmatch(r"(?:the )?last(?: one)?", words):
        return count - 1
    return next((i for i, pattern in enumerate(_ORDINALS[:count]) if re.fullmatch(pattern, words)), None)
