"""The training: cross-entropy on the next token, and connectionist temporal classification on the spelling."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.recipes.whisper_words.examples import NOTHING, Batch
from models.recipes.whisper_words.network import LETTERS, Size, Whisper

_PEAK: Final = 1.5e-3
_WARM_UP: Final = 300
_COOLING: Final = 0.15
_SPELLING: Final = 0.3
_PLAIN_SPELLING: Final = 1.0
"""Weights of the spelling's loss; at first it decides, for a decoder can listen only once something is heard."""
_GUESSES: Final = 0.5
"""Share of the probability that is spread over all words where nobody speaks."""
_MEMORY: Final = 0.998
"""Of the running mean of the weights, which transcribes better than the weights of any one step."""
_STRIDE: Final = 50
"""Every how many places of the silence behind a window are computed."""


def learning_rate(step: int, steps: int) -> float:
    """Return the rate of a step: up in a straight line, level, and in the last third down to zero."""
    return _PEAK * min((step + 1) / _WARM_UP, 1.0, (steps - step) / (_COOLING * steps))


def train(
    network: Whisper,
    batches: Iterator[Batch],
    steps: int,
    folder: Path,
    *,
    plain: int,
    save_every: int = 100,
) -> None:
    """Train for `steps` batches, of which the first `plain` are easy ones.

    `folder` gets the running mean of the weights as `network.pt`. The state is kept there too, and an
    interrupted training goes on from it.
    """
    decayed = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=_PEAK, betas=(0.9, 0.98), fused=True)
    state_file, first = folder / "training.pt", 0
    if state_file.exists():
        state = torch.load(state_file)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    columns = (
        TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_MEMORY))
    if first:
        average.load_state_dict(state["average"])
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=steps, completed=first, loss="")
        mean: float | None = None
        for step in range(first, steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, steps)
            words, letters = losses(network, next(batches))
            network.zero_grad(set_to_none=True)
            (words + (_PLAIN_SPELLING if step < plain else _SPELLING) * letters).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            average.update_parameters(network)
            mean = words.item() if mean is None else 0.98 * mean + 0.02 * words.item()
            progress.update(task, advance=1, loss=f"words {mean:.3f} letters {letters.item():.3f}")
            if (step + 1) % save_every == 0 or step + 1 == steps:
                save(average.module, folder / "network.pt")
                progress.console.print(f"{step + 1} of {steps}: words {mean:.3f} letters {letters.item():.3f}")
                parts = {"network": network, "average": average, "optimizer": optimizer}
                torch.save({"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}, state_file)


def steps_done(folder: Path) -> int:
    """Return how many batches the training whose state `folder` keeps has seen."""
    path = folder / "training.pt"
    return int(torch.load(path)["step"]) if path.exists() else 0


def losses(network: Whisper, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the mean loss of the next tokens and that of the letters."""
    heard, bias = network.hear(torch.from_numpy(batch.mel), _STRIDE)
    said = network.say(torch.from_numpy(batch.tokens), heard, bias)
    wanted = torch.from_numpy(batch.next_tokens)
    learnt = wanted != NOTHING
    scores = network.logits(said[learnt])
    each = F.cross_entropy(scores, wanted[learnt], reduction="none")
    unsure = -F.log_softmax(scores, dim=-1).mean(dim=-1)
    guess = _GUESSES * torch.from_numpy(batch.guesses)[learnt]
    words = ((1 - guess) * each + guess * unsure).mean()
    return words, _spelling_loss(network, heard, batch)


def save(network: Whisper, path: Path) -> None:
    """Write the network's weights and size."""
    torch.save({"size": asdict(network.size), "weights": network.state_dict()}, path)


def load(path: Path) -> Whisper:
    """Return the network that `save` wrote."""
    saved = torch.load(path)
    network = Whisper(Size(**saved["size"]))
    network.load_state_dict(saved["weights"])
    return network


def _spelling_loss(network: Whisper, heard: Tensor, batch: Batch) -> Tensor:
    places = torch.from_numpy(batch.frames // 2)
    spelled = [[LETTERS.index(c) + 1 for c in text.lower() if c in LETTERS] for text in batch.texts]
    for text, most in zip(spelled, places.tolist(), strict=True):
        # Between two letters that are the same there must be a place for the blank.
        if len(text) + sum(one == other for one, other in pairwise(text)) > most:
            text.clear()
    letters = torch.tensor([letter for text in spelled for letter in text], dtype=torch.long)
    lengths = torch.tensor([len(text) for text in spelled])
    scores = network.spell(heard[:, : batch.mel.shape[2] // 2]).transpose(0, 1)
    loss = F.ctc_loss(scores, letters, places, lengths, reduction="none")
    return loss.sum() / max(1, len(letters))
