"""What `intents.when` understands, the engine without weights takes for a time."""

import pytest

from models.llm.spoken_time import is_time
from tests.intents.test_when import ONCE

# Spelled as recognition never does; the engine puts the spelling right before it looks for times.
UNUSUAL = {"to morrow at noon"}


@pytest.mark.parametrize("text", sorted(set(ONCE) - UNUSUAL))
def test_it_looks_like_a_time(text: str) -> None:
    assert is_time(text)
