# SPDX-License-Identifier: Apache-2.0
"""From path-traced light to something that looks like a photograph; numpy alone.

Debian's Blender has no denoiser.  Ours filters irradiance only: the diffuse light divided by the
surface colour is smoothed by an edge-stopping a-trous wavelet (Dammertz et al. 2010), then the
colour is multiplied back, so procedural texture keeps every pixel of its detail.
"""

import numpy as np

KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16.0
BAND = 512  # rows filtered at a time, so that 12 megapixels stay within memory


def _shift(array, dy, dx):
    """The array with its content moved by (dy, dx), edges repeated."""
    height, width = array.shape[:2]
    rows = np.clip(np.arange(height) + dy, 0, height - 1)
    columns = np.clip(np.arange(width) + dx, 0, width - 1)
    return array[rows][:, columns]


def _blurred(plane):
    """A plane smoothed by a 1-2-1 kernel both ways."""
    for dy, dx in ((1, 0), (0, 1)):
        plane = 0.5 * plane + 0.25 * (_shift(plane, dy, dx) + _shift(plane, -dy, -dx))
    return plane


def _tame(light, radius=12):
    """Pixels far brighter than their neighbourhood are clamped to its second brightest.

    What is cut off is handed to the surroundings, within `radius` pixels, so that few samples make
    a picture noisier but not darker.
    """
    level = light.mean(axis=2)
    around = [_shift(level, j, i) for j in (-1, 0, 1) for i in (-1, 0, 1) if (i, j) != (0, 0)]
    second = np.sort(np.stack(around), axis=0)[-2]
    scale = np.where(level > 1.3 * second + 0.02, (second + 1e-4) / (level + 1e-4), 1.0)
    kept = level * scale
    before, after = (_box(_box(plane, radius, 0), radius, 1) for plane in (level, kept))
    back = np.clip((before + 1e-3) / (after + 1e-3), 1.0, 4.0)
    return light * (scale * back)[..., None].astype(np.float32)


def _smooth(light, normal, depth, levels, sigma):
    """`light` (h, w, 3) smoothed within surfaces; guides: unit normals and depth in metres.

    `sigma` is the brightness step, in stops, that counts as an edge.
    """
    for level in range(levels):
        step = 1 << level
        # Compare slightly blurred brightness, else noise itself stops the filter.
        stops = _blurred(np.log2(_blurred(light.mean(axis=2)) + 3e-3))
        stops_scale = np.float32((1.0 + 0.4 * level) / sigma)
        depth_scale = 1.0 / (0.012 * depth * step)
        around = [_Taps(plane, 2 * step) for plane in (light, normal, depth, stops)]
        total = np.zeros(light.shape[:2], np.float32)
        result = np.zeros_like(light)
        for j in range(-2, 3):
            for i in range(-2, 3):
                near, turned, far, bright = (taps.at(j * step, i * step) for taps in around)
                weight = np.abs(bright - stops) * stops_scale
                weight += np.abs(far - depth) * depth_scale
                cosine = np.einsum("hwc,hwc->hw", turned, normal)
                weight += (1.0 - np.clip(cosine, 0, 1)) * np.float32(12.0)
                weight = np.exp(-weight) * (KERNEL[j + 2] * KERNEL[i + 2])
                total += weight
                result += weight[..., None] * near
        light = result / total[..., None]
    return light


class _Taps:
    """Shifted views of a plane, edges repeated, without copying it for every shift."""

    def __init__(self, plane, reach):
        pad = [(reach, reach), (reach, reach)] + [(0, 0)] * (plane.ndim - 2)
        self.padded, self.reach, self.size = np.pad(plane, pad, mode="edge"), reach, plane.shape

    def at(self, dy, dx):
        y, x = self.reach + dy, self.reach + dx
        return self.padded[y : y + self.size[0], x : x + self.size[1]]


