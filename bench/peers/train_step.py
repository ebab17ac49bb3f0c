"""Times one training step of Mult-VAE in PyTorch and prints one JSON line.

The network is that of Liang et al. (2018): I-600-[200|200]-600-I.
A step covers everything from sparse clicks to new parameters.
"""

import argparse
import json
import resource
import statistics
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from clicks import draw_clicks

HIDDEN = 600
LATENT = 200
BETA = 0.2
WARM_UP_STEPS = 2


class MultVae(nn.Module):
    def __init__(self, items):
        super().__init__()
        self.hidden = nn.Linear(items, HIDDEN)
        self.posterior = nn.Linear(HIDDEN, 2 * LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, items))

    def forward(self, clicks):  # [B, I]
        inputs = functional.dropout(functional.normalize(clicks), p=0.5)
        mu, logvar = self.posterior(self.hidden(inputs).tanh()).chunk(2, dim=1)  # [B, LATENT] each
        z = mu + torch.randn_like(mu) * (logvar / 2).exp()
        return self.decoder(z), mu, logvar


def dense_batch(rows, items, device):
    """The rows as a [B, I] tensor of zeros and ones."""
    row_of_click = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    batch = torch.zeros(len(rows), items, device=device)
    batch[
        torch.from_numpy(row_of_click).to(device), torch.from_numpy(np.concatenate(rows)).to(device)
    ] = 1
    return batch


def negative_elbo(clicks, logits, mu, logvar):
    log_likelihood = (functional.log_softmax(logits, dim=1) * clicks).sum(dim=1)
    divergence = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1)
    return (BETA * divergence - log_likelihood).mean()


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20108)
    parser.add_argument("--users", type=int, default=20000, help="users to draw batches from")
    parser.add_argument("--batch", type=int, default=500, help="users a step")
    parser.add_argument("--clicks", type=float, default=73, help="mean clicks a user")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32", help="bf16: autocast")
    parser.add_argument("--optimizer", choices=["default", "fused"], default="fused", help="of Adam")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes")
    parser.add_argument("--steps", type=int, default=10, help="timed steps")
    return parser.parse_args()


def main():
    flags = parse_flags()
    if flags.threads > 0:
        torch.set_num_threads(flags.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    users = draw_clicks(generator, flags.users, flags.items, flags.clicks)
    model = MultVae(flags.items).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=flags.optimizer == "fused" or None)

    def step():
        chosen = generator.integers(flags.users, size=flags.batch)
        clicks = dense_batch([users[user] for user in chosen], flags.items, device)
        adam.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16, enabled=flags.dtype == "bf16"):
            outputs = model(clicks)
        loss = negative_elbo(clicks, *(output.float() for output in outputs))
        loss.backward()
        adam.step()
        return loss.item()  # waits for the device

    times = []
    for _ in range(WARM_UP_STEPS + flags.steps):
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    timed = times[WARM_UP_STEPS:]
    line = {
        "peer": "pytorch",
        "version": torch.__version__,
        "device": device,
        "threads": torch.get_num_threads(),
        "items": flags.items,
        "batch": flags.batch,
        "clicks_per_user": sum(map(len, users)) / flags.users,
        "dtype": flags.dtype,
        "optimizer": flags.optimizer,
        "step_ms": round(statistics.median_high(timed), 1),
        "min_ms": round(min(timed), 1),
        "max_ms": round(max(timed), 1),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
