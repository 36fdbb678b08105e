# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that Blender shows of the add-on."""
from . import drop, importer, job, panel, preferences, update

MODULES = (preferences, job, importer, update, panel, drop)


def register():
    for module in MODULES:
        module.register()


def unregister():
    for module in reversed(MODULES):
        module.unregister()
