# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program says on its way, one JSON object a line."""
import json
import signal

from . import ReliefError

# What the program does, in words, and up to which share of the whole.
STAGES = {
    "version": ("Starting", 0.02),
    "decode": ("Reading the photo", 0.10),
    "model": ("Loading the network", 0.15),
    "depth": ("Estimating depth", 0.55),
    "scene": ("Finding what is behind", 0.80),
    "mesh": ("Making triangles", 0.90),
    "write": ("Writing the scene", 0.95),
}
MOST_LOG_LINES = 2000


class Progress:
    """hear() its lines; then `share`, `stage` and `count` tell where it is, and failure() why it ended."""

    def __init__(self):
        self.share, self.stage = 0.0, STAGES["version"][0]
        self.count = 0, 0  # done and total of the present stage
        self.log = []
        self._last = {}

    def note(self, line):
        if len(self.log) < MOST_LOG_LINES:
            self.log.append(line)

    def hear(self, line):
        try:
            said = json.loads(line)
            stage = said["stage"]
        except (ValueError, KeyError, TypeError):
            self.note(line)  # of the loader, for instance
            return
        if stage == "message":
            self.note(str(said.get("message", "")))
        elif stage in ("done", "error"):
            self._last = said
        else:
            self.count = said.get("done", 0), said.get("total", 0)
            if stage in STAGES:
                self._move(stage, *self.count)

    def _move(self, stage, done, total):
        names = list(STAGES)
        begin = STAGES[names[names.index(stage) - 1]][1] if stage != names[0] else 0.0
        self.stage, end = STAGES[stage]
        part = min(1.0, max(0.0, done / total)) if total else 0.0
        # Networks are opened before or after photos are read: it never goes back.
        self.share = max(self.share, begin + (end - begin) * part)

    def failure(self, code):
        """What to tell of an end with exit code `code`, which is not 0."""
        if self._last.get("message"):
            return ReliefError(self._last.get("code", "failed"), self._last["message"])
        if code < 0:
            known = [it for it in signal.Signals if it == -code]
            name = known[0].name if known else f"signal {-code}"
            hint = " (out of memory? use a smaller photo or network)" if name == "SIGKILL" else ""
            return ReliefError("killed", f"the program was ended by {name}{hint}")
        spoken = [line for line in self.log if not line.startswith("$ ")]
        return ReliefError("failed", spoken[-1] if spoken else f"it ended with exit code {code}")
