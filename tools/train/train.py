#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train the network. A run is a folder; started again, it goes on from its last checkpoint.

  train.py RUN --photos PACK --pairs PACK --worlds PACK --backbone FILE.npz [--steps N] [--start WEIGHTS.pt]

RUN gets last.pt (everything needed to go on), ema.pt (the averaged weights, which export.py takes),
log.csv and curves.png. The schedule is a warm-up and a cosine over --steps, or over --minutes where
a machine is shared and its speed unknown; two runs by steps see the same batches, by minutes the
sizes of pictures change at other steps.
"""

import argparse
import csv
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

import losses
from dataset import FREE, Pack, Stream
from network import Relief, load_weights, parameter_groups


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--photos", help="pack of labelled photos; read anew at every checkpoint")
    parser.add_argument("--pairs", help="pack of measured pairs")
    parser.add_argument("--worlds", help="pack of rendered worlds; read anew likewise")
    parser.add_argument("--backbone", help="encoder weights to begin with")
    parser.add_argument(
        "--start", help="weights to begin with: ema.pt of a run, or .onnx of export.py"
    )
    parser.add_argument("--sources", choices=["all", "permissive"], default="all")
    parser.add_argument("--leave-out", help="file with lines SET/FILE of pairs to leave out")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, help="plan by time spent instead of by steps")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--encoder-share", type=float, default=0.3)
    parser.add_argument(
        "--frozen", type=int, default=3, help="encoder blocks that stay as they are"
    )
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--edge", type=float, default=0.5, help="weight of the gradient term")
    parser.add_argument("--sizes", default="small:0.45,middle:0.9,large:1", help="sizes until when")
    parser.add_argument("--save-every", type=int, default=100, help="steps between checkpoints")
    parser.add_argument(
        "--workers", type=int, default=1, help="threads, each with its own pictures"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def rate_factor(step, share, warm=80):
    """`share`: how much of the run is over, 0..1."""
    return min(1.0, (step + 1) / warm) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def size_at(plan, share):
    for part in plan.split(","):
        name, until = part.split(":")
        if share < float(until):
            return name
    return name


class Average:
    """Exponential moving average of the weights, short at first."""

    def __init__(self, network, decay=0.995):
        self.decay = decay
        self.weights = {k: v.detach().clone() for k, v in network.state_dict().items()}

    def update(self, network, step):
        decay = min(self.decay, (step + 1) / (step + 10))
        for key, value in network.state_dict().items():
            self.weights[key].lerp_(value, 1 - decay)


def save(path, data):
    torch.save(data, path + ".part")
    os.replace(path + ".part", path)


def open_stream(args):
    sets = FREE if args.sources == "permissive" else None
    photos = Pack(args.photos, sets) if args.photos else None
    left_out = set()
    if args.leave_out:
        with open(args.leave_out) as f:
            left_out = {tuple(line.strip().split("/", 1)) for line in f if line.strip()}
    pairs = [Pack(args.worlds)] if args.worlds else []
    if args.pairs and args.sources == "all":
        pairs.append(Pack(args.pairs, None, left_out))
    return Stream(photos, pairs, args.seed)


def draw_curves(folder):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with open(os.path.join(folder, "log.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for key in ("loss", "value", "slope", "ratio"):
        axes.plot([int(r["step"]) for r in rows], [float(r[key]) for r in rows], label=key)
    axes.set_xlabel("step")
    axes.legend()
    figure.savefig(os.path.join(folder, "curves.png"), dpi=90)
    pyplot.close(figure)


class Run:
    def __init__(self, args):
        self.args, self.step, self.seconds = args, 0, 0.0
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(args.seed)
        network = Relief()
        if args.start:
            load_weights(network, args.start)
        elif args.backbone:
            network.encoder.load_backbone(args.backbone)
        network.encoder.frozen = args.frozen
        self.network = network.to(self.device, memory_format=torch.channels_last)
        groups = parameter_groups(network, args.rate, args.encoder_share, args.decay)
        self.optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.99))
        self.average = Average(self.network)
        self.pool = ThreadPoolExecutor(args.workers)
        self.path = lambda name: os.path.join(args.run, name)
        if os.path.exists(self.path("last.pt")):
            self.resume()

    def resume(self):
        state = torch.load(self.path("last.pt"), map_location=self.device)
        self.network.load_state_dict(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.weights = state["average"]
        self.step, self.seconds = state["step"], state["seconds"]
        print(f"goes on at step {self.step}")

    def checkpoint(self):
        everything = {
            "weights": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.weights,
            "step": self.step,
            "seconds": self.seconds,
        }
        save(self.path("last.pt"), everything)
        about = {"step": self.step, "settings": json.dumps(vars(self.args))}
        save(self.path("ema.pt"), {"weights": self.average.weights, **about})
        draw_curves(self.args.run)

    def share(self):
        """How much of the run is over."""
        minutes = self.args.minutes
        done = self.seconds / 60 / minutes if minutes else self.step / self.args.steps
        return min(1.0, done)

    def learn(self, stream):
        args = self.args
        size = size_at(args.sizes, self.share())
        factor = rate_factor(self.step, self.share())
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimiser.zero_grad(set_to_none=True)
        batch = [torch.from_numpy(a) for a in stream.batch(self.step, args.batch, size)]
        shares = zip(*(a.chunk(args.workers) for a in batch))
        results = list(self.pool.map(self.gradients, shares))
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        if not torch.isfinite(norm):
            raise SystemExit(f"the gradients are no numbers at step {self.step}")
        self.optimiser.step()
        self.average.update(self.network, self.step)
        self.step += 1
        means = {key: float(np.mean([r[key] for r in results])) for key in results[0]}
        return {**means, "norm": norm.item()}

    def gradients(self, share):
        """Add the gradients of a share of the batch; runs in a thread of its own.

        On busy cores this is far faster than threads inside every operator, which wait for each
        other hundreds of times a step.
        """
        image, disparity, weight, real = (a.to(self.device) for a in share)
        image = image.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device, torch.bfloat16):
            prediction = self.network(image)
        loss, parts = losses.loss(prediction[:, 0], disparity, weight, real, self.args.edge)
        (loss / self.args.workers).backward()
        return {"loss": loss.item(), **parts}

    def log(self, recent):
        path = self.path("log.csv")
        fresh = not os.path.exists(path)
        row = {k: f"{np.mean([r[k] for r in recent]):.5f}" for k in recent[0]}
        row = {"step": self.step, "seconds": round(self.seconds), **row}
        with open(path, "a", newline="") as f:
            out = csv.DictWriter(f, row.keys())
            if fresh:
                out.writeheader()
            out.writerow(row)

    def go(self):
        args, recent = self.args, []
        stream = open_stream(args)
        print(f"{len(stream.entries)} pictures", flush=True)
        begin = time.monotonic()
        while self.share() < 1:
            recent.append(self.learn(stream))
            now = time.monotonic()
            self.seconds, begin = self.seconds + now - begin, now
            over = self.share() >= 1
            if self.step % 20 == 0 or over:
                self.log(recent)
                recent = []
            if self.step % args.save_every == 0 or over:
                self.checkpoint()
                stream = open_stream(args)


def main():
    args = arguments()
    os.makedirs(args.run, exist_ok=True)
    if args.workers > 1:
        torch.set_num_threads(1)
    Run(args).go()


if __name__ == "__main__":
    main()
