"""What a check of `flux-voice doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part stands; `fix` is what to do where it is not well, `well` None is a mere note."""

    part: str
    well: bool | None
    detail: str
    fix: str = ""
