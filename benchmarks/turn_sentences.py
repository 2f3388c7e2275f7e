"""What the callers of the turn-taking benchmark say: `|` marks where a caller may hesitate.

The two sets share no sentence. The policy's figures were set by looking at `TUNING` alone, and are judged on
`JUDGING`. Words only, no digits and no apostrophes, so that every synthesiser counts the same words.
"""

from typing import Final, Literal, NamedTuple

Kind = Literal["plain", "middle", "boundary", "um", "list", "digits", "answer", "answer in parts"]


class Said(NamedTuple):
    """One utterance of a caller; `asked` is what the agent had said before, "" for its greeting."""

    kind: Kind
    text: str
    asked: str = ""


WHEN: Final = "When should I remind you?"
WHAT: Final = "What should I remind you of?"
WHERE: Final = "Where should I remind you?"
WHICH: Final = "Which task do you want to move?"
SURE: Final = "Did you mean the dentist appointment?"
NUMBER: Final = "What is your phone number?"
HOW_LONG: Final = "By when do you want to reach it?"

TUNING: Final = (
    Said("plain", "Remind me to walk the dog this evening"),
    Said("plain", "I want to lose ten pounds by next summer"),
    Said("plain", "Move the phone call to Monday at ten"),
    Said("plain", "Add a task to send the report tomorrow morning"),
    Said("plain", "I would like to get more sleep this year"),
    Said("plain", "Remind me to take out the trash tonight"),
    Said("plain", "What can you do for me"),
    Said("plain", "Postpone my workout to the day after tomorrow"),
    Said("plain", "Remind me to go to the gym every morning"),
    Said("plain", "Could you tell me how to get to the airport"),
    Said("middle", "I want to | learn Spanish in two years"),
    Said("middle", "Remind me to | send the invoice on Thursday"),
    Said("middle", "Move my | doctors appointment to Friday at three"),
    Said("middle", "Push the meeting with the | new people to next week"),
    Said("middle", "My goal is to | write a book by the end of the | year"),
    Said("middle", "Add a task to call the | insurance tomorrow at | eleven"),
    Said("middle", "I would like to save | three thousand dollars this year"),
    Said("middle", "Remind me to pick up | my brother on Saturday"),
    Said("middle", "Please reschedule | the job interview to Wednesday at | half past eleven"),
    Said("middle", "She told me that the | train would be late"),
    Said("boundary", "Remind me to book a flight | on Sunday evening"),
    Said("boundary", "I want to run ten miles | by the end of the month"),
    Said("boundary", "Move the team lunch | to Thursday at noon"),
    Said("boundary", "Add a task to clean the kitchen | every Saturday | in the morning"),
    Said("boundary", "Remind me to buy stamps | when I get to the post office"),
    Said("boundary", "We had dinner at a small restaurant | near the river"),
    Said("um", "Remind me to, um, | water the flowers tomorrow"),
    Said("um", "I want to, uh, | read more books this year"),
    Said("um", "Move the um | piano lesson to Tuesday"),
    Said("um", "Well, um, | what do I have to do today"),
    Said("list", "Remind me to buy milk, | eggs, | and some butter"),
    Said("list", "Add apples, | bananas, | and a bottle of water to my list"),
    Said("list", "I need to call John, | Susan, | and the office"),
    Said("digits", "My number is two zero one, | five five five, | six seven eight nine"),
    Said("digits", "It is four one five, | seven three two, | one one eight six"),
    Said("digits", "Three one two, | eight eight four, | nine zero five two", NUMBER),
    Said("answer", "Tomorrow at ten", WHEN),
    Said("answer", "Yes", SURE),
    Said("answer", "On Friday evening", WHEN),
    Said("answer", "The piano lesson", WHICH),
    Said("answer", "Send the report", WHAT),
    Said("answer", "No thanks", SURE),
    Said("answer in parts", "Tomorrow | in the morning at eight", WHEN),
    Said("answer in parts", "On Monday | at nine", WHEN),
    Said("answer in parts", "Call the | bank", WHAT),
    Said("answer in parts", "No, | the other one", SURE),
    Said("answer in parts", "When I get to | the office", WHERE),
)

