# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the program beside Blender: a modal job with progress and Esc, or, from scripts, a wait."""
import atexit
import os
import time
import traceback

import bpy

from ..core import ReliefError, child, run
from . import build, preferences

TICK = 0.05  # seconds
TURN = (
    1 / 3
)  # seconds from one place that shows progress to the next: for each, Blender composes its window anew
BUILDING = "Building the scene"


class Task:
    """One photo on its way into the scene. step() until it returns True; then `error` is there or None."""

    def __init__(self, photo, settings, wishes, target=None):
        self.photo, self.wishes, self.error = photo, wishes, None
        self.target = target.name if target else None  # by name: undo may replace the collection
        self.collection = None
        self.build_seconds, self.longest_step = 0.0, 0.0
        self.settings = settings
        self._run = self._builder = self._steps = None

    @property
    def progress(self):
        """(share done, what is done now)"""
        if self._builder:
            return 0.97, BUILDING
        return (self._run.heard.share, self._run.heard.stage) if self._run else (0.0, "Waiting")

    @property
    def pid(self):
        return self._run.pid if self._run else None

    def step(self):
        """A short piece of work; whether all is done."""
        try:
            return self._step()
        except ReliefError as error:
            self._fail(error)
        except ReferenceError:
            self._fail(ReliefError("undone", "the scene changed while it was being built"))
        except MemoryError:
            self._fail(ReliefError("memory", "Blender is out of memory"))
        except OSError as error:
            self._fail(ReliefError("io", f"{error.filename or self.photo}: {error.strerror}"))
        except Exception as error:  # a fault of ours: the user gets a line, the console the rest
            traceback.print_exc()
            self._fail(ReliefError("fault", f"{type(error).__name__}: {error}"))
        return True

    def _step(self):
        if self._run is None:
            words = preferences.program_words()
            self._run = run.Run(
                words, self.photo, self.settings, bpy.app.tempdir, preferences.environment()
            )
            self._run.start()
        if self._builder is None:
            if not self._run.poll():
                return False
            if self._run.error:
                raise self._run.error
            target = bpy.data.collections.get(self.target) if self.target else None
            if self.target and target is None:
                raise ReliefError("undone", f"{self.target}: the collection is gone")
            self._builder = build.Builder(self._run.result, self.wishes, target)
            self._steps = self._builder.steps()
            return False
        return self._build()

    def _build(self):
        begin = time.perf_counter()
        try:
            next(self._steps)
            done = False
        except StopIteration:
            done = True
        seconds = time.perf_counter() - begin
        self.build_seconds += seconds
        self.longest_step = max(self.longest_step, seconds)
        if done:
            self.collection = self._builder.collection
            self.close()
        return done

    def _fail(self, error):
        self.error = error
        if self._builder:
            self._builder.undo()
        self.close()

    @property
    def cancelled(self):
        return self.error is not None and self.error.code == run.CANCELLED

    def cancel(self):
        """Ask it to end; step() goes on until it has."""
        if self._builder:
            self._fail(ReliefError(run.CANCELLED, "cancelled"))
        elif self._run:
            self._run.cancel()
        else:
            self.error = ReliefError(run.CANCELLED, "cancelled")

    def close(self):
        """End it now, and leave nothing behind."""
        if self._run:
            self._run.close()


class Queue:
    """Photos that wait, and the one that is worked on."""

    def __init__(self):
        self.tasks, self.done = [], []
        self.stopping = False

    @property
    def current(self):
        return self.tasks[0] if self.tasks else None

    def step(self):
        """Whether there is nothing left to do."""
        task = self.current
        if task and (task.error or task.step()):
            self.done.append(self.tasks.pop(0))
            if self.stopping:
                self.tasks.clear()
        return not self.tasks

    def cancel(self):
        self.stopping = True
        if self.current:
            self.current.cancel()

    def end(self):
        """End everything at once: Blender quits, or opens another file."""
        for task in self.tasks:
            task.close()
        self.tasks.clear()

    def text(self):
        if not self.current:
            return ""
        share, stage = self.current.progress
        total = len(self.tasks) + len(self.done)
        count = f" ({len(self.done) + 1} of {total})" if total > 1 else ""
        name = os.path.basename(self.current.photo)
        return f"{name}{count}: {stage}, {share:.0%}"


queue = Queue()  # one for the whole of Blender: two runs at a time would only slow each other down
last = []  # the tasks of the last job that ended


