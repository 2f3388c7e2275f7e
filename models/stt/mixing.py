"""Mixes sentences into a trigram model, so that what they have in common with speech becomes likelier.

Where the caller's words so far also begin something in the sentences, the model's next word is half the
sentences' and half the general model's; after any other words it stays the general model.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.stt.biased_lm import SHARES
from models.stt.sphinx_lm import Floats, Ints, TrigramModel, nearest, pair

_LOG: Final = float(np.log(1.0001))
_MASK: Final = (1 << 25) - 1
_NEW_WORD_WEIGHT: Final = np.log(1e-7) / _LOG


def mix(model: TrigramModel, sentences: Sequence[Sequence[str]], known: frozenset[str]) -> TrigramModel:
    """Return `model` with the n-grams of `sentences` made likelier and the rest kept.

    Sentences without two known words in a row, such as those of another language, leave it as it is.
    """
    missing = sorted({word for sentence in sentences for word in sentence if word in known} - set(model.words))
    mixed = model.with_words(tuple(missing), _NEW_WORD_WEIGHT)
    number = {word: index for index, word in enumerate(mixed.words)}
    counts: tuple[Counter[tuple[int, ...]], ...] = (Counter(), Counter(), Counter())
    for sentence in sentences:
        numbers = [number["<s>"], *(number.get(word, -1) for word in sentence), number["</s>"]]
        for order, counter in enumerate(counts, 1):
            grams = zip(*(numbers[start:] for start in range(order)), strict=False)
            counter.update(gram for gram in grams if -1 not in gram and gram[-1] != number["<s>"])
    if not counts[1]:
        return model
    mixed = _mix_bigrams(_mix_words(mixed, counts[0]), counts[1])
    return _mix_trigrams(mixed, counts[2]) if counts[2] else mixed


def _mix_words(model: TrigramModel, counts: Counter[tuple[int, ...]]) -> TrigramModel:
    probability = np.exp(model.prob.astype(np.float64) * _LOG) * (1 - SHARES[0])
    for (word,), count in counts.items():
        probability[word] += SHARES[0] * count / counts.total()
    return replace(model, prob=(np.log(np.maximum(probability, 1e-30)) / _LOG).astype(np.float32))


def _mix_bigrams(model: TrigramModel, counts: Counter[tuple[int, ...]]) -> TrigramModel:
    before, word, share = _columns(counts)
    keys = pair(word, before)
    mixed = _weight(SHARES[1] * share + (1 - SHARES[1]) * np.exp(_LOG * _bigram_weight(model, before, word)))
    less = np.log(1 - SHARES[1]) / _LOG
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
    mixed = _weight(SHARES[2] * share + (1 - SHARES[2]) * np.exp(_LOG * general))
    less = np.float32(np.log(1 - SHARES[2]) / _LOG)
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
