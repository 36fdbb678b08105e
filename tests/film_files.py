#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Film files as other programs read them: film_files.py RELIEF

ffprobe must find the codec, size, rate, length and colour tags that were asked for, and ffmpeg decode frames that are the
scene's; the film of a photo that lies on its side must stand upright. Headless Chromium must play the files in a <video>,
from the first frame, in the photo's colours, to the end.
"""
import functools
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/view"))
import browser  # noqa: E402

SCENE = ROOT / "tests/data/scenes/figure"
WIDTH, HEIGHT, SECONDS = 320, 240, 1.5
# Rates, and as what fraction files have them.
RATES = {"24": "24/1", "29.97": "30000/1001"}
CODECS = {"mp4": ("h264",), "webm": ("vp9", "av1")}
BT709 = {
    "color_space": "bt709",
    "color_transfer": "bt709",
    "color_primaries": "bt709",
    "color_range": "tv",
}
LEAST_PSNR = {"mp4": 28, "webm": 28, "gif": 24}
problems = []


def check(fact, text):
    if not fact:
        problems.append(text)


def run(*words, may_lack_encoder=False):
    done = subprocess.run([str(word) for word in words], capture_output=True, check=False)
    if may_lack_encoder and b"no encoder" in done.stderr:
        print(done.stderr.decode().strip())
        return None
    if done.returncode:
        sys.exit(f"film_files: {' '.join(map(str, words))}\n{done.stderr.decode()}")
    return done.stdout


def probe(path):
    text = run(
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-show_streams",
        "-show_format",
        "-of",
        "json",
        path,
    )
    told = json.loads(text)
    check(len(told["streams"]) == 1, f"{path.name}: {len(told['streams'])} streams")
    return told["streams"][0], told["format"]


def decode(path, width, height):
    """All frames, (n, height, width, 3)."""
    raw = run("ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def psnr(a, b):
    return 10 * np.log10(255**2 / max(((a.astype(float) - b.astype(float)) ** 2).mean(), 1e-9))


def check_file(path, rate, frames, truth):
    """One film against what was asked for, and its frames against the same film in pictures."""
    ending = path.suffix[1:]
    stream, whole = probe(path)
    size = (truth[0].shape[1], truth[0].shape[0])
    found = {
        "size": (stream["width"], stream["height"]),
        "frames": int(stream["nb_read_frames"]),
    }
    check(found == {"size": size, "frames": frames}, f"{path.name}: {found}")
    check(abs(float(whole["duration"]) - SECONDS) < 0.05, f"{path.name}: {whole['duration']} s")
    if ending in CODECS:
        check(stream["codec_name"] in CODECS[ending], f"{path.name}: {stream['codec_name']}")
        check(stream["pix_fmt"] == "yuv420p", f"{path.name}: {stream['pix_fmt']}")
        check(stream["avg_frame_rate"] == rate, f"{path.name}: {stream['avg_frame_rate']}")
        tags = {key: stream.get(key) for key in BT709}
        check(tags == BT709, f"{path.name}: tagged {tags}")
    decoded = decode(path, *size)
    check(len(decoded) == frames, f"{path.name}: {len(decoded)} frames decoded")
    for number in (0, frames // 2, frames - 1):
        reached = psnr(decoded[number], truth[number])
        check(reached >= LEAST_PSNR[ending], f"{path.name}: frame {number} is {reached:.1f} dB off")
        shift = np.abs(decoded[number].mean(axis=(0, 1)) - truth[number].mean(axis=(0, 1))).max()
        check(shift < 1.5, f"{path.name}: frame {number}'s colours are {shift:.1f} levels off")
    print(f"{path.name}: {stream['codec_name']}, {size[0]} x {size[1]}, {frames} frames")


def check_files(relief, scene, folder):
    """Returns the films, and the pictures that they are of."""
    films = []
    for rate, fraction in RATES.items():
        frames = round(SECONDS * float(rate))
        common = ("--seconds", SECONDS, "--fps", rate, "--move", "orbit", "--quiet")
        common += ("--size", f"{WIDTH}x{HEIGHT}")
        run(relief, "video", scene, "-o", folder / f"at{rate}.png", *common)
        names = (f"at{rate}-{i + 1:04}.png" for i in range(frames))
        truth = [np.asarray(Image.open(folder / name).convert("RGB")) for name in names]
        for ending in CODECS:
            film = folder / f"at{rate}.{ending}"
            made = run(relief, "video", scene, "-o", film, *common, may_lack_encoder=True)
            if made is not None:
                check_file(film, fraction, frames, truth)
                films.append(film)
    frames = round(SECONDS * 10)
    common = ("--seconds", SECONDS, "--fps", 10, "--size", f"{WIDTH}x{HEIGHT}", "--quiet")
    for ending in ("png", "gif"):
        run(relief, "video", scene, "-o", folder / f"small.{ending}", *common)
    truth = [
        np.asarray(Image.open(folder / f"small-{i + 1:04}.png").convert("RGB"))
        for i in range(frames)
    ]
    check_file(folder / "small.gif", None, frames, truth)
    return films


def check_upright(relief, folder):
    """EXIF says that the camera was held on its side: the film stands upright all the same."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = Image.open(SCENE / "photo.jpg").resize((WIDTH, HEIGHT))
    photo.save(folder / "side.jpg", exif=exif, quality=95)
    run(
        relief,
        "video",
        folder / "side.jpg",
        "-o",
        folder / "side.mp4",
        "--seconds",
        "0.2",
        "--quiet",
    )
    stream, _ = probe(folder / "side.mp4")
    check((stream["width"], stream["height"]) == (HEIGHT, WIDTH), "side.mp4 lies on its side")
    first = decode(folder / "side.mp4", HEIGHT, WIDTH)[0]
    upright = np.asarray(photo.transpose(Image.ROTATE_270))
    check(
        psnr(first, upright) > 28,
        f"side.mp4 is {psnr(first, upright):.1f} dB from the upright photo",
    )


