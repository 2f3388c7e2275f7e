"""A tokenizer with Whisper's layout: byte-level pairs of its own, then the special tokens in OpenAI's order.

With 50,256 text tokens the special tokens have the very numbers of OpenAI's English models, with 50,257 those of the
multilingual ones; with fewer a model is smaller, and its special tokens keep their order. The last text token of a
multilingual model is empty: by that CTranslate2 (4.8) knows it.
"""

from collections.abc import Sequence
from typing import Any, Final

import tokenizers
from tokenizers.decoders import ByteLevel as Decoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

ENGLISH: Final = 50_256
"""Text tokens of OpenAI's English models."""
MULTILINGUAL: Final = 50_257
"""Text tokens of OpenAI's multilingual models."""

_LANGUAGES: Final = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
_TASKS: Final = ("translate", "transcribe", "startoflm", "startofprev", "nocaptions", "notimestamps")
_TIMESTAMPS: Final = 1501
# faster-whisper suppresses the first token of each, which must not be the lone space that begins other words.
_WHOLE: Final = (" -", " '", " ♪")


def special_tokens() -> list[str]:
    """Return the tokens after the text tokens, in their order."""
    names = ("endoftext", "startoftranscript", *_LANGUAGES.split(), *_TASKS)
    return [f"<|{name}|>" for name in names] + [f"<|{index * 0.02:.2f}|>" for index in range(_TIMESTAMPS)]


def build_tokenizer(
    texts: Sequence[str], text_tokens: int | None, *, multilingual: bool = False
) -> tokenizers.Tokenizer:
    """Return a tokenizer with `text_tokens` tokens of text that knows the words of `texts` whole, the first ones first.

    None is as many tokens as all the words need. Raises ValueError where not even the bytes fit.
    """
    alphabet = sorted(ByteLevel.alphabet())
    vocabulary: dict[str, int] = {token: number for number, token in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []
    if text_tokens is not None and text_tokens < len(alphabet) + 10:
        raise ValueError(f"{text_tokens} tokens are too few for every byte")
    most = ENGLISH if text_tokens is None else text_tokens - multilingual
    split = ByteLevel(add_prefix_space=True, use_regex=True)
    words = [word for text in (*_WHOLE, *texts) for word, _ in split.pre_tokenize_str(text)]
    for word in dict.fromkeys(words):
        left = word[0]
        # A word is built up from its left end, so that every beginning of it is a token too.
        for right in word[1:]:
            if left + right not in vocabulary and len(vocabulary) < most:
                vocabulary[left + right] = len(vocabulary)
                merges.append((left, right))
            left += right
            if left not in vocabulary:
                break
    if text_tokens is None:
        most = len(vocabulary)
    vocabulary |= {f"Ġunused{number}": number for number in range(len(vocabulary), most)}
    if multilingual:
        vocabulary[""] = most
    model: Any = BPE(vocab=vocabulary, merges=merges)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = Decoder()
    tokenizer.add_special_tokens(special_tokens())
    return tokenizer
