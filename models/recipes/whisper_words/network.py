"""Whisper's network in PyTorch, at any size, with a second head that spells what the encoder hears.

Only the training needs it: the product runs what `export.py` writes.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.recipes.whisper_test_model import sinusoids

LETTERS: Final = " abcdefghijklmnopqrstuvwxyz'"
"""What the spelling head tells apart; its number 0 is the blank."""
FRAMES: Final = 1500
CONTEXT: Final = 448


@dataclass(frozen=True, slots=True)
class Size:
    """Sizes of the network; `tokens` counts all of them."""

    tokens: int
    width: int = 144
    heads: int = 3
    encoder_layers: int = 4
    decoder_layers: int = 2
    mels: int = 80


class Attention(nn.Module):  # type: ignore[misc]
    """Self-attention, or attention to what the encoder heard, with its layer norm before and its sum behind."""

    def __init__(self, width: int, heads: int, *, across: bool) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.inputs = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, 2 * width)] if across else [])
        if not across:
            self.inputs.append(nn.Linear(width, 3 * width))
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, heard: Tensor | None = None, *, bias: Tensor | None = None) -> Tensor:
        """Return `x`, shape `(batch, time, width)`, with what it attends to; causal where there is no `bias`."""
        normed = self.norm(x)
        if heard is None:
            query, key, value = self.inputs[0](normed).chunk(3, dim=-1)
        else:
            query = self.inputs[0](normed)
            key, value = self.inputs[1](heard).chunk(2, dim=-1)
        split = [part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (query, key, value)]
        mixed = F.scaled_dot_product_attention(*split, attn_mask=bias, is_causal=bias is None)
        return x + self.out(mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):  # type: ignore[misc]
    """Two linear layers with their layer norm before and their sum behind."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with what the layers make of it."""
        return x + self.narrow(F.gelu(self.wide(self.norm(x))))


class Whisper(nn.Module):  # type: ignore[misc]
    """The network; `heard` then `spelled` or `said`."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        width, heads = size.width, size.heads
        self.conv1 = nn.Conv1d(size.mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("times", torch.from_numpy(sinusoids(FRAMES, width)))
        self.encoder = nn.ModuleList(
            nn.ModuleList([Attention(width, heads, across=False), FeedForward(width)])
            for _ in range(size.encoder_layers)
        )
        self.encoder_norm = nn.LayerNorm(width)
        self.embeddings = nn.Embedding(size.tokens, width)
        nn.init.normal_(self.embeddings.weight, std=0.05)
        self.places = nn.Parameter(0.1 * torch.from_numpy(sinusoids(CONTEXT, width)))
        self.decoder = nn.ModuleList(
            nn.ModuleList(
                [Attention(width, heads, across=False), Attention(width, heads, across=True), FeedForward(width)]
            )
            for _ in range(size.decoder_layers)
        )
        self.decoder_norm = nn.LayerNorm(width)
        self.letters = nn.Linear(width, len(LETTERS) + 1)

    def hear(self, mel: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Return what the encoder hears in `mel`, shape `(batch, mels, frames)`, and the weights of its places.

        The window is 30 s, as Whisper's always is. Behind `mel`, whose last frames must be zeros and whose number of
        frames even, it holds zeros only, and these sound alike: of their places only every `stride`-th is computed,
        and counts `stride` times (its weight is a logarithm, to be added to the scores of attention). That is much
        the same as the whole window, for a small part of the time.
        """
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)
        count = x.shape[1]
        rest = torch.arange(min(FRAMES, count + stride // 2), FRAMES, stride)
        weights = torch.zeros(count + len(rest))
        if len(rest):
            weights[count:] = math.log((FRAMES - count) / len(rest))
            x = torch.cat([x, x[:, -1:].expand(-1, len(rest), -1)], dim=1)
        x = x + torch.cat([self.times[:count], self.times[rest]])
        bias = weights.view(1, 1, 1, -1)
        for attention, feed_forward in self.encoder:
            x = feed_forward(attention(x, bias=bias))
        return self.encoder_norm(x), bias

    def spell(self, heard: Tensor) -> Tensor:
        """Return the log-probabilities of letters, shape `(batch, places, letters + 1)`."""
        return F.log_softmax(self.letters(heard), dim=-1)

    def say(self, tokens: Tensor, heard: Tensor, bias: Tensor) -> Tensor:
        """Return what `logits` makes the next tokens of, shape `(batch, tokens, width)`."""
        x = self.embeddings(tokens) + self.places[: tokens.shape[1]]
        for attention, listening, feed_forward in self.decoder:
            x = feed_forward(listening(attention(x), heard, bias=bias))
        return self.decoder_norm(x)

    def logits(self, said: Tensor) -> Tensor:
        """Return the scores of all tokens."""
        return F.linear(said, self.embeddings.weight)