def denoise(passes, samples, levels=5):
    """Linear RGB (h, w, 3) from {pass: array}: combined, light, colour, normal, depth.

    With few samples noise looks like edges, so an edge must be stronger to count as one.
    """
    noise = float(np.clip(np.sqrt(16.0 / samples), 1.0, 2.5))
    height = passes["depth"].shape[0]
    halo = (4 << levels) + 16
    out = np.empty_like(passes["combined"])
    for top in range(0, height, BAND):
        a, b = max(0, top - halo), min(height, top + BAND + halo)
        part = {name: array[a:b] for name, array in passes.items()}
        rest = np.maximum(part["combined"] - part["light"] * part["colour"], 0.0)
        guides = part["normal"], part["depth"]
        light = _smooth(_tame(part["light"]), *guides, levels, 0.9 * noise)
        shine = _smooth(_tame(rest), *guides, 1, 0.7 * noise)
        picture = light * part["colour"] + shine
        out[top : top + BAND] = picture[top - a : min(height, top + BAND) - a]
    return np.maximum(out, 0.0)


def tone(linear, exposure, contrast=1.0):
    """Display-referred sRGB values 0..1 of linear light: a filmic shoulder, like a camera's curve.

    The curve is rational, x(ax+b) / (x(cx+d)+e), with Narkowicz's published constants;
    `exposure` in stops.
    """
    x = linear * np.float32(2.0**exposure)
    x = _mute_highlights(x)
    y = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    y = np.clip(y, 0.0, 1.0)
    srgb = np.where(y < 0.0031308, 12.92 * y, 1.055 * np.power(y, 1 / 2.4) - 0.055)
    return np.clip(0.5 + (srgb - 0.5) * contrast, 0.0, 1.0).astype(np.float32)


def _mute_highlights(x):
    """Very bright colours lean to white, as film does, instead of clipping one channel."""
    peak = x.max(axis=2, keepdims=True)
    share = np.clip((peak - 1.0) / (peak + 6.0), 0.0, 0.85)
    return x * (1.0 - share) + peak * share


def glow(linear, radius):
    """Add a faint veil around highlights (lens glare); `radius` in pixels."""
    bright = np.maximum(linear - 1.2, 0.0)
    bright = np.minimum(bright, 6.0)
    for _ in range(3):
        for axis in (0, 1):
            bright = _box(bright, radius, axis)
    return linear + 0.12 * bright


def _box(array, radius, axis):
    """Moving average over 2 radius + 1 samples, edges repeated."""
    pad = [(0, 0)] * array.ndim
    pad[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(array, pad, mode="edge"), axis=axis, dtype=np.float64)
    span = 2 * radius + 1
    high = np.take(total, range(span, total.shape[axis]), axis=axis)
    low = np.take(total, range(total.shape[axis] - span), axis=axis)
    return ((high - low) / span).astype(np.float32)


def vignette(width, height, strength=0.22):
    """Light fall-off towards the corners, (h, w, 1)."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * (height / width)
    return (1.0 - strength * (x * x + y * y) / (1 + (height / width) ** 2))[..., None]


def grain(srgb, amount, seed):
    """Sensor-like noise: mostly luminance, strongest in the middle tones."""
    rng = np.random.default_rng(seed)
    height, width, _ = srgb.shape
    level = srgb.mean(axis=2, keepdims=True)
    strength = amount * (0.35 + 2.6 * level * (1.0 - level))
    noise = rng.standard_normal((height, width, 1), np.float32)
    colour = rng.standard_normal((height, width, 3), np.float32)
    return srgb + strength * (0.85 * noise + 0.35 * colour)


def develop(passes, look, seed, samples):
    """8-bit RGB (h, w, 3) of one view; `look` has exposure, contrast and grain, `samples` light paths a pixel."""
    height, width = passes["depth"].shape
    linear = denoise(passes, samples)
    linear = glow(linear, max(2, width // 160)) * vignette(width, height)
    srgb = grain(tone(linear, look["exposure"], look["contrast"]), look["grain"], seed)
    return (np.clip(srgb, 0, 1) * 255.0 + 0.5).astype(np.uint8)
