import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tts.markdown import prose
from models.tts.spoken_text import PIECE, joined, sentences, spoken

TABLE = {
    # numbers
    "I have 3 goals.": "I have three goals.",
    "It costs 1,234.5 or so.": "It costs one thousand two hundred thirty-four point five or so.",
    "0.05 and .5": "zero point zero five and point five",
    "-5 to +5": "minus five to plus five",
    "1,000,000 people": "one million people",
    "agent 007": "agent zero zero seven",
    "Call 911!": "Call nine one one!",
    "12345678901234567890": "one two three, four five six, seven eight nine, zero one two, three four five, six seven"
    " eight, nine zero",
    "10k steps": "ten thousand steps",
    "the 1st and the 22nd": "the first and the twenty-second",
    "1/2 cup": "one half cup",
    "3/4 and 2/3": "three quarters and two thirds",
    "1 1/2 cups": "one and a half cups",
    "½ or 1½": "one half or one and a half",
    "24/7": "twenty-four seven",
    "5-10 minutes": "five to ten minutes",
    "5\u201310 minutes": "five to ten minutes",
    "5 - 3 = 2": "five minus three equals two",
    "2 + 2 = 4": "two plus two equals four",
    "3x4 and 2x": "three by four and two times",
    "a 3:1 ratio": "a three to one ratio",
    "version 1.2.3": "version one point two point three",
    "at 10.0.0.1": "at ten dot zero dot zero dot one",
    "#5": "number five",
    "No. 5, p. 12": "number five, page twelve",
    "word17 H2O B2B 4K": "word seventeen H two O B two B four K",
    "COVID-19": "COVID nineteen",
    "ten 10 \u0663": "ten ten three",
    # percent, temperatures, measures
    "50 % or 3.5%": "fifty percent or three point five percent",
    "-4 °C": "minus four degrees Celsius",
    "72°F, 1°": "seventy-two degrees Fahrenheit, one degree",
    "5 km, 10 kg, 20 min.": "five kilometers, ten kilograms, twenty minutes.",
    "1 km at 5 km/h": "one kilometer at five kilometers per hour",
    "3 m² or 2.5 GB": "three square meters or two point five gigabytes",
    "60 mph for 2 hrs": "sixty miles per hour for two hours",
    "5 ft and 1 lb": "five feet and one pound",
    "5'10\" tall": "five feet ten tall",
    "We ran 5 km. Then we slept.": "We ran five kilometers. Then we slept.",
    # money
    "$3.50": "three dollars and fifty cents",
    "$0.99, $1 and $1.00": "ninety-nine cents, one dollar and one dollar",
    "€5, 5 € or EUR 5": "five euros, five euros or five euros",
    "£1.2 million": "one point two million pounds",
    "$5M": "five million dollars",
    "$10/month": "ten dollars per month",
    "-$20": "minus twenty dollars",
    "¥500 and 50¢": "five hundred yen and fifty cents",
    "£2.01": "two pounds and one penny",
    "100 USD": "one hundred US dollars",
    # dates
    "1999": "nineteen ninety-nine",
    "in 2026": "in twenty twenty-six",
    "since 1492": "since fourteen ninety-two",
    "1500 items": "one thousand five hundred items",
    "the 1990s and the '80s": "the nineteen nineties and the eighties",
    "2026-03-04": "March fourth, twenty twenty-six",
    "2026-03-04T10:30:00Z": "March fourth, twenty twenty-six, ten thirty",
    "3/4/2026": "March fourth, twenty twenty-six",
    "March 4th": "March fourth",
    "March 4, 2026 is free": "March fourth, twenty twenty-six is free",
    "4 March 2026": "March fourth, twenty twenty-six",
    "the 4th of July and 4 July": "the fourth of July and July fourth",
    "May 2026": "May twenty twenty-six",
    "May 35": "May thirty-five",
    "Jan. 5": "January fifth",
    "Mon. or Fri.": "Monday or Friday.",
    # times
    "at 10:30": "at ten thirty",
    "10:05 and 10:00": "ten oh five and ten o'clock",
    "3 p.m.": "three PM.",
    "At 3 p.m. Then we go.": "At three PM. Then we go.",
    "at 3 p.m. on Friday, 11am": "at three PM on Friday, eleven AM",
    "10:00\u201311:30": "ten o'clock to eleven thirty",
    "10:00 - 11:30 a.m.": "ten o'clock to eleven thirty AM.",
    "7 a.m.-9 p.m.": "seven AM to nine PM.",
    "00:00 or 13:00": "midnight or thirteen hundred",
    # phone numbers
    "+1 (415) 555-0100": "plus one, four one five, five five five, zero one zero zero",
    "415-555-0100": "four one five, five five five, zero one zero zero",
    "(415) 555-0100": "four one five, five five five, zero one zero zero",
    "555-0100": "five five five, zero one zero zero",
    "4155550100": "four one five, five five five, zero one zero zero",
    "+44 20 7946 0958": "plus four four, two zero, seven nine four six, zero nine five eight",
    # addresses
    "bob.smith@example.com": "bob dot smith at example dot com",
    "https://www.example.com/a-b?x=1.": "example dot com slash a dash b.",
    "See example.com, please.": "See example dot com, please.",
    "plan_2.pdf": "plan underscore two dot pdf",
    "@bob #fun": "at bob hashtag fun",
    # abbreviations
    "Mr. Smith and Dr. Jones": "Mister Smith and Doctor Jones",
    "St. Louis, Main St.": "Saint Louis, Main Street.",
    "12 Elm St. Springfield": "twelve Elm Street. Springfield",
    "e.g. tea, i.e. no coffee, etc.": "for example tea, that is no coffee, et cetera.",
    "cats vs. dogs": "cats versus dogs",
    "The U.S. Army": "The US Army",
    "the GPU and AI": "the GPU and AI",
    "RAM and a PIN": "ram and a pin",
    "J. K. Rowling, Ph.D.": "J K Rowling, PhD.",
    "Henry VIII and World War II": "Henry the eighth and World War two",
    "Chapter IV, I think": "Chapter four, I think",
    "R&D": "R and D",
    "w/ or w/o": "with or without",
    "I met Max. He waved.": "I met Max. He waved.",
    # signs, emoji and stops
    "thumbs 👍🏽 up 🎉": "thumbs up",
    "Wait... what?! No!!!": "Wait, what? No!",
    "Well… Yes": "Well. Yes",
    "one \u2014 two (three) four": "one, two, three, four",
    "STOP THAT NOW": "stop that now",
    "\u201cquoted\u201d don\u2019t well-known": "quoted don't well-known",
    "日本語 and русский": "日本語 and русский",
    # Markdown
    "**bold** and _it_ and `code`": "bold and it and code",
    "# Plan\n\n- one\n- two": "Plan. one. two",
    "1. Buy milk\n2. Call mom": "one. Buy milk. two. Call mom",
    "[the docs](https://x.y/z) are here": "the docs are here",
    "| Day | Task |\n|---|---|\n| Mon | Run |": "Day, Task. Mon, Run,",
    "```python\nprint\n```": "print.",
    "![a cat](cat.png) ~~no~~ yes": "a cat no yes",
    "4 * 3 * 2": "four three two",
}


