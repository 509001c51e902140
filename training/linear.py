"""The linear model over hashed n-grams: one logistic regression for each head as a whole."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from moderation.heads.model import Logits
from moderation.heads.pieces import BUCKET_BITS, Ids

LOOSENESS: Final = 6.0
"""The inverse of the penalty on large weights."""
_HARMFUL: Final = 0.5


def fitted(found: Sequence[Ids], labels: Logits, weights: Logits) -> tuple[Logits, Logits]:
    """Return weights of shape (buckets, outputs) and biases."""
    matrix = _matrix(found)
    each = [_one(matrix, labels[:, at], weights) for at in range(labels.shape[1])]
    return np.stack([one for one, _ in each], axis=1), np.asarray([bias for _, bias in each])


def _one(matrix: csr_matrix, labels: Logits, weights: Logits) -> tuple[Logits, np.float32]:
    known = ~np.isnan(labels)
    model = LogisticRegression(C=LOOSENESS, solver="liblinear", random_state=0)
    model.fit(matrix[known], labels[known] > _HARMFUL, sample_weight=weights[known])
    return model.coef_[0].astype(np.float32), np.float32(model.intercept_[0])


def _matrix(found: Sequence[Ids]) -> csr_matrix:
    """Return a row for each text, its buckets alike, of length 1."""
    counts = np.asarray([len(each) for each in found])
    values = np.repeat(1 / np.sqrt(np.maximum(1, counts)), counts).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, np.concatenate(found), ends), shape=(len(found), 1 << BUCKET_BITS))
