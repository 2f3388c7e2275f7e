"""Abbreviations, initialisms, addresses and signs as they are said in English."""

import re
from typing import Final

from models.tts.spoken_numbers import Rules, cardinal, digits, ordinal

_TITLES: Final = {
    **{"Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Rev": "Reverend", "Hon": "Honorable"},
    **{"Gen": "General", "Sen": "Senator", "Rep": "Representative", "Gov": "Governor", "Capt": "Captain"},
    **{"Sgt": "Sergeant", "Lt": "Lieutenant", "Col": "Colonel", "Mt": "Mount", "Ft": "Fort", "Messrs": "Messieurs"},
}
_SHORT: Final = {
    **{
        "jr": "junior",
        "sr": "senior",
        "vs": "versus",
        "etc": "et cetera",
        "approx": "approximately",
        "dept": "department",
    },
    **{"apt": "apartment", "ave": "avenue", "blvd": "boulevard", "rd": "road", "inc": "incorporated", "ltd": "limited"},
    **{"corp": "corporation", "tel": "telephone", "ext": "extension", "incl": "including", "misc": "miscellaneous"},
    **{"hrs": "hours", "lbs": "pounds", "govt": "government", "appt": "appointment"},
}
_SHORT_IN_SMALL: Final = {
    **{"min": "minimum", "max": "maximum", "est": "established", "cf": "compare", "viz": "namely"},
    **{"esp": "especially", "ca": "circa"},
}
"""With a capital letter these may be names."""
_DOTTED: Final = {"e.g": "for example", "i.e": "that is", "a.k.a": "also known as", "ph.d": "PhD", "p.s": "PS"}
_BEFORE_NUMBERS: Final = {"No": "number", "no": "number", "Nr": "number", "p": "page", "pp": "pages", "vol": "volume"}
_BEFORE_NUMBERS_TOO: Final = {"Vol": "volume", "ch": "chapter", "Ch": "chapter", "fig": "figure", "Fig": "figure"}
_NUMBERED: Final = _BEFORE_NUMBERS | _BEFORE_NUMBERS_TOO
_AS_WORDS: Final = frozenset({"RAM", "PIN", "SIM", "VAT", "ETA", "TED", "REST", "LAN", "WAN", "ZIP", "NOT", "AND"})
"""Capitals that are said as a word; engines spell them out."""

_ROMAN: Final = r"(?P<roman>X{0,3}(?:IX|IV|V?I{0,3}))(?![\w.])"
_NUMBERED_THINGS: Final = (
    r"(?P<thing>[Cc]hapter|[Pp]art|Act|Scene|Volume|War|Phase|Type|Section|Book|Stage|Level|Grade|Class)"
)
_MONARCHS: Final = (
    r"(?P<name>Henry|Louis|Charles|George|Edward|Elizabeth|William|James|Richard|Philip|Frederick|Francis|Napoleon"
    r"|Alexander|Catherine|Nicholas|Ivan|Peter|Pius|Benedict|Gregory|Innocent|Leo|Clement|Paul)"
)
_ENDINGS: Final = "com|org|net|edu|gov|io|dev|ai|app|info|local|co|uk|de|eu|fr|es|it|nl|ch|at|us|ca|au|me|tv"
_FILES: Final = "pdf|txt|md|py|js|ts|json|yaml|yml|csv|jpe?g|png|gif|mp3|mp4|wav|zip|docx?|xlsx?|pptx?|html?|exe|sh"
_SIGNS_IN_ADDRESSES: Final = {
    **{".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", "+": "plus", ":": "colon", "#": "hash"},
    **{"?": "question mark", "=": "equals", "&": "and", "%": "percent", "~": "tilde"},
}
_LONGEST_PATH: Final = 40
"""Characters; of an address with more behind its host only the host is said."""
_SIGNS: Final = {
    **{"&": "and", "+": "plus", "=": "equals", "≈": "about", "~": "about", "±": "plus or minus", "×": "times"},  # noqa: RUF001
    **{"÷": "divided by", "≤": "at most", "≥": "at least", "≠": "is not", "→": "to", "§": "section", "%": "percent"},
    **{"°": "degrees", "€": "euros", "£": "pounds", "@": "at"},
}


def _address(text: str) -> str:
    said = []
    for chunk in re.findall(r"\d+|[^\W\d_]+|.", text, re.DOTALL):
        if chunk.isdecimal():
            said.append(cardinal(int(chunk)) if len(chunk) < 3 else digits(chunk))
        elif chunk.isalpha():
            said.append(chunk)
        elif chunk in _SIGNS_IN_ADDRESSES:
            said.append(_SIGNS_IN_ADDRESSES[chunk])
    return " ".join(said)


def _url(match: re.Match[str]) -> str:
    host, path = match["host"], match["path"] or ""
    path = path.partition("?")[0].partition("#")[0].rstrip("/")
    return _address(host if len(path) > _LONGEST_PATH else host + path)


def _value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in roman]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _numbered_thing(match: re.Match[str]) -> str | None:
    return f"{match['thing']} {cardinal(_value(match['roman']))}" if match["roman"] else None


def _monarch(match: re.Match[str]) -> str | None:
    return f"{match['name']} the {ordinal(_value(match['roman']))}" if match["roman"] else None


