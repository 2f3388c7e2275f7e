"""The words that fill the sentences: what is wanted, done, moved, told, and when and where.

An entry may hold further slots in braces; entries are separated by semicolons. Numbers are spelled out.
"""

from typing import Final


def _entries(text: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in text.split(";") if entry.strip())


SLOTS: Final[dict[str, tuple[str, ...]]] = {
    name: _entries(text)
    for name, text in {
        "day": "Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday",
        "month": "January; February; March; April; May; June; July; August; September; October; November; December",
        "season": "spring; summer; fall; autumn; winter; year; month; week; weekend",
        "hour": "one; two; three; four; five; six; seven; eight; nine; ten; eleven; twelve",
        "minute": "five; ten; fifteen; twenty; thirty; forty; forty five; fifty",
        "clock": """
            {hour}; {hour}; {hour}; {hour}; half past {hour}; half past {hour}; quarter past {hour};
            a quarter to {hour}; quarter to {hour}; {hour} thirty; {hour} fifteen; {hour} o'clock;
            {hour} in the {part}; ten past {hour}; twenty to {hour}; noon; noon; midnight
        """,
        "part": "morning; afternoon; evening",
        "ordinal": """
            first; second; third; fourth; fifth; sixth; seventh; eighth; ninth; tenth; eleventh; twelfth; thirteenth;
            fifteenth; sixteenth; eighteenth; twentieth; twenty first; twenty fifth; thirtieth; last
        """,
        "tens": "twenty; thirty; forty; fifty; sixty; seventy; eighty; ninety",
        "number": """
            {hour}; {hour}; {hour}; thirteen; fourteen; fifteen; sixteen; seventeen; eighteen; nineteen; {tens}; {tens};
            {tens} {hour}; a hundred; two hundred; three hundred; five hundred; a thousand; two thousand; five thousand;
            ten thousand; {hour} thousand; {hour} hundred
        """,
        "some": "two; three; four; five; six; seven; eight; ten; twelve; twenty; a few; a couple of",
        "unit": "minutes; hours; days; weeks; months; years",
        "when": """
            tomorrow; tomorrow at {clock}; tomorrow {part}; tonight; tonight at {clock}; today; today at {clock};
            this {part}; this evening; on {day}; on {day} at {clock}; on {day} {part}; on {day} {part} at {clock};
            next {day}; next {day} at {clock}; next week; next month; next weekend; this weekend; this {day};
            at {clock}; at {clock}; in {some} {unit}; in an hour; in half an hour; in {minute} minutes;
            the day after tomorrow; the day after tomorrow at {clock}; the day after tomorrow in the {part};
            on the {ordinal} of {month}; on {month} {ordinal}; by {day}; before {day}; after {day}; after lunch;
            before breakfast; before dinner; after work; later today; first thing tomorrow; every day; every {day};
            every {day} {part}; every {day} at {clock}; every morning; every evening; every night at {clock};
            every week; every month; every weekday at {clock}; on weekdays; twice a week; once a month;
            on Christmas; on my birthday; on New Year's Eve
        """,
        "until": """
            tomorrow; tomorrow at {clock}; tomorrow {part}; tomorrow evening; tonight; tonight at {clock}; {day};
            {day} at {clock}; {day} at {clock}; {day} {part}; {day} {part}; next {day}; next {day} at {clock};
            next {day} {part}; next week; next month; next weekend; this weekend; {clock}; later today; the {ordinal};
            the day after tomorrow; the day after tomorrow at {clock}; the day after tomorrow in the {part};
            the {ordinal} of {month}; {month} {ordinal}; the end of the week; the end of the month; this evening
        """,
        "horizon": """
            in {some} {unit}; in {some} months; in {some} weeks; in a year; in one year; in half a year; this year;
            this {season}; this {season}; by next {season}; by next {season}; by the end of the {season};
            by the end of the week; by the end of {month}; by the end of {month}; by {month}; before {month};
            before {day}; before Christmas; before Easter; before my birthday; before the summer; next {season};
            within {some} {unit}; within a year; over the next {some} {unit}; until {month}; someday; soon; as soon as
            possible; before the holidays; by the end of next {season}
        """,
        "language": "Spanish; French; German; Italian; Japanese; Chinese; Korean; Portuguese; Russian; English; Dutch",
        "land": """
            Canada; Japan; Spain; France; Italy; Germany; Mexico; Brazil; India; China; Iceland; Norway; Australia;
            England; Scotland; Ireland; Greece; Portugal; New York; London; Paris; Rome; California; Texas; Africa;
            Berlin; Chicago; Boston
        """,
        "sport": """
            a marathon; a half marathon; ten miles; five miles; a mile; every day; twice a week; with my brother;
            in the park; up the hill
        """,
        "goal": """
            learn guitar; learn the guitar; learn to play the guitar; learn piano; learn to play the {instrument};
            learn {language}; learn to speak {language}; learn to cook; learn to swim; learn to dance; learn to drive;
            learn to code; learn chess; learn to draw; run {sport}; run {sport}; save {number} dollars; save {number}
            dollars; save more money; save enough money for a {vehicle}; read {number} books; read {number} books;
            read more books; read a book every {season}; read twenty pages a day; lose {number} pounds;
            lose ten pounds; lose weight; lose some weight; write a {text}; write a short {text}; write {number} pages;
            travel to {land}; travel to {land}; visit {land}; visit my {person} in {land}; visit my {person} in {land};
            see my {person}; finish my degree; finish my {thesis}; get in shape; get a promotion; get more sleep;
            get a new job; get better at {subject}; find a new {home}; buy a {home}; buy a {vehicle}; buy a new
            {vehicle}; move to {land}; quit smoking; stop smoking; stop eating sugar; eat more vegetables; eat less
            meat; drink more water; drink less coffee; sleep eight hours a night; wake up earlier; exercise every day;
            exercise more; go to the gym {some} times a week; walk {number} steps a day; meditate every morning;
            climb a mountain; build a {built}; build a {built} in the garden; paint the {room}; paint the house; clean
            the {room}; plant a {plant}; grow my own {food}; start a {venture}; start my own {venture}; run a small
            company; pay off my {debt}; pay off the {debt}; spend more time with my {person}; spend less time online;
            call my {person} more often; make new friends; join a {club}; swim {number} miles; ride my bike to work;
            bake bread; cook dinner at home; cook a new {meal} every week; become a {job}; study {subject};
            study for the exam; pass the exam; pass my {subject} exam; teach my {pet} a trick; adopt a {pet};
            organize my {room}; learn how to {skill}; give a talk at the conference; publish my {text}; grow a garden;
            go to bed before midnight; have a beautiful garden; work less; work from home; see the northern lights
        """,
        "instrument": "guitar; piano; violin; drums; flute; trumpet; cello; banjo",
        "vehicle": "car; bike; boat; motorcycle; truck; van",
        "home": "house; apartment; flat; office; place to live",
        "text": "story; book; novel; poem; letter; song; report; blog; article; play; diary",
        "person": """
            mother; father; brother; sister; grandmother; grandfather; uncle; aunt; cousin; wife; husband; son;
            daughter; friend; parents; family; grandparents; neighbor; boss; kids
        """,
        "relative": "mother; father; brother; sister; grandmother; uncle; aunt; cousin; friend; neighbor; boss",
        "thesis": "thesis; book; studies; course; project; training; novel",
        "subject": "math; history; physics; chess; cooking; biology; music; {language}; art; public speaking; drawing",
        "built": "house; shed; table; chair; boat; fence; robot; website; desk; shelf; playground; wall",
        "room": "kitchen; bathroom; bedroom; living room; garage; basement; attic; office; garden; room; hall",
        "plant": "tree; rose; garden; flower; bush; few flowers",
        "food": "vegetables; tomatoes; potatoes; food; carrots; apples; beans; herbs; strawberries; onions",
        "venture": "business; company; blog; podcast; band; shop; restaurant; school; newsletter",
        "debt": "loan; debt; credit card; mortgage; house; car",
        "club": "choir; book club; gym; band; football team; chess club; running group; band",
        "meal": "meal; dish; soup; cake; dinner; recipe; pie",
        "job": "doctor; teacher; nurse; pilot; lawyer; better father; better friend; writer; better cook; programmer",
        "pet": "dog; cat; puppy; kitten; parrot; horse",
        "skill": "cook; swim; drive; dance; ski; draw; code; paint; sing; type; fix my bike; juggle; knit; sail; surf",
        "who": """
            mom; dad; my mom; my dad; my {person}; my {person}; the doctor; the dentist; the bank; John; Mary; Peter;
            Anna; Sam; David; Sarah; Tom; Emma; the plumber; the landlord; the school; the insurance; the office;
            my boss; the neighbor; the hotel; grandma; grandpa; Lisa; Paul; Daniel; Laura; Alex; Ben
        """,
        "bought": """
            milk; bread; eggs; butter; cheese; coffee; tea; apples; bananas; oranges; tomatoes; potatoes; flowers;
            a birthday card; a present for {who}; a gift for {who}; batteries; cat food; dog food; light bulbs; paper;
            stamps; toothpaste; soap; sugar; flour; rice; pasta; fish; chicken; meat; salt; new shoes; a new phone;
            tickets; a new coat; groceries; juice; water; wine; beer; chocolate; onions; lemons; vegetables; a cake;
            medicine; diapers; ink; a map; socks; milk and bread; bread and butter; eggs and cheese
        """,
        "owed": """
            rent; bill; bills; electricity bill; phone bill; gas bill; water bill; credit card; insurance; taxes;
            invoice; fine; tuition; babysitter; gardener
        """,
        "chore": """
            call {who}; call {who}; call mom; call {who} back; buy {bought}; buy {bought}; buy milk; get {bought};
            pick up {bought}; pick up the kids; pick up the {parcel}; pick up my {parcel} from the {place}; water the
            plants; water the {plant}; water the flowers; pay the rent; pay the {owed}; pay the {owed}; pay my {owed};
            take out the trash; take out the garbage; take the trash out; walk the dog; feed the {pet}; feed the cats;
            feed the dogs; feed the neighbor's {pet}; feed my {relative}'s {pet}; feed the fish; wash the {washed};
            wash the dishes; do the laundry; do the dishes; do my homework; do the shopping; do my taxes; clean the
            {room}; clean the {room}; clean the windows; clean up the {room}; vacuum the {room}; mow the lawn; send
            the {sent}; send the {sent} to {who}; send {who} the {sent}; send {who} a message; send an email to {who};
            write to {who}; write the {sent}; email {who}; text {who}; answer {who}; book a {booked}; book the
            {booked}; reserve a table; renew my {paper}; return the {returned}; return the library books; return the
            {returned} to the {place}; bring the {returned} back; take my {medicine}; take the {medicine}; take the
            car to the garage; take the {pet} to the vet; take a break; take a walk; take a shower; go to the {place};
            go to the {place}; go shopping; go running; go for a walk; go to bed; get gas; get a haircut; fix the
            {broken}; fix the {broken}; repair the {broken}; check the {checked}; check my {checked}; check the oven;
            charge my phone; charge the car; change the {changed}; cancel my {cancelled}; cancel the {cancelled};
            order {bought}; order a pizza; order {bought}; cook dinner; make dinner; make a cake; make breakfast; make
            the bed; make an appointment with {who}; meet {who}; meet {who} at the {place}; visit {who}; invite {who};
            thank {who}; talk to {who}; ask {who} about the {sent}; tell {who} about the {event}; wake up; get up;
            stretch; drink water; read the {text}; read a {text}; read to the kids; practice the {instrument};
            practice {instrument}; study for the exam; study {subject}; back up my {device}; update my {device}; turn
            off the {device}; turn off the heating; turn on the {device}; lock the door; close the windows; open the
            windows; print the {sent}; sign the {sent}; sign the papers; finish the {sent}; finish the {sent}; prepare
            the {event}; prepare for the {event}; pack my bags; pack for the trip; plan the {event}; plan the party;
            plan the trip to {land}; register for the {event}; vote; iron my {worn}; wash my {worn}; wear my {worn};
            look for a new {home}; measure the {room}; set the table; leave for the airport; drive to the {place};
            sell my {vehicle}; sell the {vehicle}; wrap the present; wrap the gifts; defrost the freezer; put gas in
            the car; let the {pet} out; check in for my flight; check out of the hotel; apply for the job; apply for a
            {paper}
        """,
        "parcel": "package; parcel; mail; laundry; dry cleaning; keys; car; suit; order; prescription; cake; tickets",
        "washed": "car; dishes; windows; dog; clothes; towels; sheets; curtains; floor",
        "sent": """
            report; letter; invoice; email; package; contract; form; photos; slides; presentation; letter; postcard;
            application; documents; essay; proposal; budget; homework; agenda; notes; newsletter; review
        """,
        "booked": "flight; hotel; table; room; ticket; taxi; train; trip; court; cabin; massage; restaurant",
        "paper": "passport; license; driver's license; library card; visa; membership; insurance; ticket; loan; lease",
        "returned": "library books; books; book; keys; shoes; tools; jacket; car; dress; ladder; movie; bike",
        "medicine": "medicine; pills; vitamins; tablets; antibiotics; drops",
        "broken": "bike; sink; lamp; roof; fence; door; printer; chair; car; window; tap; shower; clock; toilet",
        "checked": "mail; oil; email; tires; oven; weather; bank account; calendar; blood pressure; voicemail; stove",
        "changed": "sheets; light bulb; filter; oil; tires; password; batteries; locks; diapers",
        "cancelled": "subscription; membership; order; flight; reservation; newspaper; trip; hotel; contract",
        "event": """
            party; meeting; dinner; exam; trip; conference; wedding; presentation; interview; concert; birthday party;
            lunch; holiday; workshop; course; race; game; class; barbecue; picnic; vacation; show
        """,
        "device": "computer; phone; laptop; lights; television; radio; heater; tablet; oven; alarm; printer",
        "worn": "shirt; suit; dress; shoes; coat; jacket; uniform; trousers; sweater; hat",
        "place": """
            store; office; supermarket; gym; library; bank; post office; airport; station; train station; hospital;
            pharmacy; bakery; school; park; market; garage; mall; restaurant; church; beach; dentist; doctor; museum;
            hotel; theater; city; pool; barber; gas station; bus stop; cafe; university; hardware store; grocery store;
            drugstore; kindergarten; playground; cinema; zoo; river; lake
        """,
        "there": """
            when I get to the {place}; when I get to the {place}; when I get home; when I get home; when I am at the
            {place}; when I arrive at the {place}; when I arrive at work; when I leave the {place}; when I leave work;
            when I leave the house; as soon as I get to the {place}; once I am home; when I come home; when I get to
            work; when I'm at the {place}; next time I am at the {place}; when I get back home; at the {place}
        """,
        "meeting": """
            meeting; team meeting; grocery shopping; piano lesson; dentist appointment; doctor's appointment; doctor
            visit; haircut; job interview; interview; car inspection; call with {who}; phone call; lunch with {who};
            dinner with {who}; {instrument} lesson; {instrument} lesson; {language} lesson; {language} class; yoga
            class; dance class; swimming lesson; driving lesson; gym session; workout; training; {event}; {event};
            shopping; shopping trip; vet appointment; eye exam; oil change; laundry; presentation; project review;
            client meeting; staff meeting; board meeting; budget meeting; weekly review; date; delivery;
            date with {who};
            flight; flight to {land}; trip to {land}; visit to {who}; parent teacher meeting; book club; coffee with
            {who}; house cleaning; appointment; appointment with {who}; appointment at the {place}; rehearsal; webinar;
            plumber; gardening; run; morning run; evening walk; movie night; tennis match; football game; video call;
            follow up; check up; massage; physiotherapy; barber appointment; breakfast with {who}; dentist
        """,
        "adjective": """
            nice; cold; warm; hot; beautiful; small; big; large; old; new; good; bad; long; short; great; quiet; loud;
            bright; dark; easy; hard; late; early; happy; sad; busy; empty; full; cheap; expensive; strange; wonderful;
            terrible; lovely; heavy; tired; green; red; blue; white; black; clean; dirty; young; little; slow; fast
        """,
        "weather": "cold; nice; warm; hot; wet; windy; cloudy; sunny; lovely; terrible; bad; great; dry; fine",
        "thing": """
            house; car; train; dog; book; garden; room; city; restaurant; street; river; movie; song; picture; table;
            door; office; company; report; hotel; bus; plane; price; letter; story; game; road; bridge; town; village;
            party; meal; coffee; window; mountain; tree; station; market; school; church; farm; boat; lake; phone
        """,
        "people": "people; children; men; women; friends; students; workers; players; guests; kids; teachers; visitors",
        "doing": """
            waiting; playing; working; sleeping; reading; singing; running; walking; talking; dancing; laughing; eating;
            cooking; swimming; standing; sitting; shopping; learning; writing; watching television; cleaning
        """,
        "where": """
            in the {room}; in the other room; in the garden; in the park; in the city; in the street; at the {place};
            at the {place}; near the {place}; near the river; near the lake; by the river; outside; upstairs; at home;
            in a small town; in the country; behind the house; in front of the {place}; next to the {place}; in {land};
            on the table; under the tree; around the corner; across the street; over there; downtown; in my office;
            in a large {thing}; at a small {thing}; in the old {thing}
        """,
        "past": """
            yesterday; last week; last night; last year; last {day}; this morning; two days ago; all day; all {part};
            all afternoon; a long time ago; {some} years ago; last summer; before lunch; after dinner; in the {part};
            on {day}; again; once; in {month}; for {some} hours; for a long time; before; every day
        """,
        "costs": "oil; gas; bread; houses; coffee; food; gold; milk; rent; sugar; tickets; water; electricity; wheat",
        "subject_person": "he; she; my {person}; the {official}; they; my friend; John; Mary; the man; the woman",
        "official": "doctor; teacher; driver; manager; president; police; waiter; nurse; lawyer; mayor; captain",
    }.items()
}
"""The choices of each slot."""
