#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Average the weights of runs that began from one another.

  average.py OUT.pt RUN/ema.pt:SHARE RUN/ema.pt:SHARE ...

Shares are divided by their sum. What every run learnt stays, what each forgot comes back in part: the mean of a run and
of the one that it began with is better on the sets of both than either.
"""

import argparse

import torch


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("parts", nargs="+", metavar="FILE:SHARE")
    return parser.parse_args()


def read_part(word):
    path, share = word.rsplit(":", 1)
    return torch.load(path, map_location="cpu")["weights"], float(share)


def main():
    args = arguments()
    parts = [read_part(word) for word in args.parts]
    whole = sum(share for _, share in parts)
    mean = {}
    for name, first in parts[0][0].items():
        mean[name] = first
        if first.is_floating_point():
            total = sum(weights[name].double() * share for weights, share in parts)
            mean[name] = (total / whole).to(first.dtype)
    torch.save({"weights": mean}, args.out)


if __name__ == "__main__":
    main()
