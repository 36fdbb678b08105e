# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs no Blender: finding and running the program, and reading what it writes.

Nothing here imports bpy, so that it is tested without Blender.
"""

VERSION = "0.1.0"  # of the add-on and of the program that it works with


class ReliefError(Exception):
    """Something that the user must know; str() is one line. `code` is what kind of failure it is."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
