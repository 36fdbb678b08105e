#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Divide the measured pairs into parts, each to be left out of one run and scored by it.

  folds.py --pairs DATA/rgbd_train/index.csv --out FOLDS [--parts 4]

FOLDS/K/leave-out.txt is for train.py --leave-out, FOLDS/K/pairs.csv for score.py --data FOLDS/K. A part is a stretch of each set
in the order of its index, in which frames of one room are neighbours: hardly a room is in two parts.
"""

import argparse
import collections
import csv
import os

COLUMNS = ("set", "name", "image", "gt", "kind", "scale", "env")


def divide(rows, parts):
    sets, found = collections.defaultdict(list), [[] for _ in range(parts)]
    for row in rows:
        sets[row["set"]].append(row)
    for members in sets.values():
        for i, row in enumerate(members):
            found[i * parts // len(members)].append(row)
    return found


def write(folder, rows, home):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "leave-out.txt"), "w") as f:
        f.writelines(f"{row['set']}/{row['file']}\n" for row in rows)
    with open(os.path.join(folder, "pairs.csv"), "w", newline="") as f:
        out = csv.DictWriter(f, COLUMNS, extrasaction="ignore")
        out.writeheader()
        for row in rows:
            image, truth = (os.path.join(home, row[key]) for key in ("file", "gt"))
            out.writerow({**row, "image": image, "gt": truth})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--parts", type=int, default=4)
    args = parser.parse_args()
    with open(args.pairs, newline="") as f:
        rows = list(csv.DictReader(f))
    home = os.path.dirname(os.path.abspath(args.pairs))
    for number, part in enumerate(divide(rows, args.parts), 1):
        write(os.path.join(args.out, str(number)), part, home)
        print(f"{number}: {len(part)} pairs")


if __name__ == "__main__":
    main()
