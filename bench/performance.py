# SPDX-License-Identifier: Apache-2.0
"""What the measurements share: where things are, and the page that they write to."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))


def put_into(path, lines, marks):
    """Replace what stands between the two marks."""
    begin, end = marks
    head, rest = path.read_text().split(begin)
    path.write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1])
