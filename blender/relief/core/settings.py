# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asks for, and the command line that says so."""
import dataclasses
import os

# Method: what is made of a photo.
SCENE, SURFACE, DISPLACE, POINTS = "SCENE", "SURFACE", "DISPLACE", "POINTS"

# Points on the long side of a point cloud; None: one for every pixel.
POINT_GRID = {"DRAFT": 512, "NORMAL": 1024, "HIGH": None}
# Cells on the long side of a plane that is displaced.
PLANE_GRID = {"DRAFT": 64, "NORMAL": 128, "HIGH": 256}


@dataclasses.dataclass
class Settings:
    """Of one run; they are kept with the result, so that it can be made again."""

    model: str = (
        ""  # a name of `relief model list`, or an .onnx file; "": the one inside the program
    )
    force_cpu: bool = False
    method: str = SCENE
    quality: str = "NORMAL"  # DRAFT, NORMAL, HIGH
    strength: float = 1.0
    field_of_view: float = 0.0  # degrees, on the photo's long side; 0: from EXIF, or 55
    scale: float = 1.0
    depth: str = ""  # a depth map to use in place of a network
    depth_is: str = "disparity"
    move: str = ""  # of the camera: zoom, dolly, orbit, sway
    move_frames: int = 120
    move_amount: float = 1.0
    frames_per_second: float = 24.0

    def to_dict(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values):
        """Settings of a dict that may lack some or hold unknown ones: it may be of another version."""
        known = {field.name: field for field in dataclasses.fields(cls)}
        kept = {
            key: type(known[key].default)(value) for key, value in values.items() if key in known
        }
        return cls(**kept)


@dataclasses.dataclass
class Outputs:
    """Files of one run, in a folder of its own."""

    scene: str
    depth: str
    displacement: str


def outputs(folder, settings):
    ending = ".ply" if settings.method == POINTS else ".glb"
    return Outputs(
        scene=os.path.join(folder, "scene" + ending),
        depth=os.path.join(folder, "map.npy"),
        displacement=os.path.join(folder, "scene-depth.exr"),
    )


def arguments(photo, folder, settings):
    """The program's arguments for one photo."""
    files = outputs(folder, settings)
    words = ["mesh", os.path.abspath(photo), "--output", files.scene, "--save-depth", files.depth]
    words += ["--json", "--verbose", "--progress", "json", "--end-with-parent"]
    words += ["--quality", settings.quality.lower()]
    if settings.depth:
        words += ["--depth", settings.depth, "--depth-is", settings.depth_is]
    elif settings.model:
        words += ["--model", settings.model]
    if settings.force_cpu:
        words += ["--device", "cpu"]
    if settings.field_of_view > 0:
        words += ["--fov", f"{settings.field_of_view:.9g}"]
    return words + _method_arguments(settings)


def _method_arguments(settings):
    if settings.method == DISPLACE:  # the modifier has the strength
        return ["--displace", "--grid", str(PLANE_GRID[settings.quality])]
    words = ["--strength", f"{settings.strength:.9g}"]
    if settings.method == POINTS:
        grid = POINT_GRID[settings.quality]
        return [*words, "--points", *(["--grid", str(grid)] if grid else [])]
    return [
        *words,
        "--layers",
        "2" if settings.method == SCENE else "1",
        *_move_arguments(settings),
    ]


def moves(settings):
    """Whether the camera moves; the other methods' files hold no path."""
    return bool(settings.move) and settings.method in (SCENE, SURFACE)


def _move_arguments(settings):
    if not moves(settings):
        return []
    rate = settings.frames_per_second
    seconds = max(1, settings.move_frames - 1) / rate
    words = ["--move", settings.move, "--amount", f"{settings.move_amount:.9g}"]
    return [*words, "--seconds", f"{seconds:.9g}", "--fps", f"{rate:.9g}"]
