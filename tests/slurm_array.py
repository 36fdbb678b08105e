#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the array job of docs/cluster.md on a Slurm of its own: slurmctld, slurmd and munged of this machine.

    slurm_array.py RELIEF

Four tasks share one folder of made-up photos. While they run, one of them is killed and requeued. At the end every
photo must have its map, the same bytes as a run without shards gives, no photo may have been made twice, and no
temporary may be left. The daemons have ports, folders and a key of their own and are stopped at the end. Where they
are not installed or cannot start, the test skips and says why.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "cli"))
import pictures  # noqa: E402

SKIPPED = 77
TASKS = 4
PHOTOS = (48, 192, 768)  # so many, and more where a machine is done before one can be killed
TIME_LIMIT = 150  # seconds
# What Debian keeps out of an ordinary user's PATH.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# A requeued task waits until the credentials of its first start have expired (cred_expire, two minutes by
# default); started before that it is refused.
CONFIG = """
ClusterName=relief
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=15
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,requeue_delay=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
JobRequeue=1
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def skip(reason):
    print(f"skip: slurm_array: {reason}")
    sys.exit(SKIPPED)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """One node, in a folder."""

    def __init__(self, folder):
        self.folder, self.daemons = folder, []
        self.env = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
        for name in list(self.env):
            if name.startswith("SLURM_") and name != "SLURM_CONF":
                del self.env[name]

    def start_daemon(self, *command):
        log = open(self.folder / f"{command[0]}.out", "wb")
        daemon = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        self.daemons.append(daemon)

    def start(self):
        for name in ("munged", "slurmctld", "slurmd", "sbatch", "scontrol"):
            if not shutil.which(name, path=PATH):
                skip(f"{name} is not installed (Debian: slurm-wlm, munge)")
        host = socket.gethostname().split(".")[0]
        cpus = len(os.sched_getaffinity(0))
        import getpass

        text = CONFIG.format(
            folder=self.folder,
            host=host,
            user=getpass.getuser(),
            controller=free_port(),
            daemon=free_port(),
            cpus=cpus,
        )
        (self.folder / "slurm.conf").write_text(text)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        self.start_daemon(
            "munged",
            *("--foreground", "--force", f"--key-file={key}", "--num-threads=1"),
            f"--socket={self.folder}/munge.socket",
            f"--pid-file={self.folder}/munged.pid",
            f"--log-file={self.folder}/munged.log",
            f"--seed-file={self.folder}/munged.seed",
        )
        self.wait_for(lambda: (self.folder / "munge.socket").exists(), "munged")
        self.start_daemon("slurmctld", "-D", "-c")
        self.start_daemon("slurmd", "-D")
        self.wait_for(lambda: "idle" in self.ask("sinfo", "--noheader", "-o", "%T"), "slurmd")

    def wait_for(self, ready, name):
        """Skip where a daemon does not come up: not every sandbox lets one."""
        end = time.time() + 30
        while not ready():
            if time.time() > end or any(d.poll() is not None for d in self.daemons):
                logs = [p.read_text(errors="replace")[-300:] for p in self.folder.glob("*.log")]
                skip(f"{name} does not start: {' '.join(' '.join(logs).split())[-400:]}")
            time.sleep(0.2)

    def ask(self, *command):
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""

    def does(self, *command):
        """Whether the cluster took the command; a task may have ended meanwhile."""
        return (
            subprocess.run(command, env=self.env, capture_output=True, check=False).returncode == 0
        )

    def call(self, *command):
        return subprocess.run(
            command, env=self.env, capture_output=True, text=True, check=True
        ).stdout

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in self.daemons:
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()


def script_of(page):
    """The job script in docs/cluster.md, which is what people will use."""
    text = (HERE.parent / page).read_text()
    return re.search(r"```sh\n(#!/bin/sh\n#SBATCH.*?)```", text, re.S).group(1)


def hashes(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


def states(cluster, job):
    """State of every task that the cluster still knows."""
    lines = cluster.ask("squeue", "--noheader", "--array", "-j", job, "-o", "%K %T").split("\n")
    return dict(line.split() for line in lines if line.strip())


def run_job(cluster, folder):
    """Submit, kill and requeue one task, wait. Returns the number of requeues."""
    job = cluster.call(
        "sbatch", "--parsable", f"--array=0-{TASKS - 1}", "--chdir", str(folder), "job.sh"
    ).strip()
    end = time.time() + TIME_LIMIT
    requeued = 0
    while (now := states(cluster, job)) and time.time() < end:
        made = list((folder / "maps").glob("*.png")) if (folder / "maps").exists() else []
        for task, state in now.items():
            if not requeued and state == "RUNNING" and len(made) >= 3:
                requeued += cluster.does("scontrol", "requeue", f"{job}_{task}")
        time.sleep(0.05)
    if states(cluster, job):
        raise RuntimeError(f"the job does not end: {states(cluster, job)}")
    return requeued


def check(folder, relief, network, photos):
    """What the tasks have left, against a run without shards."""
    reports = [
        json.loads(line)
        for path in folder.glob("report-*.jsonl")
        for line in path.read_text().splitlines()
    ]
    made = [line["input"] for line in reports if line["state"] == "done"]
    assert all(line["state"] != "failed" for line in reports), reports
    assert len(made) == len(set(made)), f"{len(made)} made, {len(set(made))} different"
    # A task killed between a map and its line in the report leaves the photo to its second start.
    told = {line["input"] for line in reports}
    assert len(told) == photos, f"{len(told)} of {photos} photos in the reports"
    maps = hashes(folder / "maps")
    subprocess.run(
        [relief, "depth", "photos", "-o", "alone", "--model", network, "--quiet"],
        cwd=folder,
        check=True,
    )
    alone = {
        name.replace(".png", ".png.png"): hash for name, hash in hashes(folder / "alone").items()
    }
    assert maps == alone, sorted(maps.keys() ^ alone.keys())
    left = [p.name for p in (folder / "maps").iterdir() if p.name.startswith(".relief-")]
    assert not left, left
    return reports


def make_folder(folder, photos):
    """What an array job starts from: a network, photos, and the script."""
    folder.mkdir()
    (folder / "photos").mkdir()
    for i in range(photos):
        name = f"{i:03}.png"
        (folder / "photos" / name).write_bytes(pictures.photo(200 + 2 * (i % 48), 150))
    (folder / "job.sh").write_text(script_of("docs/cluster.md"))


def try_job(cluster, folder, relief, network, photos):
    """One array over `photos` photos. Returns the number of requeues and the reports."""
    make_folder(folder, photos)
    try:
        return run_job(cluster, folder), check(folder, relief, network, photos)
    except Exception:
        for path in [*folder.glob("slurm-*.out"), *cluster.folder.glob("*.log")]:
            print(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}")
        raise


def run_until_killed(cluster, folder, relief, network):
    for photos in PHOTOS:
        requeued, reports = try_job(cluster, folder / f"job-{photos}", relief, network, photos)
        if requeued:
            return photos, requeued, reports
    sys.exit("slurm_array: no task ran long enough to be requeued")


def main():
    relief = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="relief-slurm-") as name:
        folder = pathlib.Path(name)
        network = folder / "net.onnx"
        pictures.make_network(
            network,
            *("--metadata", "relief.kind=disparity"),
            *("--metadata", "relief.network_size=[256, 256]"),
            *("--metadata", "relief.resize=upper_bound"),
            *("--metadata", "relief.multiple=2"),
        )
        cluster = Cluster(folder / "cluster")
        (folder / "cluster").mkdir()
        try:
            cluster.start()
            cluster.env.update(
                RELIEF_MODEL=str(network),
                RELIEF_CACHE="off",
                PATH=f"{pathlib.Path(relief).parent}:{PATH}",
            )
            photos, requeued, reports = run_until_killed(cluster, folder, relief, network)
        finally:
            cluster.stop()
    found = len({line["input"] for line in reports if line["state"] == "up_to_date"})
    print(
        f"slurm_array: {TASKS} tasks, {requeued} killed and requeued, {photos} photos made once; "
        f"{found} found done after the requeue"
    )


if __name__ == "__main__":
    main()
