#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of depth maps in bulk, into docs/performance.md.

    bulk.py [--relief PROGRAM] [--photos FOLDER] [--sets small,large,mixed,batch] [--output docs/performance.md]

Three sets, made in a temporary folder: 1,000 photos of 256 to 460 pixels a side (from FOLDER, by default
../shared/data/photos, else cut from the sample); 100 photos of 12 megapixels; and 1,000 mixed files: the first set
with pictures that are corrupt, tiny, grey, CMYK, of 16 bits, turned, animated or transparent among them. Two huge
pictures come to the mixed set in a run of their own.

For each of the first two, `relief depth --size photo --format png16` runs once with one thread, whose times of each
stage, added up, are the work there is: decode, network and encode, each alone on an idle machine. Then it runs with all
threads, twice, since other programs may be at work: the better wall time may be 1.1 times that work divided by the
processors. Beside it stands what a loop takes that calls the program for each photo. The peak of resident memory over the mixed set may be 1.5 times that of a single
12-megapixel photo.

Last, what a picture takes of one thread when the network gets one, two, four or eight at once.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from performance import put_into

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))
MARKS = "<!-- bulk: made by make bench-bulk -->", "<!-- end of bulk -->"
SETS = "small,large,mixed,batch"
SMALL, LARGE, LOOP, TURNS = 1000, 100, 20, 2
BOUND, MEMORY_BOUND = 1.1, 1.5
STAGES = ("decode", "depth", "write")


# ------------------------------------------------------------------ pictures, in a process of their own


