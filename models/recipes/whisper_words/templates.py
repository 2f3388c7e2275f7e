"""How the sentences are built: what callers ask of a life assistant, what they answer, and what else people say.

A template is a sentence with its punctuation, `[optional parts]`, `(one|of these)` and `{slots}`. Each group has a
weight: its share of the sentences.
"""

from typing import Final

TEMPLATES: Final[tuple[tuple[float, str], ...]] = (
    (
        0.17,
        """
        I want to {goal} {horizon}.
        I want to {goal} {horizon}.
        I want to {goal}.
        (I'd like|I would like|I would love|I plan|I hope|I need) to {goal} {horizon}.
        (I'd like|I would like|I would love|I plan|I hope) to {goal}.
        My (goal|aim|plan|dream) is to {goal} {horizon}.
        My (goal|new goal|aim|plan|dream) is to {goal}.
        (Set|Add|Create|Make|Track) a [new] goal to {goal} {horizon}.
        (Set|Add|Create) a goal to {goal}.
        {horizon} I want to {goal}.
        I want to {goal} because (I want to|I have to|my {person} wants me to) {goal}.
        Help me to {goal} {horizon}.
        One of my goals is to {goal} {horizon}.
        I want to {goal} so that I can {goal}.
        I have a [new] goal.
        (I want to|I'd like to) set a [new] goal.
        I (wanna|am going to|intend to) {goal} {horizon}.
        """,
    ),
    (
        0.30,
        """
        Remind me to {chore} {when}.
        Remind me to {chore} {when}.
        Remind me to {chore} {when}.
        Remind me to {chore} {there}.
        Remind me to {chore} {there}.
        Remind me to {chore}.
        [Please] remind me {when} to {chore}.
        Add a [new] task to {chore} {when}.
        Add a task to {chore} {when}.
        (Create|Make|Set) a (task|reminder) to {chore} {when}.
        Add a (task|reminder) to {chore} {there}.
        (Add|Put) {chore} (to|on) my (list|to do list|calendar).
        I (need|have) to {chore} {when}.
        I (must|should|have got to) {chore} {when}.
        I (need|have) to {chore} {there}.
        {when} I (need|have) to {chore}.
        {there} remind me to {chore}.
        Don't let me forget to {chore} {when}.
        (Could|Can) you [please] remind me to {chore} {when}?
        Set (an|my) alarm for {clock} [tomorrow|in the morning|on {day}].
        Wake me up (tomorrow|on {day}|at {clock}|in {minute} minutes).
        Remind me to {chore} {when} and {chore} {when}.
        Remind me to {chore} {when} and {chore} {there}.
        Remind me to {chore} and {chore}.
        A new task, {chore} {when}.
        Remind me that (I have|there is) a {meeting} {when}.
        Remind me about the {meeting} {when}.
        Set a timer for {minute} minutes.
        Make sure that I {chore} {when}.
        I want to be reminded to {chore} {when}.
        (Add|Set) a [new|high priority|important] (task|reminder) called {chore} {when}.
        Remind me to {chore} {when} with high priority.
        """,
    ),
    (
        0.17,
        """
        Move my {meeting} to {until}.
        Move (my|the) {meeting} to {until}.
        (Reschedule|Postpone|Push) (my|the) {meeting} to {until}.
        (Reschedule|Postpone|Push) (my|the) {meeting} to {until}.
        (Reschedule|Postpone|Push|Shift|Change) (my|the) {meeting} (until|to) {until}.
        Push back (my|the) {meeting} to {until}.
        I (need|want|have) to (move|reschedule|postpone) (my|the) {meeting} to {until}.
        (Can|Could) you [please] (move|reschedule|postpone|push) (my|the) {meeting} to {until}?
        Please (move|reschedule|push) (my|the) {meeting} from {until} to {until}.
        (Reschedule|Postpone|Move|Cancel|Delay) (my|the) {meeting}.
        Move the time of my {meeting} to {until}.
        Let's move the {meeting} to {until}.
        My {meeting} (has|needs) to be moved to {until}.
        I can't make the {meeting}, move it to {until}.
        Move it to {until}.
        Move (that|the task|the reminder|my task) to {chore} to {until}.
        Put off the {meeting} until {until}.
        Bring the {meeting} forward to {until}.
        (Do|Make) the {meeting} {until} instead.
        """,
    ),
    (
        0.13,
        """
        Yes, {until}.
        Yes, (that's right|do that|I do|I am|of course|go ahead|please do|that is fine|I would like that).
        (Yeah|Yep|Okay|Sure|Right|Exactly|Correct|Perfect|All right|Of course|Absolutely|Great|Fine|Maybe|Nope).
        (Okay|Sure|Right), (do that|go ahead|thank you|thanks|sounds good|please|{until}|why not).
        (Yes|No|Okay|Stop|Wait), (yes|no|okay|stop|wait|please|thank you|thanks|sorry|never mind).
        No, {until}.
        No, (that's wrong|not that one|thank you|I don't|the other one|not {until}|I meant {until}|I said {until}).
        No, I said {chore}, not {chore}.
        (At|On|For|By|Until) {until}.
        {when}.
        {when}.
        {when}, please.
        {horizon}.
        {there}.
        {until}.
        {until}.
        The {ordinal} one[, please].
        The {ordinal}.
        (My|The) {meeting}.
        {chore}.
        To {chore}.
        To {goal}.
        {goal}.
        (Cancel|Stop|Repeat|Forget|Delete|Change|Keep) (that|it|this|the {ordinal} one|the last one|all)[, please].
        (Cancel|Delete|Remove) the (task|reminder|goal) to {chore}.
        Never mind[, cancel that].
        (Wait|Hold on|One moment|Just a moment|Give me a second|Wait a (minute|moment)|A second)[, please].
        Stop (talking|it|that|please|right there|now).
        (Help me|I need help|Can you help me|Help me, please|What can I say)[, please].
        (Repeat it|Say that again|Can you repeat that|Could you say that again|Repeat that, I was away)[, please].
        (Bye|Bye bye|Good night|See you|See you later|See you soon|Goodbye for now|Goodbye, Flux|Goodbye and thanks).
        (Thank you|Thanks|Thank you so much|Thanks a lot|Thank you very much)[, goodbye|, bye|, that's all].
        That's (all|it|all for today|right|wrong|fine|enough|good|not what I said)[, thank you].
        (Hello|Hi|Hey|Good morning|Good evening|Hello there|Hey Flux|Hi Flux)[, how are you].
        I (don't know|do not know|am not sure|have no idea|think so|hope so|don't think so|changed my mind).
        (Sorry|Excuse me|Pardon)[, what did you say|, I did not hear you|, say that again].
        (How about|What about|Make it|Better|Rather) {until}.
        """,
    ),
    (
        0.06,
        """
        What do I have (today|tomorrow|{when}|on {day}|next week|this {part})?
        What is on my (calendar|list|agenda|to do list) (today|tomorrow|{when})?
        What (are|were) my (goals|tasks|plans|reminders|appointments) [for] (today|tomorrow|{day}|this week)?
        When is my [next] {meeting}?
        How many (days|weeks|hours|months) (until|till|are left until|are there till) (the {meeting}|{month}|{until})?
        How (many|much) (tasks|goals|time|money|reminders) do I have [left]?
        (Do|Did) I have (a|any|the) {meeting} {when}?
        What (time|day) is (it|the {meeting}|my {meeting})?
        What day is it today?
        What's next?
        What else [do I have|is there]?
        Is there anything {when}?
        Who is (the {official}|my {meeting} with|coming {when})?
        Read me my (list|tasks|goals|calendar) [for {when}].
        What can you do [for me]?
        Who are you?
        Tell me (a joke|a story|about my {day}|what I have {when}|my tasks|about {land}).
        """,
    ),
    (
        0.17,
        """
        The {thing} was {adjective} [and {adjective}] so we (went|stayed|walked|drove) {where}.
        The weather (is|was|will be) {weather} [{past}].
        The weather was {weather} so we (went|stayed|drove) (home|{where}|out|for a drive|for a swim|to the {place}).
        We went for a (walk|swim|run|drive|ride) {where} [{past}].
        What is the weather like (in {land}|today|tomorrow|{when})?
        Will it (rain|snow|be {weather}) {when}?
        {subject_person} told me that (the {thing}|the {person}|he|she|it) would be {adjective} [again].
        {subject_person} told (me|us|him|her|them) (about|a story about) the {adjective} {thing} [{past}].
        {subject_person} said (that|) the (price|cost) of {costs} would (go up|go down|rise|fall|stay) {horizon}.
        The price of {costs} (went|has gone|will go) (up|down) [{past}].
        There (are|were) {number} {people} {doing} {where}.
        There (is|was) a {adjective} {thing} {where}.
        There (are|were) (many|some|no|too many) {people} {where} [{past}].
        I have never (seen|had|heard|read|been to) such a {adjective} {thing} [before].
        I have (never|always|often) (seen|wanted|liked|known) (a|the|that|this) {adjective} {thing}.
        (Please|Could you|Can you) (send|give|bring|show) (me|us|him|her|it) the {thing} [to my {place}|{when}].
        Please (send|bring|take) the {sent} to (my|the|our) {place} {when}.
        (We|They|I) had (dinner|lunch|breakfast|coffee|a party|a {meeting}) (at a {adjective} {thing}|{where}) [{past}].
        (Could|Can) you (tell|show) (me|us) (how to|the way to|where to) (get to the {place}|find the {thing}|{chore})?
        How (do I|can I|do we|to) get to the {place} [from (here|the {place})]?
        Where is the [next|nearest] {place}?
        My {person} (works|worked|lives|lived|teaches) {where} [for a {adjective} {thing}].
        My {person} works for a {adjective} (company|school|{thing}) {where}.
        (My|Our|His|Her|Their) {person} (has|had|likes|liked|bought|sold|lost|found|saw) a {adjective} {thing} [{past}].
        The {people} (were|are) {doing} {where} [all (afternoon|morning|evening|day)].
        The {official} (said|asked|knew|told us|thought) (that it was {adjective}|about the {thing}|nothing) [{past}].
        (I|We|They|You) (bought|found|saw|lost|sold|left|like|need) (a|the|this|that|our) {adjective} {thing} [{past}].
        (Did|Do|Can|Could|Will|Would) (you|they|we|he) (like|see|find|hear|open|close|leave) the {adjective} {thing}?
        It (is|was|will be) {adjective} and {adjective} {where}.
        (He|She) (came|went|drove|walked|ran) (home|to the {place}|back|away) {past}.
        (How|Why|When|Where) (did|do|can|will) (you|they|we) (get|go|find|make|know|come|leave) (there|home|that|it)?
        I (like|love|hate|know|remember|forgot) (the|this|that|my) {adjective} {thing}.
        (Turn|Switch) (on|off) the {device}.
        How (old|big|far|long|{adjective}) is the {thing}?
        I (think|know|believe|hope) (that|) the {thing} is {adjective}.
        If the {thing} is {adjective} then we (will|can|should) {chore}.
        """,
    ),
)
"""Groups of templates, one a line, with their shares."""
