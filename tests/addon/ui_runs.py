# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside a Blender with windows: jobs as users have them, driven by timers. Job: {"scenario": name, "photo", "large", "out": json}."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402

SECONDS = 120  # for one job
answers = {}


def override():
    window = bpy.context.window_manager.windows[0]
    area = next(it for it in window.screen.areas if it.type == "VIEW_3D")
    region = next(it for it in area.regions if it.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def start(photo, target=None, **settings):
    """What the dialog's button does."""
    Settings = runs.part("core.settings").Settings
    build = runs.part("ui.build")
    job = runs.part("ui.job")

    task = job.Task(photo, Settings(**settings), build.Wishes(), target)
    job.queue.tasks.append(task)
    with override():
        bpy.ops.relief.job("INVOKE_DEFAULT")
    return task


def until(condition):
    """Wait, in steps that let Blender work."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        yield 0.01


def undo():
    with override():
        bpy.ops.ed.undo()


def held(pid):
    """Whether the child stands still now, as SIGSTOP lets it; not when it is over."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return False
    return alive(pid)


def caught(delay):
    """A job on the large photo whose child was stopped `delay` seconds after its start; sooner where it was over by then, which
    leaves a scene. Returns the job. To go on with it: os.kill(task.pid, signal.SIGCONT)."""
    queue = runs.part("ui.job").queue
    while True:
        task, begin = start(runs.JOB["large"], quality="HIGH"), time.monotonic()
        yield from until(
            lambda task=task, begin=begin: not queue.tasks
            or (
                task.pid is not None
                and not task._run._checking
                and time.monotonic() - begin > delay
            )
        )
        if task._builder is None and queue.tasks and held(task.pid):
            return task
        yield from until(lambda: not queue.tasks)
        assert task.error is None, task.error
        delay /= 2
        assert delay > 0.001, "it is over as soon as it begins"


def watch_end(pid, seconds):
    """In a thread, which sees it even while Blender draws."""
    begin = time.monotonic()
    while alive(pid) and time.monotonic() - begin < 20:
        time.sleep(0.005)
    seconds.append(time.monotonic() - begin)


def leftovers():
    return [name for name in os.listdir(bpy.app.tempdir) if name.startswith("relief-")]


# ------------------------------------------------------------------ scenarios


def undone():
    """A job is one step of undo, and nothing remains of it then."""
    job = runs.part("ui.job")

    with override():
        bpy.ops.object.select_all(action="DESELECT")
        bpy.ops.ed.undo_push(message="before")
    before = runs.snapshot()
    start(runs.JOB["photo"], quality="DRAFT")
    yield from until(lambda: not job.queue.tasks)
    assert job.last[0].error is None, job.last[0].error
    yield 0.2
    after = runs.snapshot()
    with override():
        shading = bpy.context.space_data.shading
        answers["shading"], shading.type = shading.type, "SOLID"  # which is drawn quickly
    names = {item.name for item in bpy.context.scene.objects}
    assert {"photo", "photo back", "photo camera"} <= names, names
    assert bpy.context.scene.camera.name == "photo camera"
    undo()
    yield 0.2
    difference = {key: (before[key], runs.snapshot()[key]) for key in before
                  if before[key] != runs.snapshot()[key]}  # fmt: skip
    assert not difference, f"undo leaves {difference}"
    with override():
        bpy.ops.ed.redo()
    yield 0.2
    assert {item.name for item in bpy.context.scene.objects} == names
    assert runs.snapshot().keys() == after.keys()
    answers["undo"] = "one step, exact"


def cancelled():
    """Esc in the middle: the child is gone within a second, and nothing has changed."""
    job = runs.part("ui.job")

    seconds = []
    for delay in (0.05, 0.3, 0.9):
        task = yield from caught(delay)
        before = runs.snapshot()
        watch = threading.Thread(target=watch_end, args=(task.pid, seconds))
        watch.start()
        with override():
            bpy.ops.relief.cancel()
        os.kill(task.pid, signal.SIGCONT)
        yield from until(lambda: not job.queue.tasks)
        watch.join()
        assert task.cancelled
        yield 0.2
        assert runs.snapshot() == before, "something has changed"
        assert not leftovers(), leftovers()
    answers["cancel_seconds"] = max(seconds)
    assert max(seconds) < 1.0, seconds


def crashed():
    """The child is killed by somebody: told, nothing changed, and the next one works."""
    job = runs.part("ui.job")

    task = yield from caught(0.6)
    before = runs.snapshot()
    os.kill(task.pid, signal.SIGKILL)
    yield from until(lambda: not job.queue.tasks)
    assert task.error and "SIGKILL" in str(task.error), task.error
    assert runs.snapshot() == before
    task = start(runs.JOB["photo"], quality="DRAFT")
    yield from until(lambda: not job.queue.tasks)
    assert task.error is None, task.error


def thread_times():
    """Seconds that this thread has worked, and that it has waited for a processor that others had."""
    path = f"/proc/self/task/{threading.get_native_id()}/schedstat"
    return [int(word) / 1e9 for word in pathlib.Path(path).read_text().split()[:2]]


class Kept:
    """with Kept(list): adds what a piece of code keeps Blender for: (seconds but for those when other programs had the processor,
    seconds by the clock)."""

    def __init__(self, found):
        self.found = found

    def __enter__(self):
        self.begin, self.waited = time.perf_counter(), thread_times()[1]

    def __exit__(self, *_):
        seconds, waited = time.perf_counter() - self.begin, thread_times()[1] - self.waited
        self.found.append((max(0.0, seconds - waited), seconds))


def gaps(condition, seconds=SECONDS):
    """The longest time between two calls of a timer that wants to be called every millisecond."""
    longest, before, begin = 0.0, time.perf_counter(), time.perf_counter()
    while condition() and time.perf_counter() - begin < seconds:
        yield 0.001
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    return longest


def drawing(condition):
    """`condition`, and on the way a text in the status bar, new as often as a job's: five lines of anybody's script."""
    shown = [0.0, 0]

    def go_on():
        if time.monotonic() - shown[0] > 0.5:
            shown[:] = time.monotonic(), shown[1] + 1
            bpy.context.workspace.status_text_set(f"A script: working, {shown[1]}%")
        return condition()

    return go_on


def beside():
    """The program, started by hand as the add-on starts it; a function that tells whether it runs."""
    run, settings = runs.part("core.run"), runs.part("core.settings")
    by_hand = run.Run(
        [os.environ["RELIEF_PROGRAM"]], runs.JOB["large"], settings.Settings(quality="HIGH")
    )
    with tempfile.TemporaryDirectory() as folder:
        words = settings.arguments(by_hand.photo, folder, by_hand.settings)
        program = subprocess.Popen(
            ["nice", "-n", "5", *by_hand.words, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=runs.part("core.program").environment(words),
        )
        longest = yield from gaps(drawing(lambda: program.poll() is None))
        assert program.returncode == 0
    bpy.context.workspace.status_text_set(None)
    return longest


def responsive():
    """How long Blender is kept from its own work: by the job's handler, and from one call of a timer to the next; beside it Blender
    without a job, with a text that a script draws, and with the program running beside it that the add-on has nothing to do with.
    """
    job = runs.part("ui.job")
    handler, starting, modal = [], [], job.RELIEF_OT_job.modal

    def measured(self, context, event):
        running = job.queue.current is not None and job.queue.current._builder is None
        found = handler if running else []
        with Kept(found):
            return modal(self, context, event)

    yield 2.0  # Blender has drawn its first windows
    answers["idle_gap"] = yield from gaps(lambda: True, 4)
    answers["drawing_gap"] = yield from gaps(drawing(lambda: True), 6)
    answers["beside_gap"] = yield from beside()
    job.RELIEF_OT_job.modal = measured
    try:
        with Kept(starting):
            task = start(runs.JOB["large"], quality="HIGH")
        answers["running_gap"] = yield from gaps(lambda: job.queue.tasks and task._builder is None)
        yield from until(lambda: not job.queue.tasks)
    finally:
        job.RELIEF_OT_job.modal = modal
    assert task.error is None, task.error
    answers["handler"], answers["handler_clock"] = map(max, zip(*handler))
    answers["start"] = starting[0][0]
    answers["ticks"] = len(handler)
    answers["build"], answers["longest_step"] = task.build_seconds, task.longest_step
    assert answers["ticks"] > 2


def opened():
    """Another file is opened in the middle: the child goes with the old one."""
    job = runs.part("ui.job")

    task = yield from caught(0.5)
    pid = task.pid
    os.kill(pid, signal.SIGCONT)
    with override():
        bpy.ops.wm.read_homefile(use_factory_startup=True, load_ui=False)
    begin = time.monotonic()
    yield from until(lambda: not alive(pid))
    assert time.monotonic() - begin < 1.0
    assert not job.queue.tasks
    assert not leftovers(), leftovers()


def quitting():
    """Blender is left in the middle; the test looks for the child."""
    task = yield from caught(0.5)
    answers["pid"] = task.pid
    answers["folder"] = task._run._folder
    answers["own_pid"] = os.getpid()
    finish()
    os.kill(task.pid, signal.SIGCONT)
    while runs.JOB.get("wait_to_be_killed"):
        yield 0.05
    with override():
        bpy.ops.wm.quit_blender()


SCENARIOS = {it.__name__: it for it in (undone, cancelled, crashed, responsive, opened, quitting)}


def finish():
    path = pathlib.Path(runs.JOB["out"])
    path.with_suffix(".part").write_text(json.dumps(answers))
    path.with_suffix(".part").rename(path)


def main():
    runs.install()

    def steps():
        yield 1.0
        for name in runs.JOB["scenarios"]:
            yield from SCENARIOS[name]()
        finish()
        with override():  # without a window Blender falls over its question whether to save
            bpy.ops.wm.quit_blender()

    running = steps()

    def tick():
        try:
            return next(running)
        except StopIteration:
            return None
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            job = runs.part("ui.job")

            job.queue.end()
            os._exit(1)

    bpy.app.timers.register(tick, first_interval=0.5, persistent=True)


main()