@pytest.mark.parametrize("written", TABLE)
def test_what_is_written_is_said(written: str) -> None:
    assert joined(spoken(written)) == TABLE[written]


def test_days_come_first_outside_america() -> None:
    assert joined(spoken("3/4/2026", "en-gb-x-rp")) == "April third, twenty twenty-six"
    assert joined(spoken("3/4/2026", "en_US")) == "March fourth, twenty twenty-six"


def test_other_languages_keep_their_words() -> None:
    assert joined(spoken("**Am 3.** um 10 Uhr, z. B. 5 €", "de")) == "Am 3. um 10 Uhr, z. B. 5"


def test_tokens_name_the_place_they_were_written_at() -> None:
    text = "Pay **$3.50** at 3 p.m. to Dr. No, ok?"
    assert [text[token.start : token.end] for token in spoken(text)] == (
        ["Pay", "$3.50", "at", "3 p.m.", "to", "Dr.", "No", "ok"]
    )


ANY_TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*TABLE, " ", "\n", "-", "*", "[", "](", ")", "1", ".", "/", "a", ":"]), max_size=12).map(
        "".join
    ),
    st.text("0123456789.,:/-+$%# apmst*_[]()|'\n", max_size=80),
)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_said_in_order_without_digits_and_whole(text: str) -> None:
    tokens = spoken(text)
    said = joined(tokens)
    assert not any(character.isdigit() for character in said)
    assert re.fullmatch(r"[^<>\[\]*_#|\\]*", said)
    at = 0
    for token in tokens:
        assert at <= token.start < token.end <= len(text)
        assert token.said.strip() == token.said != "" and token.stop in ("", *",;:.!?")
        at = token.end
    covered = {place for token in tokens for place in range(token.start, token.end)}
    for place, character in enumerate(prose(text)):
        if character.isalnum() and not character.isspace():
            assert place in covered, (text[place:], tokens)


@given(ANY_TEXT)
def test_prose_keeps_every_place(text: str) -> None:
    clean = prose(text)
    assert len(clean) == len(text)
    assert all(after in (before, " ") for before, after in zip(text, clean, strict=True))


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, st.integers(20, PIECE))
def test_sentences_are_all_tokens_in_bounded_pieces(text: str, limit: int) -> None:
    tokens = spoken(text)
    cut = list(sentences(tokens, limit))
    assert [token for sentence in cut for token in sentence] == tokens
    assert all(len(sentence) == 1 or len(joined(sentence)) <= limit for sentence in cut)


def test_a_long_sentence_is_cut_at_a_stop_else_between_words() -> None:
    cut = sentences(spoken("one two, three four five six"), 20)
    assert [joined(sentence) for sentence in cut] == ["one two,", "three four five six"]


@pytest.mark.parametrize(
    "text", ["a" * 3000, "1" * 3000, "a.a." * 1000, "*a" * 1000, "[a" * 1000, "1,1" * 1000, "$" * 3000]
)
def test_long_nonsense_is_said_in_bounded_tokens(text: str) -> None:
    assert all(len(token.said) <= PIECE for token in spoken(text))
