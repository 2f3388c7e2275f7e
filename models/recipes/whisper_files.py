"""Writes the files of a Whisper in CTranslate2's format, as the converters of true models do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tokenizers


def all_tokens(tokenizer: tokenizers.Tokenizer) -> list[str]:
    """Return every token of a tokenizer in its order, the special ones last."""
    return [str(tokenizer.id_to_token(number)) for number in range(tokenizer.get_vocab_size())]


def write(
    folder: Path,
    spec: Any,
    tokenizer: tokenizers.Tokenizer,
    tokens: Sequence[str],
    *,
    mels: int,
    quantization: str = "int8",
) -> None:
    """Write weights, configuration, tokenizer, vocabulary and preprocessor into `folder`, which is made.

    `spec` is a `ctranslate2.specs.WhisperSpec` with all its weights set, `tokens` all tokens in their order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = {token: index for index, token in enumerate(tokens)}
    layers = len(spec.decoder.layer)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [number["Ġ"], number["<|endoftext|>"]]
    spec.config.lang_ids = list(range(number["<|en|>"], number["<|translate|>"]))
    spec.config.alignment_heads = [(layer, 0) for layer in range(layers // 2, layers)]
    spec.register_vocabulary(list(tokens))
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    audio = {"feature_size": mels, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(audio) + "\n")