# What Chromium must say to play the kinds; some are built without the first.
KINDS = {"mp4": 'video/mp4; codecs=\\"avc1.640015\\"', "webm": 'video/webm; codecs=\\"vp9\\"'}

PLAY = """
new Promise((resolve, reject) => {
    const video = document.createElement("video"), told = {seen: []};
    video.muted = true;
    video.onerror = () => reject(new Error("error " + video.error.code + ": " + video.error.message));
    const look = () => {
        const canvas = document.createElement("canvas");
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        const context = canvas.getContext("2d");
        context.drawImage(video, 0, 0);
        const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
        const mean = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4)
            for (let c = 0; c < 3; c++)
                mean[c] += data[i + c] / (data.length / 4);
        return mean;
    };
    video.onloadeddata = () => {
        told.size = [video.videoWidth, video.videoHeight];
        told.duration = video.duration;
        told.first = look();
        video.play().catch(reject);
    };
    video.onended = () => {
        told.ended = video.currentTime;
        told.last = look();
        const quality = video.getVideoPlaybackQuality();
        told.frames = quality.totalVideoFrames;
        resolve(told);
    };
    video.src = "NAME";
    document.body.append(video);
})
"""


def serve(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def check_browser(films, folder):
    (folder / "page.html").write_text("<!doctype html><title>film</title>")
    server = serve(folder)
    page = browser.Browser(folder, "--autoplay-policy=no-user-gesture-required")
    try:
        page.open(f"http://127.0.0.1:{server.server_port}/page.html")
        for film in films:
            kind = KINDS[film.suffix[1:]]
            if not page.value(f'document.createElement("video").canPlayType("{kind}")'):
                print(f"{film.name}: this Chromium plays no such films")
                continue
            truth = decode(film, WIDTH, HEIGHT)
            told = page.value(PLAY.replace("NAME", film.name))
            check(told["size"] == [WIDTH, HEIGHT], f"{film.name} in Chromium: {told}")
            check(abs(told["duration"] - SECONDS) < 0.1, f"{film.name} in Chromium: {told}")
            check(abs(told["ended"] - told["duration"]) < 0.1, f"{film.name} in Chromium: {told}")
            for name, frame in (("first", truth[0]), ("last", truth[-1])):
                off = np.abs(np.array(told[name]) - frame.mean(axis=(0, 1))).max()
                check(off < 3, f"{film.name} in Chromium: the {name} frame is {off:.1f} levels off")
            print(f"{film.name} plays in Chromium, {told['frames']} frames shown or skipped")
    finally:
        page.close()
        server.shutdown()


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    missing = [name for name in ("ffprobe", "ffmpeg") if not shutil.which(name)]
    if missing:
        print(f"film_files: {' and '.join(missing)} not here, nothing was read")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        scene = folder / "scene.glb"
        run(relief, "mesh", SCENE / "photo.jpg", "-o", scene, "--layers", 2, "--quiet")
        films = check_files(relief, scene, folder)
        check_upright(relief, folder)
        if browser.available():
            check_browser(films, folder)
        else:
            print("film_files: no Chromium is here, and none has played the films")
    print("\n".join(problems) if problems else "film_files: all films are as asked for")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
