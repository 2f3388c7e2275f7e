"""Mixes an agent's example phrases into the general language model, so that free words stay possible.

Where the caller's words so far also begin something in the examples, the model's next word is half the
examples' and half the general model's; after any other words it stays the general model.
"""

import fcntl
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from models.stt.sphinx_lm import Floats, Ints, TrigramModel, nearest, pair

_LOG: Final = float(np.log(1.0001))
_MASK: Final = (1 << 25) - 1
# Shares of the examples, by the number of words known before; measured with `benchmarks/stt_wer.py`.
_SHARES: Final = (0.1, 0.4, 0.6)
_VERSION: Final = 1
_NEW_WORD_WEIGHT: Final = np.log(1e-7) / _LOG


def phrase_words(phrase: str) -> list[str]:
    """Return the words of a phrase as the model spells them: lower case, without punctuation."""
    return re.findall(r"[a-z0-9]+(?:['.-][a-z0-9]+)*", phrase.lower().replace("\u2019", "'"))


def biased_model(general: Path, phrases: Sequence[str], dictionary: Path, cache: Path) -> Path:
    """Return the file of the general model mixed with `phrases`, made on the first call and then kept in `cache`.

    A word without an entry in `dictionary` (pronunciations) cannot be heard and is left out. Takes some seconds when
    made, milliseconds afterwards. Raises EngineError for an unreadable general model, OSError for `cache`.
    """
    sentences = sorted({tuple(phrase_words(phrase)) for phrase in phrases} - {()})
    if not sentences:
        return general
    stat = general.stat()
    identity = repr((_VERSION, _SHARES, stat.st_size, stat.st_mtime_ns, sentences))
    path = cache / f"pocketsphinx-{hashlib.sha256(identity.encode()).hexdigest()[:20]}.lm.bin"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        # Of several processes that start together one makes the file and the others wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            known = frozenset(line.split(maxsplit=1)[0] for line in dictionary.read_text().splitlines() if line)
            unfinished = path.with_suffix(".unfinished")
            mix(TrigramModel.read(general), sentences, known).write(unfinished)
            unfinished.replace(path)
    return path


def mix(model: TrigramModel, sentences: Sequence[Sequence[str]], known: frozenset[str]) -> TrigramModel:
    """Return `model` with the n-grams of `sentences` made likelier and the rest kept."""
    missing = sorted({word for sentence in sentences for word in sentence if word in known} - set(model.words))
    model = model.with_words(tuple(missing), _NEW_WORD_WEIGHT)
    number = {word: index for index, word in enumerate(model.words)}
    counts: tuple[Counter[tuple[int, ...]], ...] = (Counter(), Counter(), Counter())
    for sentence in sentences:
        numbers = [number["<s>"], *(number.get(word, -1) for word in sentence), number["</s>"]]
        for order, counter in enumerate(counts, 1):
            grams = zip(*(numbers[start:] for start in range(order)), strict=False)
            counter.update(gram for gram in grams if -1 not in gram and gram[-1] != number["<s>"])
    model = _mix_words(model, counts[0])
    model = _mix_bigrams(model, counts[1])
    return _mix_trigrams(model, counts[2])


def _mix_words(model: TrigramModel, counts: Counter[tuple[int, ...]]) -> TrigramModel:
    probability = np.exp(model.prob.astype(np.float64) * _LOG) * (1 - _SHARES[0])
    for (word,), count in counts.items():
        probability[word] += _SHARES[0] * count / counts.total()
    return replace(model, prob=(np.log(np.maximum(probability, 1e-30)) / _LOG).astype(np.float32))


def _mix_bigrams(model: TrigramModel, counts: Counter[tuple[int, ...]]) -> TrigramModel:
    before, word, share = _columns(counts)
    keys = pair(word, before)
    mixed = _weight(_SHARES[1] * share + (1 - _SHARES[1]) * np.exp(_LOG * _bigram_weight(model, before, word)))
    less = np.log(1 - _SHARES[1]) / _LOG
    backoff = model.backoff.copy()
    backoff[np.unique(before)] += less
    touched = np.isin(model.bigram & _MASK, np.unique(before))
    prob = model.bigram_prob.copy()
    prob[touched] = nearest(model.bigram_prob_table, model.bigram_prob_table[prob[touched]] + np.float32(less))
    at, found = _find_pair(model, keys)
    prob[at[found]] = nearest(model.bigram_prob_table, mixed[found])
    model = replace(model, backoff=backoff, bigram_prob=prob)
    return model.with_bigrams(keys[~found], mixed[~found])


def _mix_trigrams(model: TrigramModel, counts: Counter[tuple[int, ...]]) -> TrigramModel:
    first, before, word, share = _columns(counts)
    pairs, context = pair(word, before), pair(before, first)
    at, found = _find_trigram(model, pairs, first)
    context_at, context_found = _find_pair(model, context)
    general = _bigram_weight(model, before, word)
    general[context_found] += model.bigram_backoff_table[model.bigram_backoff[context_at[context_found]]]
    general[found] = model.trigram_prob_table[model.trigram_prob[at[found]]]
    mixed = _weight(_SHARES[2] * share + (1 - _SHARES[2]) * np.exp(_LOG * general))
    less = np.float32(np.log(1 - _SHARES[2]) / _LOG)
    contexts = np.unique(context)
    backoff = model.bigram_backoff.copy()
    touched_pairs = np.isin(model.bigram, contexts)
    table = model.bigram_backoff_table
    backoff[touched_pairs] = nearest(table, table[backoff[touched_pairs]] + less)
    touched = np.isin(pair(model.trigram_pair & _MASK, model.trigram_first), contexts)
    prob = model.trigram_prob.copy()
    prob[touched] = nearest(model.trigram_prob_table, model.trigram_prob_table[prob[touched]] + less)
    prob[at[found]] = nearest(model.trigram_prob_table, mixed[found])
    model = replace(model, bigram_backoff=backoff, trigram_prob=prob)
    return model.with_trigrams(pairs[~found], first[~found], mixed[~found])


def _columns(counts: Counter[tuple[int, ...]]) -> tuple[Ints, ...]:
    """Return the n-grams' words, oldest first, in the order of the file, and each one's share after its context."""
    contexts: Counter[tuple[int, ...]] = Counter()
    for gram, count in counts.items():
        contexts[gram[:-1]] += count
    grams = sorted(counts, key=lambda gram: gram[::-1])
    share = np.array([counts[gram] / contexts[gram[:-1]] for gram in grams])
    return *np.array(grams, dtype=np.int64).T, share


def _weight(probability: Floats) -> Floats:
    return np.asarray(np.log(probability) / _LOG, dtype=np.float32)


def _bigram_weight(model: TrigramModel, before: Ints, word: Ints) -> Floats:
    at, found = _find_pair(model, pair(word, before))
    weight = model.backoff[before] + model.prob[word]
    weight[found] = model.bigram_prob_table[model.bigram_prob[at[found]]]
    return weight


def _find_pair(model: TrigramModel, keys: Ints) -> tuple[Ints, Ints]:
    at = np.minimum(np.searchsorted(model.bigram, keys), len(model.bigram) - 1)
    return at, model.bigram[at] == keys


def _find_trigram(model: TrigramModel, pairs: Ints, first: Ints) -> tuple[Ints, Ints]:
    at = np.minimum(model.trigram_at(pairs, first), len(model.trigram_pair) - 1)
    return at, (model.trigram_pair[at] == pairs) & (model.trigram_first[at] == first)
