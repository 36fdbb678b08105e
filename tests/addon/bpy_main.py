# SPDX-License-Identifier: GPL-3.0-or-later
"""A script in the Blender that is a Python module, with factory settings: bpy_main.py SCRIPT -- ARGUMENT..."""
import faulthandler
import os
import runpy
import sys

faulthandler.enable()
import bpy  # noqa: E402 -- a crash while it starts is told as well

bpy.ops.wm.read_factory_settings()
runpy.run_path(sys.argv[1], run_name="__main__")
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)  # Blender 4.2 falls when Python takes it down as a module
