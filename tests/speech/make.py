"""Make the committed test speech: `python -m tests.speech.make` (Debian: `apt-get install flite espeak-ng`).

Writes small 16 kHz mono FLAC files and their index `sentences.json` beside this script. The files are
committed, so that no test needs a synthesiser; run this only to add or change a sentence. Clips of noise
are computed with a fixed seed, so a second run changes nothing.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
import soxr

from models.audio import SAMPLE_RATE, Pcm, silence
from tests.speech import HERE, Sentence

MARGIN = int(0.15 * SAMPLE_RATE)

ACCEPTANCE = {
    "goal": (
        "I want to learn guitar in three months",
        "My goal is to run a marathon by next summer",
        "I want to save five thousand dollars by the end of the year",
        "I would like to read twenty books this year",
    ),
    "task": (
        "Remind me to call mom tomorrow at noon",
        "Remind me to buy milk when I get to the store",
        "Add a task to water the plants every Monday morning",
        "Remind me to pay the rent on Friday at nine",
    ),
    "reschedule": (
        "Move my dentist appointment to next Tuesday at ten",
        "Reschedule the team meeting to Friday at three",
        "Push the grocery shopping to tomorrow evening",
        "Postpone my piano lesson to the day after tomorrow at noon",
    ),
}

DIALOGUE = {
    "yes": "Yes",
    "yes_please": "Yes please",
    "no": "No",
    "no_friday": "No, Friday",
    "tomorrow_at_noon": "Tomorrow at noon",
    "call_mom": "Remind me to call mom",
    "cancel": "Cancel",
    "help": "Help",
    "repeat": "Repeat that please",
    "goodbye": "Goodbye",
    "wait": "Wait a second",
    "stop": "Stop, stop",
    "second_one": "The second one",
    "two_requests": "Remind me to call mom tomorrow at noon and buy milk when I get to the store",
    "count_days": "How many days until Friday",  # the new intent of docs/add-an-intent.md
}

# What the agent's intents sound like with words in the slots that no example phrase holds.
UNSEEN = (
    "I want to visit my grandmother in Canada before Christmas",
    "My goal is to write a short story by the end of March",
    "Remind me to return the library books on Thursday afternoon",
    "Remind me to feed the neighbor's cat when I get home",
    "Move the job interview to Wednesday at half past eleven",
    "Reschedule my haircut to next weekend",
)

# Speech that has nothing to do with the agent: a bias must not harm it.
GENERAL = (
    "The weather was nice so we went for a walk in the park",
    "She told me that the train would be late again",
    "There are three people waiting in the other room",
    "I have never seen such a beautiful house before",
    "Please send the report to my office before lunch",
    "He said the price of oil would go up next year",
    "We had dinner at a small restaurant near the river",
    "Could you tell me how to get to the airport",
    "My brother works for a large company in the city",
    "The children were playing in the garden all afternoon",
)


def wanted() -> Iterator[Sentence]:
    """Yield every spoken clip, in the order of the index."""
    for voice in ("rms", "slt"):
        for intent, four in ACCEPTANCE.items():
            for number, text in enumerate(four, 1):
                yield Sentence(f"{intent}_{number}_{voice}", text, "acceptance", voice)
        for name, text in DIALOGUE.items():
            yield Sentence(f"{name}_{voice}", text, "dialogue", voice)
    for kind, texts in (("unseen", UNSEEN), ("general", GENERAL)):
        for number, text in enumerate(texts, 1):
            voice = ("rms", "slt")[number % 2]
            yield Sentence(f"{kind}_{number}_{voice}", text, kind, voice, (0.9, 1.0, 1.15)[number % 3])
    for number, text in enumerate(GENERAL[:3], 1):
        yield Sentence(f"general_{number}_awb", text, "accent", "awb")
    for intent, four in ACCEPTANCE.items():
        yield Sentence(f"{intent}_1_awb", four[0], "accent", "awb")
        yield Sentence(f"{intent}_1_espeak", four[0], "accent", "espeak")


def speak(sentence: Sentence, folder: Path) -> Pcm:
    """Synthesise one sentence as 16 kHz samples; raises CalledProcessError where the synthesiser fails."""
    wav = folder / "speech.wav"
    if sentence.voice == "espeak":
        words_per_minute = str(round(150 * sentence.speed))
        command = ["espeak-ng", "-v", "en-us", "-s", words_per_minute, "-w", str(wav), sentence.text]
    else:
        stretch = f"duration_stretch={1 / sentence.speed:.3f}"
        command = ["flite", "-voice", sentence.voice, "--setf", stretch, "-t", sentence.text, "-o", str(wav)]
    subprocess.run(command, check=True)
    samples, rate = soundfile.read(wav, dtype="float32")
    speech = np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), dtype=np.float32)
    loud = np.flatnonzero(np.abs(speech) > 0.01)
    # The synthesisers' own margins and levels differ (and cost bytes): every clip gets the same.
    speech = speech[max(0, loud[0] - MARGIN) : loud[-1] + MARGIN]
    return np.asarray(speech * (0.25 / np.abs(speech).max()), dtype=np.float32)


def cough() -> Pcm:
    """Compute something like two coughs: sharp bursts of noise that fade within a quarter of a second."""
    noise = np.random.default_rng(7)
    length = int(0.25 * SAMPLE_RATE)
    fade = np.exp(-np.arange(length) / (0.06 * SAMPLE_RATE))
    burst = noise.normal(size=length) * fade * 0.25
    pcm = np.zeros(SAMPLE_RATE, dtype=np.float32)
    for start, level in ((MARGIN, 1.0), (MARGIN + int(0.4 * SAMPLE_RATE), 0.7)):
        pcm[start : start + length] = burst * level
    return pcm


def hiss() -> Pcm:
    """Compute one second of faint room noise (-50 dBFS)."""
    return (np.random.default_rng(8).normal(size=SAMPLE_RATE) * 0.003).astype(np.float32)


def main() -> None:
    """Write every clip and the index."""
    missing = [program for program in ("flite", "espeak-ng") if shutil.which(program) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} not found: apt-get install flite espeak-ng")
    for old in HERE.glob("*.flac"):
        old.unlink()
    index = list(wanted())
    with tempfile.TemporaryDirectory() as folder:
        for sentence in index:
            soundfile.write(sentence.path, speak(sentence, Path(folder)), SAMPLE_RATE, subtype="PCM_16")
    for name, pcm in {"cough": cough(), "hiss": hiss(), "silence": silence(SAMPLE_RATE)}.items():
        sentence = Sentence(name, "", "noise", "computed")
        soundfile.write(sentence.path, pcm, SAMPLE_RATE, subtype="PCM_16")
        index.append(sentence)
    lines = ",\n".join(json.dumps(asdict(sentence)) for sentence in index)
    (HERE / "sentences.json").write_text(f"[\n{lines}\n]\n")
    size = sum(path.stat().st_size for path in HERE.glob("*.flac"))
    print(f"{len(index)} clips, {size / 1e6:.2f} MB in {HERE}")


if __name__ == "__main__":
    main()
