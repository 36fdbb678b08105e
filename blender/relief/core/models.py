# SPDX-License-Identifier: GPL-3.0-or-later
"""The depth networks that the program knows."""
import dataclasses
import json
import subprocess

from . import ReliefError, program

# Model complexity, as people know it from MiDaS, and the names of these networks.
COMPLEXITY = {"HIGH": "dpt-large", "MEDIUM": "dpt-hybrid", "LOW": "midas-small"}
BUILTIN = "builtin:"  # the path of the network inside the program
SECONDS = 20


@dataclasses.dataclass
class Model:
    name: str
    title: str
    licence: str
    use: str  # "any", "non-commercial" or "" for unknown
    bytes: int  # of the file here, or to be fetched; 0: unknown
    installed: bool
    builtin: bool
    can_pull: bool

    @property
    def size(self):
        if self.bytes < 1e5:
            return f"{self.bytes / 1e3:.0f} kB"
        return f"{self.bytes / 1e6:.0f} MB" if self.bytes >= 1e7 else f"{self.bytes / 1e6:.1f} MB"


def parse(text):
    """The list that `relief model list --json` prints."""
    models = []
    try:
        for item in json.loads(text):
            path = item.get("path")
            models.append(
                Model(
                    name=item["name"],
                    title=item.get("title") or item["name"],
                    licence=item.get("licence") or "",
                    use=item.get("use") or "",
                    bytes=item.get("file_bytes")
                    or item.get("bytes")
                    or item.get("about_bytes")
                    or 0,
                    installed=bool(path),
                    builtin=path == BUILTIN,
                    can_pull=bool(item.get("url")) and not path,
                )
            )
    except (ValueError, KeyError, TypeError) as error:
        raise ReliefError("format", f"the list of networks cannot be read ({error})") from error
    return models


def fetch(words, environment=None):
    """Ask the program, and wait for it: for background mode."""
    try:
        done = subprocess.run(
            [*words, "model", "list", "--json"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            env=program.environment(words, environment),
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ReliefError("missing", f"{words[0]}: cannot be started ({error})") from error
    if done.returncode:
        raise ReliefError("failed", done.stderr.decode("utf-8", "replace").strip())
    return parse(done.stdout.decode("utf-8", "replace"))