def report(operator, tasks):
    """Tell how it went; whether there is anything to show for it."""
    made = [task for task in tasks if task.error is None]
    for task in tasks:
        if task.error and not task.cancelled:
            operator.report({"ERROR"}, f"relief: {task.error}")
    if any(task.cancelled for task in tasks):
        operator.report({"INFO"}, "Photo as 3D: cancelled")
    if made:
        names = ", ".join(task.collection.name for task in made)
        operator.report({"INFO"}, f"Photo as 3D: {names}")
    last[:] = tasks
    return bool(made)


def start(operator, context, tasks, wait):
    """Do the tasks: here and now for scripts and in background mode, else as a job beside Blender."""
    if wait or bpy.app.background:
        own = Queue()
        own.tasks = tasks
        try:
            while not own.step():
                if not own.current._builder:
                    time.sleep(0.005)
        except BaseException:  # Ctrl-C in a terminal must leave no child behind
            own.end()
            raise
        if report(operator, own.done) and not bpy.app.background:
            bpy.ops.ed.undo_push(message=operator.bl_label)
        return {"FINISHED"} if any(not task.error for task in own.done) else {"CANCELLED"}
    running = bool(queue.tasks)
    queue.tasks += tasks
    if not running:
        bpy.ops.relief.job("INVOKE_DEFAULT")
    return {"FINISHED"}


class RELIEF_OT_job(bpy.types.Operator):
    """Make the scenes of photos, beside Blender"""

    bl_idname = "relief.job"
    bl_label = "Photo as 3D Scene"
    bl_options = {"UNDO", "INTERNAL"}

    def invoke(self, context, _event):
        if not queue.tasks:
            return {"CANCELLED"}
        queue.done, queue.stopping = [], False
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        self._shown, self._turn, self._next_show = [None] * len(SHOW), 0, 0.0
        self._show(context, queue.text())
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS" and not queue.stopping:
            queue.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if not queue.step():
            self._show(context, queue.text())
            return {"PASS_THROUGH"}
        self._stop(context)
        done, queue.done = queue.done, []
        if not report(self, done):
            return {"CANCELLED"}
        show_result(context, done)
        return {"FINISHED"}

    def cancel(self, context):
        """Blender quits, or opens another file."""
        queue.end()
        queue.done = []
        self._stop(context)

    def _stop(self, context):
        context.window_manager.event_timer_remove(self._timer)
        self._show(context, None)

    def _show(self, context, text):
        """In the status bar, in the headers of 3D views, and in the panel: one after the other, so that no single redraw takes long, and
        without drawing the views themselves. None takes it all away at once."""
        now = time.monotonic()
        if text and (now < self._next_show or self._shown[self._turn] == text):
            return
        self._next_show = now + TURN
        status = f"Photo as 3D: {text}    [Esc] Cancel" if text else None
        for turn in [self._turn] if text else range(len(SHOW)):
            self._shown[turn] = text
            for window in context.window_manager.windows:
                SHOW[turn](window, status)
        self._turn = (self._turn + 1) % len(SHOW)


def views_of(window):
    return (area for area in window.screen.areas if area.type == "VIEW_3D")


def show_in_status_bar(window, text):
    window.workspace.status_text_set(text)


def show_in_headers(window, text):
    for area in views_of(window):
        area.header_text_set(text)


def show_in_panels(window, _text):
    for area in views_of(window):
        for region in area.regions:
            if region.type == "UI":
                region.tag_redraw()


SHOW = (show_in_status_bar, show_in_headers, show_in_panels)


class RELIEF_OT_cancel(bpy.types.Operator):
    """End the run; nothing of it remains"""

    bl_idname = "relief.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    def execute(self, _context):
        queue.cancel()
        return {"FINISHED"}


def show_result(context, tasks):
    """Look through the photo's camera in the view that shows most, and show materials there."""
    if not any(task.wishes.match_camera and not task.error for task in tasks):
        return
    areas = [
        area
        for window in context.window_manager.windows
        for area in window.screen.areas
        if area.type == "VIEW_3D"
    ]
    if areas:
        space = max(areas, key=lambda area: area.width * area.height).spaces.active
        space.region_3d.view_perspective = "CAMERA"
        if space.shading.type in ("SOLID", "WIREFRAME"):
            space.shading.type = "MATERIAL"


def register():
    child.gives_way = not bpy.app.background  # where there are windows to be drawn
    bpy.utils.register_class(RELIEF_OT_job)
    bpy.utils.register_class(RELIEF_OT_cancel)
    atexit.register(queue.end)


def unregister():
    queue.end()
    atexit.unregister(queue.end)
    bpy.utils.unregister_class(RELIEF_OT_cancel)
    bpy.utils.unregister_class(RELIEF_OT_job)
