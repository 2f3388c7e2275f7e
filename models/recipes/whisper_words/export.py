"""Writes a trained network in CTranslate2's format, which faster-whisper loads."""

from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray
from torch import Tensor, nn

from models.recipes.whisper_files import all_tokens, write
from models.recipes.whisper_words.network import Attention, FeedForward, Whisper


def export(network: Whisper, tokenizer: tokenizers.Tokenizer, folder: Path) -> None:
    """Write the network, with int8 weights, and its tokenizer into `folder`; the spelling head stays behind."""
    size = network.size
    spec: Any = WhisperSpec(size.encoder_layers, size.heads, size.decoder_layers, size.heads)
    for conv, source in ((spec.encoder.conv1, network.conv1), (spec.encoder.conv2, network.conv2)):
        _weights(conv, source)
    spec.encoder.position_encodings.encodings = _array(network.times)
    spec.decoder.position_encodings.encodings = _array(network.places)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = _array(network.embeddings.weight)
    _norm(spec.encoder.layer_norm, network.encoder_norm)
    _norm(spec.decoder.layer_norm, network.decoder_norm)
    for layer, blocks in zip(spec.encoder.layer, network.encoder, strict=True):
        _attention(layer.self_attention, blocks[0])
        _feed_forward(layer.ffn, blocks[1])
    for layer, blocks in zip(spec.decoder.layer, network.decoder, strict=True):
        _attention(layer.self_attention, blocks[0])
        _attention(layer.attention, blocks[1])
        _feed_forward(layer.ffn, blocks[2])
    write(folder, spec, tokenizer, all_tokens(tokenizer), mels=size.mels)


def _attention(spec: Any, source: Attention) -> None:
    _norm(spec.layer_norm, source.norm)
    for linear, layer in zip(spec.linear, (*source.inputs, source.out), strict=True):
        _weights(linear, layer)


def _feed_forward(spec: Any, source: FeedForward) -> None:
    _norm(spec.layer_norm, source.norm)
    _weights(spec.linear_0, source.wide)
    _weights(spec.linear_1, source.narrow)


def _norm(spec: Any, source: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(source.weight), _array(source.bias)


def _weights(spec: Any, source: Any) -> None:
    spec.weight, spec.bias = _array(source.weight), _array(source.bias)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().numpy(), dtype=np.float32)
