"""Makes the model from the command line."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.recipes.whisper_words.sentences import HeldBack, held_back_sentences, training_sentences, written_texts
from models.recipes.whisper_words.voices import missing_programs

HELP = """\
Trains a tiny Whisper, of about two million parameters, that transcribes what callers say to a life
assistant, and writes it into FOLDER in CTranslate2's format. Nothing is downloaded: the sentences come
from a grammar, the voices from flite and espeak-ng. It knows about a thousand words and hears
synthetic voices well; it is for tests and demonstrations, not for people.

What it needs besides the extras of the tests:

  apt-get install flite espeak-ng
  pip install torch==2.13.0            only here: the server never needs it

What it does, each step once (what lies in --work is used again, so it may be interrupted):

  1  draws the sentences; those of the test speech and 200 others are held back, never trained on
  2  speaks them                       about five minutes on two cores
  3  trains                            about two hours on two cores
  4  writes FOLDER: model.bin (int8), config, tokenizer, vocabulary, preprocessor, made.json
  5  prints the word error rate of the held-back sentences, through faster-whisper as the server runs it

Examples:
  python -m models.recipes.whisper_words tests/weights/whisper-words --work /tmp/words
  python -m models.recipes.whisper_words /tmp/now --work /tmp/words --now      what is reached so far
  python -m models.recipes.whisper_words /tmp/try --work /tmp/try --sentences 300 --steps 20
"""


def main() -> None:
    """Make the model."""
    parser = argparse.ArgumentParser(
        prog="python -m models.recipes.whisper_words",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to put the model")
    parser.add_argument("--work", type=Path, required=True, help="folder of the clips and of the training's state")
    parser.add_argument("--speech", type=Path, default=Path("tests/speech"), help="test speech (default tests/speech)")
    parser.add_argument("--sentences", type=int, default=9000, help="to train on (default 9000)")
    parser.add_argument("--steps", type=int, default=14000, help="batches to train on (default 14000)")
    parser.add_argument(
        "--plain", type=int, default=6200, help="of these, the first ones, which are easy (default 6200)"
    )
    parser.add_argument("--batch", type=int, default=12, help="windows of a batch (default 12)")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn by chance (default 1)")
    parser.add_argument("--now", action="store_true", help="write and score what an unfinished training has reached")
    options = parser.parse_args()
    if missing := missing_programs():
        sys.exit(f"{' and '.join(missing)} not found: apt-get install flite espeak-ng")
    if not (options.speech / "sentences.json").is_file():
        sys.exit(f"{options.speech} holds no sentences.json: name the folder of the test speech with --speech")
    try:
        import torch
    except ModuleNotFoundError:
        sys.exit("torch not found: pip install torch==2.13.0 into an environment of its own")
    torch.manual_seed(options.seed)
    make(options)


def make(options: argparse.Namespace) -> None:
    """Run the steps that are not done yet."""
    from models.recipes.whisper_tokenizer import build_tokenizer
    from models.recipes.whisper_words import scoring, training
    from models.recipes.whisper_words.clips import Clips, record
    from models.recipes.whisper_words.examples import Examples
    from models.recipes.whisper_words.export import export
    from models.recipes.whisper_words.network import Size, Whisper

    console = Console()
    began = time.monotonic()
    test_clips = list(scoring.recorded(options.speech))
    held_back = held_back_sentences(200, options.seed)
    kept_out = HeldBack([*held_back, *(clip.text for clip in test_clips)])
    sentences = training_sentences(options.sentences, options.seed, kept_out)
    tokenizer = build_tokenizer(written_texts(sentences), None)
    if not (options.work / "clips.npy").exists():
        record(sentences, kept_out, options.work, options.seed)
    state = options.work / "network.pt"
    if not options.now:
        network = Whisper(Size(tokenizer.get_vocab_size()))
        done = training.steps_done(options.work)
        examples = Examples(Clips(options.work), tokenizer, options.seed + done)
        batches = examples.batches(options.batch, options.plain - done)
        training.train(network, batches, options.steps, options.work, plain=options.plain)
    elif not state.exists():
        sys.exit(f"{options.work} holds no network.pt yet: wait until some hundred batches are done")
    network = training.load(state)
    export(network, tokenizer, options.folder)
    clips = [*scoring.spoken(held_back, "held-back sentences", options.seed), *test_clips]
    scores, wrong = scoring.score(options.folder, clips)
    for line in wrong:
        console.print(line, highlight=False, soft_wrap=True)
    table = Table("said", "WER %", "without error")
    for one in scores:
        table.add_row(one.group, str(one.wer), f"{one.exact} of {one.clips}")
    console.print(table)
    made = {
        "recipe": "models/recipes/whisper_words",
        "licence": "Apache-2.0",
        "sentences": options.sentences,
        "steps": options.steps,
        "plain": options.plain,
        "batch": options.batch,
        "seed": options.seed,
        "parameters": sum(value.numel() for value in network.parameters()),
        "torch": version("torch"),
        "ctranslate2": version("ctranslate2"),
        "scores": [asdict(one) for one in scores],
    }
    (options.folder / "made.json").write_text(json.dumps(made, indent=1) + "\n")
    size = sum(path.stat().st_size for path in options.folder.iterdir())
    console.print(f"{options.folder}: {size / 1e6:.1f} MB, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
