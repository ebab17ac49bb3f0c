"""Synthetic clicks with MovieLens's shape, as bench/data/movielens-like.ts draws them."""

import numpy as np


def draw_clicks(generator, users, items, mean_clicks):
    """One sorted array of distinct item indices for each user, with log-normal activity.

    A user draws at least 5 items and at most a quarter of them.
    """
    activity = np.exp(np.log(mean_clicks) - 0.5 + generator.standard_normal(users))
    return draw_items(generator, np.clip(activity.astype(np.int64), 5, items // 4), items)


def draw_items(generator, counts, items):
    """For each count, that many draws of items; item i has a probability proportional to 1 / (i + 10).

    Equal draws count once, so that an array may be shorter than its count.
    """
    cumulative = np.cumsum(1.0 / np.arange(10, items + 10))
    return [
        np.unique(np.searchsorted(cumulative, generator.random(count) * cumulative[-1]))
        for count in counts
    ]
