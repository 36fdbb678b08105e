# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside a Blender with windows, which a hand outside works: the add-on's preferences, open in a window of their own, and what they know of
networks, written to a file a few times a second. Job: {"state": json}."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402


pulling, failures = [], []


def watch():
    """Note while a download runs."""
    operator = runs.part("ui.preferences").RELIEF_OT_pull
    execute, modal = operator.execute, operator.modal

    def noted_execute(self, context):
        answer = execute(self, context)
        pulling[:] = [self] if answer == {"RUNNING_MODAL"} else []
        return answer

    def noted_modal(self, context, event):
        answer = modal(self, context, event)
        if answer & {"FINISHED", "CANCELLED"}:
            pulling.clear()
        if "CANCELLED" in answer:
            failures.append(str(self._heard.failure(1)))  # what it has just reported
        return answer

    operator.execute, operator.modal = noted_execute, noted_modal


def preference_windows():
    """Where they are on the screen, from its top left corner."""
    height = runs.JOB["screen"][1]
    return [
        [window.x, height - window.y - window.height, window.width, window.height]
        for window in bpy.context.window_manager.windows
        if any(area.type == "PREFERENCES" for area in window.screen.areas)
    ]


def state():
    preferences = runs.part("ui.preferences")
    mine = preferences.of_addon()
    return {
        "windows": preference_windows(),
        "models": {
            it.name: [it.installed, it.size, it.licence] for it in preferences._Models.known
        },
        "listing": preferences._Models.child is not None,
        "complexity": mine.complexity,
        "program": mine.program,
        "pulling": bool(pulling),
        "failures": failures,
    }


def tell():
    path = pathlib.Path(runs.JOB["state"])
    part = path.with_suffix(".part")
    part.write_text(json.dumps(state()))
    part.rename(path)
    return 0.2


def show():
    """What the button "Not installed: get it" beside the settings does."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=window.screen.areas[0]):
        bpy.ops.relief.preferences()
    bpy.app.timers.register(tell, first_interval=0.5)


runs.install()
watch()
bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(show, first_interval=1.0)
