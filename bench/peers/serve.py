"""Serves the best items of a Mult-VAE with FastAPI and PyTorch: GET /recommend/{user}?n=100.

Weights are random and profiles are drawn, because only the speed is measured.
"""

import argparse

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from torch import nn

from clicks import draw_items

HIDDEN = 600
LATENT = 200
DRAWS = 73


class Recommender:
    def __init__(self, items, users):
        generator = np.random.default_rng(0)
        drawn = draw_items(generator, [DRAWS] * users, items)
        self.profiles = [torch.from_numpy(row) for row in drawn]
        first = nn.Linear(items, HIDDEN)
        # One row for each item, so that a profile reads only its own rows.
        self.item_rows = first.weight.detach().t().contiguous()
        self.item_bias = first.bias.detach()
        self.posterior = nn.Linear(HIDDEN, 2 * LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, items))

    @torch.inference_mode()
    def best(self, user, count):
        """The `count` best items that the user has not clicked, best first, with their scores."""
        profile = self.profiles[user % len(self.profiles)]
        summed = self.item_rows[profile].sum(dim=0) / len(profile) ** 0.5
        mean = self.posterior((summed + self.item_bias).tanh())[:LATENT]
        scores = self.decoder(mean)
        scores[profile] = float("-inf")
        values, items = scores.topk(count)
        return zip(items.tolist(), values.tolist())


def create_app(recommender):
    app = FastAPI()

    @app.get("/recommend/{user}")
    def recommend(user: int, n: int = 100):
        ranked = [{"itemId": item, "score": score} for item, score in recommender.best(user, n)]
        return {"userId": user, "items": ranked}

    return app


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20108)
    parser.add_argument("--users", type=int, default=10000)
    parser.add_argument("--port", type=int, default=8900)
    return parser.parse_args()


if __name__ == "__main__":
    flags = parse_flags()
    app = create_app(Recommender(flags.items, flags.users))
    uvicorn.run(app, port=flags.port, log_level="error")
