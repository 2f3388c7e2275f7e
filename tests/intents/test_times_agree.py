"""What `intents.when` understands, the engine without weights takes for a time."""

import pytest

from models.llm.spoken_time import is_time
from tests.intents.test_when import ONCE, RECURRING

# Times with other words around them are found (`time_in`), but are not wholly times.
UNUSUAL = {"to morrow at noon", "um, tomorrow at like five, please"}


@pytest.mark.parametrize("text", sorted((set(ONCE) | set(RECURRING)) - UNUSUAL))
def test_it_looks_like_a_time(text: str) -> None:
    assert is_time(text)