def _capitals(match: re.Match[str]) -> str:
    return match[0].replace(".", "").replace(" ", "").upper()


def _dotted(match: re.Match[str]) -> str:
    text = match[0].rstrip(".").lower()
    return _DOTTED.get(text) or _capitals(match)


def _code(match: re.Match[str]) -> str:
    said = []
    for chunk in re.findall(r"\d+|\D+", match[0]):
        if not chunk[0].isdecimal():
            said.append(chunk.strip("-_"))
        elif len(chunk) > 4 or (len(chunk) > 1 and chunk.startswith("0")):
            said.append(digits(chunk))
        else:
            said.append(cardinal(int(chunk)))
    return " ".join(filter(None, said))


def _shortened(match: re.Match[str]) -> str:
    return _SHORT[match["short"].lower()]


def _in_address(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 40) : match.start()]
    return re.search(r"\d\s+(?:[A-Z]\w*\s+)+$", before) is not None


NEVER_LAST: Final = frozenset(
    {*_TITLES.values(), *_NUMBERED.values(), *_DOTTED.values(), *_SHORT_IN_SMALL.values()}
    | {"Doctor", "Saint", "versus", "approximately"}
)
"""After these a capital letter begins no sentence."""

ADDRESS_RULES: Final[Rules] = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+){1,6}"), lambda match: _address(match[0])),
    (
        re.compile(
            r"(?:(?:https?|ftp)://(?:www\.)?|www\.)(?P<host>[\w.-]{0,253}\w)(?P<path>[:/?#](?:[^\s<>\"|]*[^\s<>\"|.,:;!?)\]}'*])?)?",
            re.IGNORECASE,
        ),
        _url,
    ),
    (
        re.compile(
            rf"(?P<host>(?:[^\W_][\w-]{{0,62}}\.){{1,6}}(?:{_ENDINGS}))(?![\w@])(?P<path>/[\w/.~-]*[\w/])?",
            re.IGNORECASE,
        ),
        _url,
    ),
    (re.compile(rf"[\w-]{{1,64}}\.(?:{_FILES})(?![\w.])"), lambda match: _address(match[0])),
    (re.compile(r"#(?P<tag>[^\W\d]\w*)"), lambda match: f"hashtag {_address(match['tag'])}"),
    (re.compile(r"@(?P<handle>[^\W\d]\w*)"), lambda match: f"at {_address(match['handle'])}"),
)
"""What says addresses of mail, pages, files and people; stands before everything else."""

WORD_RULES: Final[Rules] = (
    (re.compile(rf"(?P<title>{'|'.join(_TITLES)})\.(?=\s*[A-Z])"), lambda match: _TITLES[match["title"]]),
    (re.compile(rf"(?P<title>{'|'.join(('Mr', 'Mrs', 'Ms'))})(?=\s+[A-Z])"), lambda match: _TITLES[match["title"]]),
    (re.compile(r"Dr\.?(?=\s+[A-Z])"), lambda match: "Drive" if _in_address(match) else "Doctor"),
    (re.compile(r"Dr\."), lambda _: "Drive"),
    (re.compile(r"St\.(?=\s+[A-Z])"), lambda match: "Street" if _in_address(match) else "Saint"),
    (re.compile(r"St\."), lambda _: "Street"),
    (
        re.compile(rf"(?P<before>{'|'.join(sorted(_NUMBERED, key=len, reverse=True))})\.\s?(?=\d)"),
        lambda match: _NUMBERED[match["before"]],
    ),
    (re.compile(rf"(?P<short>{'|'.join(_SHORT)})\.", re.IGNORECASE), _shortened),
    (
        re.compile(rf"(?P<short>{'|'.join(_SHORT_IN_SMALL)})\.(?=\s*[^\sA-Z])"),
        lambda match: _SHORT_IN_SMALL[match["short"]],
    ),
    (re.compile(r"(?P<short>vs|etc|approx)(?![\w.])"), _shortened),
    (re.compile(r"Ph\.\s?D\.?(?!\w)"), lambda _: "PhD"),
    (re.compile(r"(?:e\.g|i\.e)(?![\w])\.?|(?:[^\W\d_]\.){1,5}[^\W\d_]\.(?!\w)|(?:[A-Z]\.){1,5}[A-Z](?!\w)"), _dotted),
    (re.compile(r"[A-Z]\.(?=\s+[A-Z])"), lambda match: match[0][0]),
    (re.compile(r"w/o(?!\w)"), lambda _: "without"),
    (re.compile(r"w/(?=\s)"), lambda _: "with"),
    (re.compile(rf"{_NUMBERED_THINGS}\s+{_ROMAN}"), _numbered_thing),
    (re.compile(rf"{_MONARCHS}\s+{_ROMAN}"), _monarch),
    (re.compile(rf"(?:{'|'.join(_AS_WORDS)})(?!\w)"), lambda match: match[0].lower()),
    (re.compile(r"(?=[^\W\d_]{0,30}-?\d)[^\W_](?:[^\W_]|-(?=[^\W_])){0,39}"), _code),
    (re.compile("|".join(map(re.escape, _SIGNS))), lambda match: _SIGNS[match[0]]),
)
"""What says words that are not said as they are written, and signs that are said at all."""
