# SPDX-License-Identifier: Apache-2.0
"""The network: a MobileNetV2 encoder and a decoder of additions and bilinear doublings.

No normalisation layers: the encoder's are folded into its weights, the decoder does without. Instead
every weight is kept as direction times length per output channel, so that one learning rate suits
all layers; export.py multiplies them out.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

# MobileNetV2 (Sandler et al., CVPR 2018): expansion, channels, blocks, stride.
STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
# The last block of each resolution, from 1/2 to 1/32, with its channels.
TAPS = {1: 16, 3: 24, 6: 32, 13: 96, 17: 320}


class Conv(nn.Module):
    """Convolution with bias, padding as for equal size, weight = direction * length."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.stride, self.padding, self.groups = stride, kernel // 2, groups
        fan_in = inputs // groups * kernel * kernel
        direction = torch.randn(outputs, inputs // groups, kernel, kernel) * math.sqrt(2 / fan_in)
        self.direction = nn.Parameter(direction)
        self.length = nn.Parameter(torch.ones(outputs, 1, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def set(self, weight, bias):
        """Take over a weight; its direction gets the size that a fresh one would have."""
        weight, bias = torch.as_tensor(weight), torch.as_tensor(bias)
        fan_in = weight[0].numel()
        size = weight.pow(2).mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-8)
        length = size / math.sqrt(2 / fan_in)
        with torch.no_grad():
            self.length.copy_(length)
            self.direction.copy_(weight / length)
            self.bias.copy_(bias)

    def weight(self):
        return self.direction * self.length

    def forward(self, x):
        weight = self.weight().to(memory_format=torch.channels_last)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, groups=self.groups)


class Inverted(nn.Module):
    """MobileNetV2's block: widen, depthwise 3x3, narrow."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        middle = inputs * expansion
        self.same = stride == 1 and inputs == outputs
        self.widen = Conv(inputs, middle, 1) if expansion != 1 else None
        self.depthwise = Conv(middle, middle, 3, stride, middle)
        self.narrow = Conv(middle, outputs, 1)

    def forward(self, x):
        y = F.relu6(self.widen(x)) if self.widen else x
        y = self.narrow(F.relu6(self.depthwise(y)))
        return x + y if self.same else y


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 32, 3, 2)
        blocks, inputs = [], 32
        for expansion, outputs, count, stride in STAGES:
            for i in range(count):
                blocks.append(Inverted(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)
        self.frozen = 0  # so many blocks, and the stem with them, do not learn

    def forward(self, x):
        """Feature maps from 1/2 to 1/32."""
        taps = []
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            x = F.relu6(self.stem(x))
        for i, block in enumerate(self.blocks, 1):
            with torch.set_grad_enabled(torch.is_grad_enabled() and i > self.frozen):
                x = block(x)
            if i in TAPS:
                taps.append(x)
        return taps

    def load_backbone(self, path):
        """ImageNet weights: torchvision's names, batch norm folded."""
        arrays = np.load(path)

        def put(conv, name):
            weight = arrays[f"features.{name}.weight"].astype(np.float32)
            conv.set(weight, arrays[f"features.{name}.bias"].astype(np.float32))

        put(self.stem, "0.0")
        for i, block in enumerate(self.blocks, 1):
            if block.widen:
                put(block.widen, f"{i}.conv.0.0")
                put(block.depthwise, f"{i}.conv.1.0")
                put(block.narrow, f"{i}.conv.2")
            else:
                put(block.depthwise, f"{i}.conv.0.0")
                put(block.narrow, f"{i}.conv.1")


class Refine(nn.Module):
    """Two 3x3 convolutions beside a short cut; the second begins at nothing."""

    def __init__(self, channels):
        super().__init__()
        self.first, self.second = Conv(channels, channels, 3), Conv(channels, channels, 3)
        nn.init.constant_(self.second.length, 0.1)

    def forward(self, x):
        return x + self.second(F.relu(self.first(F.relu(x))))


def double(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Relief(nn.Module):
    """x (N,3,H,W), normalised, sides multiples of 32 -> disparity (N,1,H,W), relative."""

    def __init__(self, widths=(24, 48, 80, 128, 192)):
        super().__init__()
        self.widths = tuple(widths)
        self.encoder = Encoder()
        taps = list(TAPS.values())
        self.lateral = nn.ModuleList(Conv(t, w, 1) for t, w in zip(taps, widths))
        self.refine = nn.ModuleList(Refine(w) for w in widths)
        self.down = nn.ModuleList(Conv(widths[i + 1], widths[i], 1) for i in range(len(widths) - 1))
        self.mix = Conv(widths[0], 16, 3)
        self.head = Conv(16, 1, 3)

    def forward(self, x):
        taps = self.encoder(x)
        y = self.refine[-1](self.lateral[-1](taps[-1]))
        for i in reversed(range(len(taps) - 1)):
            y = double(self.down[i](y)) + self.lateral[i](taps[i])
            y = self.refine[i](y)
        y = F.relu(self.mix(F.relu(y)))
        return double(self.head(y))


def parameter_groups(network, rate, encoder_share, decay):
    """Weight decay for directions alone; the encoder, which knows something, learns more slowly."""
    groups = {}
    for name, parameter in network.named_parameters():
        slow = name.startswith("encoder.")
        key = (slow, name.endswith("direction"))
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": p, "peak": rate * (encoder_share if slow else 1), "weight_decay": decay * decays}
        for (slow, decays), p in groups.items()
    ]


def load_onnx(network, path):
    """Take the weights out of a file that export.py wrote: the way to go on from a shipped network."""
    import onnx
    from onnx import numpy_helper

    stored = {w.name: numpy_helper.to_array(w) for w in onnx.load(path).graph.initializer}
    for name, module in network.named_modules():
        if isinstance(module, Conv):
            weight = stored[name + ".weight"].astype(np.float32)
            module.set(weight, stored[name + ".bias"].astype(np.float32))


def load_weights(network, path):
    """From ema.pt of a run, or from an .onnx file of export.py."""
    if path.endswith(".onnx"):
        load_onnx(network, path)
    else:
        network.load_state_dict(torch.load(path, map_location="cpu")["weights"])
