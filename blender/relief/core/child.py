# SPDX-License-Identifier: GPL-3.0-or-later
"""A child process whose lines are read without ever waiting for them."""
import collections
import os
import subprocess
import sys
import threading
import time

from . import ReliefError, program

# Seconds from cancelling until the child is told again, which ends it at once, and from then until it is killed.
TOLD_AGAIN, KILLED = 0.3, 0.4
LAST_LINES = 0.5  # seconds that lines may be on their way when the child has ended
MOST_LINES = 10000
NICE = 5  # priority of the child beside windows; 0 is Blender's
gives_way = True


class Child:
    """The program at work. Call poll() now and then; nothing here blocks for longer than starting a process takes."""

    def __init__(self, words, environment=None):
        self._lines = collections.deque(maxlen=MOST_LINES)
        self._ended_at = None
        self.cancelled = False
        try:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=program.environment(words, environment),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ReliefError("missing", f"{words[0]}: cannot be started ({reason})") from error
        self._give_way()
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("out", self._process.stdout), ("err", self._process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _give_way(self):
        """Let what draws the windows go first where both want the processor."""
        if not gives_way:
            return
        try:
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
        except (OSError, AttributeError):
            pass

    def _read(self, name, pipe):
        with pipe:
            for line in pipe:
                self._lines.append((name, line.decode("utf-8", "replace").rstrip("\r\n")))

    @property
    def pid(self):
        return self._process.pid

    def poll(self):
        """New lines as ("out" or "err", text), and the exit code: None while the child runs or has lines left."""
        code = self._process.poll()
        if code is not None and any(reader.is_alive() for reader in self._readers):
            # What it wrote last is on its way; a grandchild that keeps the pipes open is not waited for.
            self._ended_at = self._ended_at or time.monotonic()
            if time.monotonic() - self._ended_at < LAST_LINES:
                code = None
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        return lines, code

    def cancel(self):
        """Ask the child to end, and see to it that it does, however busy the caller is."""
        if not self.cancelled and self._process.poll() is None:
            self.cancelled = True
            self._process.terminate()
            threading.Thread(target=self._insist, daemon=True).start()

    def _insist(self):
        for seconds, tell in ((TOLD_AGAIN, self._process.terminate), (KILLED, self._process.kill)):
            try:
                self._process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                tell()

    def end(self):
        """End the child now: for when there is no later. At most half a second."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(0.3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(0.2 if sys.platform != "win32" else 1)