def small_photos(folder, source, count):
    """`count` small photos: links to those that are there, or cuts of the sample."""
    from PIL import Image

    found = sorted(source.glob("*.jpg"))
    folder.mkdir()
    if len(found) >= count:
        for i in range(count):
            path = found[i * len(found) // count]
            (folder / path.name).write_bytes(path.read_bytes())
        return
    choose = random.Random(5)
    sample = Image.open(ROOT / "examples/sample.jpg").convert("RGB")
    for i in range(count):
        width, height = choose.choice([(384, 256), (256, 384), (460, 256), (341, 256)])
        left, top = choose.randrange(sample.width - width), choose.randrange(sample.height - height)
        cut = sample.crop((left, top, left + width, top + height))
        cut.save(folder / f"{i:04}.jpg", quality=75)


def large_photos(folder, count):
    """12 megapixels, with grain; ten different ones, each under several names."""
    import numpy
    from PIL import Image

    folder.mkdir()
    base = Image.open(ROOT / "examples/sample.jpg").convert("RGB")
    for i in range(min(count, 10)):
        box = (i * 8, i * 6, base.width - (9 - i) * 8, base.height - (9 - i) * 6)
        image = numpy.asarray(base.crop(box).resize((4000, 3000), Image.BICUBIC))
        grain = numpy.random.default_rng(i).normal(0, 9, (3000, 4000, 1))
        image = Image.fromarray(numpy.clip(image + grain, 0, 255).astype(numpy.uint8))
        image.save(folder / f"{i}.jpg", quality=92, subsampling="4:2:0")
    for i in range(10, count):
        (folder / f"{i}.jpg").write_bytes((folder / f"{i % 10}.jpg").read_bytes())


def mixed_photos(folder, small):
    """The small set, one in ten of which becomes something else."""
    import numpy
    from PIL import Image

    folder.mkdir()
    for number, path in enumerate(sorted(small.iterdir())):
        target = folder / path.name
        kind = number // 10 % 9 if number % 10 == 0 else None
        image = Image.open(path)
        if kind is None:
            target.write_bytes(path.read_bytes())
        elif kind == 0:
            target.write_bytes(path.read_bytes()[: number % 4000])  # corrupt, or empty
        elif kind == 1:
            image.resize((1 + number % 7, 1 + number % 5)).save(target.with_suffix(".png"))
        elif kind == 2:
            image.convert("L").save(target)
        elif kind == 3:
            image.convert("CMYK").save(target)
        elif kind == 4:
            grey = numpy.asarray(image.convert("L")).astype(numpy.uint16) * 257
            Image.fromarray(grey).save(target.with_suffix(".png"))
        elif kind == 5:
            exif = Image.Exif()
            exif[0x0112] = 1 + number % 8
            image.save(target, exif=exif.tobytes())
        elif kind == 6:
            frames = [image.rotate(a).convert("P") for a in (0, 90, 180)]
            frames[0].save(target.with_suffix(".gif"), save_all=True, append_images=frames[1:])
        elif kind == 7:
            alpha = Image.linear_gradient("L").resize(image.size)
            image = image.convert("RGB")
            image.putalpha(alpha)
            image.save(target.with_suffix(".png"))
        else:
            target.with_suffix(".jpg").write_text("words, and no picture")


def huge_photos(folder):
    """192 megapixels as JPEG and 80 as PNG."""
    from PIL import Image

    folder.mkdir()
    base = Image.open(ROOT / "examples/sample.jpg").convert("RGB")
    base.resize((16000, 12000), Image.BILINEAR).save(folder / "large.jpg", quality=85)
    base.resize((10000, 8000), Image.BILINEAR).save(folder / "large.png", compress_level=1)


def make_sets(folder, source):
    small_photos(folder / "small", source, SMALL)
    large_photos(folder / "large", LARGE)
    mixed_photos(folder / "mixed", folder / "small")
    huge_photos(folder / "huge")


# ------------------------------------------------------------------ runs


class Runner:
    def __init__(self, relief, folder):
        self.relief, self.folder, self.serial = relief, folder, 0

    def depth(self, photos, *options):
        """(wall seconds, processor seconds, peak MB, report's lines) of one run over a folder, or several."""
        photos = photos if isinstance(photos, list) else [photos]
        self.serial += 1
        out, report = self.folder / f"out{self.serial}", self.folder / f"{self.serial}.jsonl"
        command = [
            self.relief,
            "depth",
            *photos,
            "-o",
            out,
            "--report",
            report,
            "--quiet",
            *options,
        ]
        start = time.perf_counter()
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, code, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        assert os.waitstatus_to_exitcode(code) in (0, 1), f"relief failed on {photos}"
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        subprocess.run(["rm", "-r", out], check=True)
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, lines

    def loop(self, photos):
        """Seconds a photo of a loop that starts the program for each."""
        start = time.perf_counter()
        for photo in photos:
            command = [self.relief, "depth", photo, "-o", self.folder / "one.png", "--quiet"]
            subprocess.run(command, check=True)
        return (time.perf_counter() - start) / len(photos)


def time_rows(runner, name, photos, processors):
    runner.depth(photos, "--threads", "1", "--shard", "1/20")  # files and weights into memory
    alone, _, _, lines = runner.depth(photos, "--threads", "1")
    work = {stage: sum(line["ms"][stage] for line in lines) / 1000 for stage in STAGES}
    runs = [runner.depth(photos, "--threads", str(processors)) for _ in range(TURNS)]
    wall, cpu, peak, lines = min(runs, key=lambda run: run[0])
    assert all(line["state"] == "done" for _, _, _, lines in runs for line in lines)
    files = sorted(photos.iterdir())
    loop = runner.loop(files[:: len(files) // LOOP][:LOOP]) * len(files)
    bound = BOUND * sum(work.values()) / processors
    verdict = f"{wall:.1f}" if wall <= bound else f"**{wall:.1f}**"
    return [
        f"| {name} | {' + '.join(f'{work[s]:.1f}' for s in STAGES)} | {bound:.1f} | {verdict} | "
        f"{len(files) / wall:.1f} | {alone:.1f} | {loop:.0f} | {cpu:.1f} | {peak:.0f} |"
    ]


def memory_rows(runner, folder, processors):
    """The mixed set's peak beside that of one photo; then the set with the huge pictures."""
    _, _, single, _ = runner.depth(folder / "large/0.jpg", "--threads", str(processors))
    wall, _, peak, lines = runner.depth(folder / "mixed", "--threads", str(processors))
    done = sum(line["state"] == "done" for line in lines)
    bound = MEMORY_BOUND * single
    verdict = f"{peak:.0f}" if peak <= bound else f"**{peak:.0f}**"
    yield (
        f"{len(lines):,} mixed files: {done} maps and {len(lines) - done} failures in {wall:.1f} s; "
        f"peak of resident memory {verdict} MB, of a single 12-megapixel photo {single:.0f} MB "
        f"(at most {bound:.0f})."
    )
    everything = [folder / "mixed", folder / "huge"]
    wall, _, peak, lines = runner.depth(everything, "--threads", str(processors))
    done = sum(line["state"] == "done" for line in lines)
    yield (
        f"With pictures of 192 and 80 megapixels besides: {done} maps and {len(lines) - done} failures in "
        f"{wall:.1f} s, {peak:.0f} MB."
    )


def batch_rows(relief):
    """Milliseconds a picture at two network sizes, by how many go through the network at once."""
    program, network = relief.parent / "tests/batch_size", ROOT / "models/relief-small.onnx"
    yield "| network size | " + " | ".join(
        f"{n} at once, ms a picture" for n in (1, 2, 4, 8)
    ) + " |"
    yield "|---|---|---|---|---|"
    for width, height in (416, 256), (384, 288):
        command = [program, network, str(width), str(height)]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        median = [float(line.split()[2]) for line in printed.splitlines()]
        yield f"| {width}x{height} | " + " | ".join(f"{ms:.1f}" for ms in median) + " |"


def report(args, folder):
    runner = Runner(args.relief, folder)
    processors = len(os.sched_getaffinity(0))
    sets = args.sets.split(",")
    yield f"{processors} threads, the network inside, `--size photo --format png16`:"
    yield ""
    yield (
        "| set | decode + network + encode, s | bound, s | wall, s | photos/s | one thread, s | "
        "a process a photo, s | processor, s | peak MB |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    if "small" in sets:
        name = f"{SMALL:,} photos of 256-460 px"
        yield from time_rows(runner, name, folder / "small", processors)
    if "large" in sets:
        yield from time_rows(runner, f"{LARGE} photos of 12 MP", folder / "large", processors)
    if "mixed" in sets:
        yield ""
        yield from memory_rows(runner, folder, processors)
    if "batch" in sets:
        yield ""
        yield from batch_rows(args.relief)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--relief", type=pathlib.Path, default=ROOT / "build/relief")
    parser.add_argument("--photos", type=pathlib.Path, default=SHARED / "data/photos")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, help="keep the sets there, or take them")
    parser.add_argument("--make-sets", type=pathlib.Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make_sets:
        make_sets(args.make_sets, args.photos)
        return
    args.relief = args.relief.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = args.folder or pathlib.Path(name)
        folder.mkdir(exist_ok=True)
        if not (folder / "small").exists():
            # In a process of its own: a child's peak memory counts that of the parent it was forked from.
            own = [sys.executable, __file__, "--photos", args.photos, "--make-sets", folder]
            subprocess.run(own, check=True)
        lines = []
        for line in report(args, folder):
            print(line, flush=True)
            lines.append(line)
    if args.output and args.sets == SETS:  # a part is for who looks at it
        put_into(args.output, lines, MARKS)


if __name__ == "__main__":
    main()
