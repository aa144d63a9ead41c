"""The order of rows never changes a model, nor do threads: chance goes by the ids of records, the rest is counting."""

from __future__ import annotations

from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.training.train import train
from tests.linkage_sides import ids, shuffled, sides_of
from tests.made_up_people import BLOCKS, COMPARISONS, made_up


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    households=st.integers(2, 60),
    errors=st.sampled_from([0.0, 0.1, 0.5]),
    one_file=st.booleans(),
    pairs=st.sampled_from([300.0, 1e6]),
)
def test_the_order_of_rows_never_changes_a_model(seed: int, households: int, errors: float, one_file: bool, pairs: float) -> None:
    files = made_up(households, errors=errors, seed=seed % 1000)
    rng = np.random.default_rng(seed)
    count = len(files.truth)
    orders = [rng.permutation(count).tolist() for _ in range(2)]
    names = ids("l", count), ids("r", count)
    as_is, turned = (files.left, files.right), [shuffled(file, order) for file, order in zip(files[:2], orders, strict=True)]
    turned_names = [each.take(order) for each, order in zip(names, orders, strict=True)]
    with mock.patch("linkage.training.task.BLOCK_PAIRS", pairs), mock.patch("linkage.training.task.U_PAIRS", pairs):
        models = []
        for (left, right), (left_ids, right_ids), threads in ((as_is, names, 1), (turned, turned_names, 2)):
            sides = sides_of(left, None if one_file else right)
            sides_ids = left_ids, None if one_file else right_ids
            models.append(train(sides, COMPARISONS, ids=sides_ids, blocks=BLOCKS, threads=threads))
    assert models[0].content() == models[1].content()
