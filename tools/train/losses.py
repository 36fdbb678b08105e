# SPDX-License-Identifier: Apache-2.0
"""What a prediction is told about its errors. All in disparity, all blind to scale and shift.

After MiDaS (Ranftl et al., TPAMI 2020): absolute error of normalised maps, and of their gradients
at several scales. Measured depth also counts by the relative error of depth that scores are made of.
"""

import torch


def normalise(d, weight):
    """(N,H,W): weighted mean 0, weighted mean absolute deviation 1."""
    total = weight.sum((1, 2), keepdim=True).clamp_min(1e-6)
    d = d - (d * weight).sum((1, 2), keepdim=True) / total
    return d / ((d.abs() * weight).sum((1, 2), keepdim=True) / total).clamp_min(1e-4)


def weighted_mean(x, weight):
    """One number a picture."""
    return (x * weight).sum((1, 2)) / weight.sum((1, 2)).clamp_min(1.0)


def gradient(difference, weight, scales=4):
    """Mean absolute gradient of the difference, from fine to coarse."""
    total = 0
    for _ in range(scales):
        for axis in (1, 2):
            size = difference.shape[axis] - 1
            step = difference.narrow(axis, 1, size) - difference.narrow(axis, 0, size)
            both = weight.narrow(axis, 1, size) * weight.narrow(axis, 0, size)
            total = total + weighted_mean(step.abs(), both)
        difference = difference[:, ::2, ::2]
        weight = weight[:, ::2, ::2]
    return total / scales


def fit(p, d, weight):
    """Least-squares scale and shift from p to d, per picture."""
    total = weight.sum((1, 2)).clamp_min(1e-6)
    mean_p, mean_d = (p * weight).sum((1, 2)) / total, (d * weight).sum((1, 2)) / total
    p0, d0 = p - mean_p[:, None, None], d - mean_d[:, None, None]
    scale = (p0 * d0 * weight).sum((1, 2)) / (p0 * p0 * weight).sum((1, 2)).clamp_min(1e-6)
    return p0 * scale[:, None, None] + mean_d[:, None, None]


def relative(p, d, weight):
    """Relative error of disparity after the fit, cut off where more no longer makes it worse."""
    error = (fit(p, d, weight) - d).abs() / d.clamp_min(1e-4)
    return weighted_mean(error.clamp(max=1.0), weight)


def loss(prediction, disparity, weight, measured, edge=0.5):
    """prediction, disparity, weight (N,H,W); measured (N): whether disparity is that of real depth.

    Returns the mean over pictures and the parts for the log.
    """
    p = prediction.float()
    p0, d0 = normalise(p, weight), normalise(disparity, weight)
    difference = p0 - d0
    # The largest errors of a label are mostly the label's own.
    value = weighted_mean(difference.abs().clamp(max=3.0), weight)
    slope = gradient(difference, weight)
    ratio = relative(p, disparity, weight) * measured
    # Keeps the free scale and shift near 0 and 1, where number formats are at their best.
    drift = p.mean((1, 2)).pow(2) + (p.abs().mean((1, 2)) - 1).pow(2)
    trust = torch.where(measured > 0, 1.0, weight.mean((1, 2)))
    total = trust * (value + edge * slope) + 1.5 * ratio + 0.002 * drift
    parts = {"value": value.mean(), "slope": slope.mean()}
    parts["ratio"] = ratio.sum() / measured.sum().clamp_min(1)
    return total.mean(), {k: v.item() for k, v in parts.items()}
