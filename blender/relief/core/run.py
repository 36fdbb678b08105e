# SPDX-License-Identifier: GPL-3.0-or-later
"""One photo's way through the program: its version, the run, the files."""
import dataclasses
import json
import os
import shutil
import tempfile

from . import VERSION, ReliefError, child, progress, settings

CANCELLED = "cancelled"

_known = set()  # programs whose version is right, by their words and the file's time


@dataclasses.dataclass
class Result:
    photo: str
    settings: settings.Settings
    files: settings.Outputs
    facts: dict  # what the program printed
    log: list


def _stamp(words):
    try:
        facts = os.stat(words[-1])
    except OSError:
        return None
    return (*words, facts.st_mtime_ns, facts.st_size)


def check_version(words, text):
    """Refuse a program of another version than the add-on's; `text` is what --version --json printed."""
    try:
        version = json.loads(text)["version"]
    except (ValueError, KeyError, TypeError):
        raise ReliefError("version", f"{words[-1]}: this is not the program relief") from None
    if version != VERSION:
        raise ReliefError(
            "version",
            f"{words[-1]}: this is relief {version}, the add-on needs {VERSION} (install both of one"
            " version)",
        )
    _known.add(_stamp(words))


class Run:
    """Call start(), then poll() until it returns True; then `result` is there, or `error`. close() in any case."""

    def __init__(self, words, photo, wanted, parent=None, environment=None):
        self.words, self.photo, self.settings = list(words), photo, wanted
        self.heard = progress.Progress()
        self.result, self.error = None, None
        self._parent, self._environment = parent, environment
        self._folder = self._child = None
        self._out = []
        self._checking = self._cancelled = False

    @property
    def pid(self):
        return self._child.pid if self._child else None

    def start(self):
        try:
            self._folder = tempfile.mkdtemp(prefix="relief-", dir=self._parent)
            self._checking = _stamp(self.words) not in _known
            self._start(["--version", "--json"] if self._checking else self._arguments())
        except OSError as error:
            self.error = ReliefError("io", f"{error.filename or self._parent}: {error.strerror}")
        except ReliefError as error:
            self.error = error

    def _arguments(self):
        return settings.arguments(self.photo, self._folder, self.settings)

    def _start(self, arguments):
        self._out = []
        self.heard.note("$ " + " ".join([*self.words, *arguments]))
        self._child = child.Child([*self.words, *arguments], self._environment)

    def poll(self):
        """Take in what the program said; whether the run is over."""
        if self.error or self.result or self._child is None:
            return True
        lines, code = self._child.poll()
        for name, line in lines:
            if name == "out":
                self._out.append(line)
            else:
                self.heard.hear(line)
        if code is None:
            return False
        try:
            self._finish(code)
        except ReliefError as error:
            self.error = error
        return self.error is not None or self.result is not None

    def _finish(self, code):
        if self._cancelled:
            raise ReliefError(CANCELLED, "cancelled")
        if code != 0:
            raise self.heard.failure(code)
        text = "\n".join(self._out)
        if self._checking:
            check_version(self.words, text)
            self._checking = False
            self._start(self._arguments())
            return
        try:
            facts = json.loads(text)
        except ValueError:
            raise ReliefError("format", f"{self.words[-1]}: printed no result") from None
        self.heard.note(text)
        files = settings.outputs(self._folder, self.settings)
        self.result = Result(self.photo, self.settings, files, facts, self.heard.log)

    def cancel(self):
        """Also between two programs: one that has ended may not have been polled yet."""
        if self._child and not self.result:
            self._cancelled = True
            self._child.cancel()

    def close(self):
        """End what runs, and remove the files."""
        if self._child:
            self._child.end()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
