# SPDX-License-Identifier: Apache-2.0
"""A thin layer over Blender's shader nodes, so that a material reads as a formula."""

import bpy


def rgb(code, scale=1.0):
    """Linear RGBA of an sRGB hex code such as 'c8a070'."""
    parts = [int(code[i : i + 2], 16) / 255.0 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return (*[scale * value for value in linear], 1.0)


def _colour(value):
    return rgb(value) if isinstance(value, str) else value


class Shader:
    """One material under construction; every method returns a socket to feed into the next."""

    def __init__(self, name):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add(self, kind, inputs=None, **settings):
        """A node of type ShaderNode<kind>; inputs are {name or index: value, colour or socket}."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for key, value in settings.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            if value is None:
                continue
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[key])
            else:
                node.inputs[key].default_value = _colour(value)
        return node

    def coords(self, scale=(1, 1, 1), offset=(0, 0, 0), rotation=(0, 0, 0)):
        """Object coordinates in metres, rotated, scaled and moved."""
        source = self.add("TexCoord").outputs["Object"]
        return self.mapped(source, scale, offset, rotation)

    def mapped(self, vector, scale=(1, 1, 1), offset=(0, 0, 0), rotation=(0, 0, 0)):
        scale = (scale,) * 3 if isinstance(scale, (int, float)) else scale
        inputs = {"Vector": vector, "Scale": scale, "Location": offset, "Rotation": rotation}
        return self.add("Mapping", inputs).outputs[0]

    def wall_coords(self):
        """2D coordinates (u, v, 0) in metres on axis-aligned faces: along the face, then up."""
        coords = self.add("TexCoord")
        place = self.add("SeparateXYZ", {0: coords.outputs["Object"]}).outputs
        normal = self.add("SeparateXYZ", {0: coords.outputs["Normal"]}).outputs
        side = self.math("GREATER_THAN", self.math("ABSOLUTE", normal[0]), 0.5)
        flat = self.math("GREATER_THAN", self.math("ABSOLUTE", normal[2]), 0.5)
        u = self.add("MixRGB", {0: side, 1: place[0], 2: place[1]}).outputs[0]
        v = self.add("MixRGB", {0: flat, 1: place[2], 2: place[1]}).outputs[0]
        return self.add("CombineXYZ", {0: u, 1: v}).outputs[0]

    def island(self):
        """A random value 0..1 for every connected piece of a mesh."""
        return self.add("NewGeometry").outputs["Random Per Island"]

    def shifted(self, vector, value, by=(17.0, 31.0, 11.0)):
        """`vector` moved by value x by: a different cut of a texture for every piece."""
        step = self.add("VectorMath", {0: by, "Scale": value}, operation="SCALE").outputs[0]
        return self.add("VectorMath", {0: vector, 1: step}, operation="ADD").outputs[0]

    def noise(self, vector, scale, detail=4.0, roughness=0.55, distortion=0.0):
        """Fractal noise about 0.5; `scale` in features a unit of `vector`."""
        inputs = {"Vector": vector, "Scale": scale, "Detail": detail}
        inputs.update({"Roughness": roughness, "Distortion": distortion})
        return self.add("TexNoise", inputs).outputs["Fac"]

    def warped(self, vector, scale, amount, detail=2.0):
        """`vector` displaced by colour noise, to break up straight lines."""
        noise = self.add("TexNoise", {"Vector": vector, "Scale": scale, "Detail": detail})
        centred = self.add("VectorMath", {0: noise.outputs["Color"], 1: (0.5, 0.5, 0.5)})
        centred.operation = "SUBTRACT"
        return self.add(
            "VectorMath",
            {0: centred.outputs[0], 1: (amount,) * 3, 2: vector},
            operation="MULTIPLY_ADD",
        ).outputs[0]

    def cells(self, vector, scale, feature="F1", output="Distance", randomness=1.0):
        """Voronoi texture."""
        inputs = {"Vector": vector, "Scale": scale, "Randomness": randomness}
        return self.add("TexVoronoi", inputs, feature=feature).outputs[output]

    def wave(self, vector, scale, distortion=0.0, detail=2.0, kind="BANDS", direction="X"):
        """Sine bands or rings, 0..1."""
        settings = {"wave_type": kind}
        settings["bands_direction" if kind == "BANDS" else "rings_direction"] = direction
        inputs = {"Vector": vector, "Scale": scale, "Distortion": distortion, "Detail": detail}
        return self.add("TexWave", inputs, **settings).outputs["Fac"]

    def math(self, operation, a, b=None, clamp=False):
        inputs = {0: a, 1: b}
        return self.add("Math", inputs, operation=operation, use_clamp=clamp).outputs[0]

    def range(self, value, low, high, to_low=0.0, to_high=1.0):
        """`value` mapped from low..high to to_low..to_high, clamped."""
        inputs = {0: value, 1: low, 2: high, 3: to_low, 4: to_high}
        return self.add("MapRange", inputs).outputs[0]

    def ramp(self, value, stops):
        """Colours at positions: [(position, hex or RGBA), ...]."""
        node = self.add("ValToRGB", {0: value})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops):
            element.position, element.color = position, _colour(colour)
        return node.outputs[0]

    def mix(self, factor, a, b, blend="MIX"):
        return self.add("MixRGB", {0: factor, 1: a, 2: b}, blend_type=blend).outputs[0]

    def vary(self, colour, value, hue=0.02, saturation=0.15, brightness=0.3):
        """`colour` changed by value 0..1 in hue, saturation and brightness, by up to +- half."""
        inputs = {
            "Hue": self.range(value, 0, 1, 0.5 - hue / 2, 0.5 + hue / 2),
            "Saturation": self.range(
                self.math("FRACT", self.math("MULTIPLY", value, 7.31)),
                0,
                1,
                1 - saturation,
                1 + saturation,
            ),
            "Value": self.range(
                self.math("FRACT", self.math("MULTIPLY", value, 13.7)),
                0,
                1,
                1 - brightness,
                1 + brightness,
            ),
            "Color": colour,
        }
        return self.add("HueSaturation", inputs).outputs[0]

    def bump(self, height, depth_m, strength=1.0, normal=None):
        """A normal from a height 0..1 that stands for `depth_m` metres."""
        inputs = {"Height": height, "Distance": depth_m, "Strength": strength, "Normal": normal}
        return self.add("Bump", inputs).outputs[0]

    def finish(self, colour, roughness=0.5, normal=None, **more):
        """Close with a Principled surface; `more` names its inputs, '_' for a space."""
        inputs = {"Base Color": colour, "Roughness": roughness, "Normal": normal}
        inputs.update({key.replace("_", " "): value for key, value in more.items()})
        surface = self.add("BsdfPrincipled", inputs).outputs[0]
        return self.close(surface)

    def glow(self, colour, strength):
        """Close with plain emission."""
        return self.close(self.add("Emission", {0: colour, 1: strength}).outputs[0])

    def close(self, surface):
        self.tree.links.new(surface, self.add("OutputMaterial").inputs["Surface"])
        return self.material
