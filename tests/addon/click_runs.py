# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside a Blender with windows, which a hand outside works: installs the add-on, and writes its state to a file a few times a second.
Job: {"state": json, "frames": where renders go}. The walk's renders are drafts of a few frames."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402


def windows():
    return list(bpy.context.window_manager.windows)


def areas_of(kind):
    """Areas with their windows, as x, y, width, height; y from the screen's top, where a window is as large as the screen."""
    found = []
    for window in windows():
        for area in window.screen.areas:
            if area.type == kind:
                found.append(
                    {
                        "x": area.x,
                        "y": window.height - area.y - area.height,
                        "width": area.width,
                        "height": area.height,
                        "window": [window.x, window.y, window.width, window.height],
                    }
                )
    return found


def state():
    job = runs.part("ui.job")
    live_depth = runs.part("ui.live_depth")

    results = [it for it in bpy.data.collections if "relief" in it]
    scene = bpy.context.scene
    live = None
    for collection in results:
        item = runs.with_role(collection, "front")
        modifier = live_depth.modifier_of(item) if item else None
        if modifier:
            live = modifier[live_depth.strength_path(modifier)[2:-2]]
    operators = [it.bl_idname for it in bpy.context.window_manager.operators]
    return {
        "files": [it["params"] for it in file_browsers()],
        "file_areas": areas_of("FILE_BROWSER"),
        "views": areas_of("VIEW_3D"),
        "queue": len(job.queue.tasks),
        "text": job.queue.text(),
        "results": [it.name for it in results],
        "objects": sorted(it.name for it in scene.objects),
        "camera": scene.camera.name if scene.camera else "",
        "place": list(scene.camera.matrix_world.translation) if scene.camera else None,
        "frames": [scene.frame_start, scene.frame_end, scene.frame_current],
        "resolution": [scene.render.resolution_x, scene.render.resolution_y],
        "transform": scene.view_settings.view_transform,
        "live": live,
        "last": [str(task.error) for task in job.last],
        "playing": any(window.screen.is_animation_playing for window in windows()),
        "rendering": bpy.app.is_job_running("RENDER"),
        "shaded": {it.name: json.loads(it["relief"]["wishes"])["shaded"] for it in results},
        "dialog": dialog(),
        "child": job.queue.current.pid if job.queue.current else None,
        "operators": operators,
        "shading": [
            area.spaces.active.shading.type
            for window in windows()
            for area in window.screen.areas
            if area.type == "VIEW_3D"
        ],
    }


def dialog():
    """What the settings beside the file browser are."""
    for window in windows():
        for area in window.screen.areas:
            if area.type == "FILE_BROWSER" and area.spaces.active.active_operator:
                given = area.spaces.active.active_operator.properties
                return {"move": given.move, "strength": given.strength}
    return None


def file_browsers():
    for window in windows():
        for area in window.screen.areas:
            if area.type == "FILE_BROWSER" and area.spaces.active.params:
                params = area.spaces.active.params
                directory = params.directory.decode()
                yield {"params": [directory, params.filename], "area": area}


def tell():
    path = pathlib.Path(runs.JOB["state"])
    part = path.with_suffix(".part")
    part.write_text(json.dumps(state()))
    part.rename(path)
    return 0.2


runs.install()
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.use_save_prompt = False
# The file browser within Blender's own window: there is no window manager here to move others about.
bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
bpy.context.preferences.view.render_display_type = "NONE"
render = bpy.context.scene.render
render.filepath, bpy.context.scene.frame_step = runs.JOB["frames"], runs.JOB["frame_step"]
render.image_settings.color_mode = "RGB"
bpy.context.scene.eevee.taa_render_samples = 1
bpy.app.timers.register(tell, first_interval=1.0, persistent=True)