JUDGING: Final = (
    Said("plain", "Remind me to call mom tomorrow at noon"),
    Said("plain", "I want to learn guitar in three months"),
    Said("plain", "Move my dentist appointment to next Tuesday at ten"),
    Said("plain", "Add a task to water the plants every Monday morning"),
    Said("plain", "My goal is to run a marathon by next summer"),
    Said("plain", "Remind me to pay the rent on Friday at nine"),
    Said("plain", "Push the grocery shopping to tomorrow evening"),
    Said("plain", "I have never seen such a beautiful house before"),
    Said("plain", "Remind me to feed the cat when I get home"),
    Said("plain", "Reschedule my haircut to next weekend"),
    Said("plain", "He said the price of oil would go up next year"),
    Said("plain", "Can you repeat that please"),
    Said("plain", "How many days until Friday"),
    Said("plain", "I would like to read twenty books this year"),
    Said("middle", "Remind me to | return the library books on Thursday afternoon"),
    Said("middle", "I want to visit my | grandmother in Canada before Christmas"),
    Said("middle", "Reschedule the | team meeting to Friday at three"),
    Said("middle", "My goal is | to finish school by the end of March"),
    Said("middle", "Remind me to call | the plumber tomorrow at | eight"),
    Said("middle", "Move the | garage visit to Monday | morning"),
    Said("middle", "I would like to | save five thousand dollars by the end of the | year"),
    Said("middle", "Add a task to | renew my passport next week"),
    Said("middle", "There are three people waiting in the | other room"),
    Said("middle", "My brother works for a | large company in the city"),
    Said("middle", "Postpone my | swimming class to the day after | tomorrow"),
    Said("middle", "Remind me about the | parents evening on Wednesday"),
    Said("middle", "I need to | pick up the kids at four"),
    Said("middle", "Can you remind me to | lock the door tonight"),
    Said("boundary", "Remind me to buy milk | when I get to the store"),
    Said("boundary", "I want to paint the house | by next spring"),
    Said("boundary", "Move my dentist appointment | to next Tuesday | at ten"),
    Said("boundary", "Remind me to call grandma | tomorrow at noon"),
    Said("boundary", "Please send the report to my office | before lunch"),
    Said("boundary", "The weather was nice | so we went for a walk in the park"),
    Said("boundary", "Add a task to wash the car | on Sunday"),
    Said("boundary", "I want to learn to cook | in six months"),
    Said("um", "Remind me to, um, | bring the cake on Saturday"),
    Said("um", "I want to, uh, | get up earlier this year"),
    Said("um", "Push the, um, | yoga class to Thursday at six"),
    Said("um", "Um, | remind me to take my pills every day at eight"),
    Said("um", "Could you, uh, | move the haircut to Friday"),
    Said("um", "My goal is to, um, | walk more by, uh, | next summer"),
    Said("list", "Remind me to buy bread, | cheese, | and tomatoes"),
    Said("list", "I need to pay the rent, | the phone bill, | and the insurance on Monday"),
    Said("list", "Add paper, | pens, | and a new lamp to my list"),
    Said("list", "Remind me to call Peter, | Anna, | and my sister tomorrow"),
    Said("digits", "My phone number is five five five, | eight two one, | four four three six"),
    Said("digits", "You can reach me at six one seven, | two two nine, | zero one five eight"),
    Said("digits", "Nine one seven, | three six four, | two two eight one", NUMBER),
    Said("digits", "It is five five five | one two three four", NUMBER),
    Said("answer", "Tomorrow at noon", WHEN),
    Said("answer", "Yes please", SURE),
    Said("answer", "No", SURE),
    Said("answer", "Yeah", SURE),
    Said("answer", "Next Tuesday at ten", WHEN),
    Said("answer", "In three months", HOW_LONG),
    Said("answer", "The second one", WHICH),
    Said("answer", "Walk the dog", WHAT),
    Said("answer", "At the supermarket", WHERE),
    Said("answer", "Every Monday morning", WHEN),
    Said("answer in parts", "Tomorrow | at half past five", WHEN),
    Said("answer in parts", "On Thursday | in the afternoon", WHEN),
    Said("answer in parts", "The | garage visit", WHICH),
    Said("answer in parts", "No, | on Friday", SURE),
    Said("answer in parts", "Pick up the | parcel from the post office", WHAT),
    Said("answer in parts", "By the end | of next year", HOW_LONG),
)
