# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a suite's own, to be stopped, killed, paused and copied. The one of script/test is everybody's.

It runs as an unprivileged user, which it insists on, in a folder of its own, and listens on a socket there, or also on a
machine of harness/network.py.
"""
import atexit
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

USER = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
# Memory shared by its processes lies in its folder too: one that is killed leaves it behind.
SETTINGS = {"listen_addresses": "", "shared_buffers": "32MB", "max_connections": "200", "dynamic_shared_memory_type": "mmap"}


def program(name):
    """Debian keeps the server's programs out of the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name)) or [shutil.which(name)]
    if not found[-1]:
        raise SystemExit("there is no %s: script/bootstrap --tests installs it" % name)
    return found[-1]


def run(*command, check=True, on=()):
    done = subprocess.run([*on, *USER, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, cwd="/")
    if check and done.returncode != 0:
        raise SystemExit("%s failed: %s" % (command[0], done.stdout))
    return done.stdout.strip()


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # it ended by itself


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Cluster:
    """Started, and gone with the suite. One that follows another is its standby until it is promoted."""

    def __init__(self, follows=None, machine=None, **settings):
        self.machine, self.on = machine, machine.prefix if machine else ()
        self.folder = run("mktemp", "-d", os.path.join(tempfile.gettempdir(), "latchkey-postgres-XXXXXX"))
        self.data = os.path.join(self.folder, "data")
        self.settings = dict(SETTINGS, unix_socket_directories=self.folder, **settings)
        self.url = "postgresql:///postgres?user=latchkey&host=" + self.folder
        if machine:
            self.settings["listen_addresses"] = machine.address
        atexit.register(self.close)
        if follows:
            self.copy(follows)
        else:
            self.make()
        self.start()

    def copy(self, other):
        host = other.machine.address if other.machine else other.folder
        run(program("pg_basebackup"), "--host", host, "--username=latchkey", "--pgdata", self.data, "--write-recovery-conf",
            "--checkpoint=fast", "--no-sync", on=self.on)

    def promote(self):
        run(program("pg_ctl"), "-D", self.data, "-w", "-t", "60", "promote")

    def sql(self, text):
        """-> what psql printed, without frills"""
        return run(program("psql"), "-XAtqc", text, self.url)

    def make(self):
        run(program("initdb"), "-D", self.data, "--auth=trust", "--username=latchkey", "--encoding=UTF8", "--locale=C",
            "--no-sync")
        if self.machine:
            with open(os.path.join(self.data, "pg_hba.conf"), "a") as f:
                f.writelines("host %s all samenet trust\n" % what for what in ("all", "replication"))

    def start(self):
        """-> when it can be asked, after its recovery"""
        options = " ".join("-c %s='%s'" % pair for pair in self.settings.items())
        run(program("pg_ctl"), "-D", self.data, "-l", os.path.join(self.folder, "log"), "-o", options, "-w", "-t", "60",
            "start", on=self.on)

    def stop(self, how="fast"):
        run(program("pg_ctl"), "-D", self.data, "-m", how, "-w", "-t", "60", "stop")

    def processes(self):
        """Its postmaster and that one's children."""
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            parent = int(f.readline())
        children = subprocess.run(["pgrep", "-P", str(parent)], stdout=subprocess.PIPE, text=True).stdout
        return [parent, *map(int, children.split())]

    def kill(self):
        """The end of all its processes without a warning. Nobody may have reaped them when it starts again, so the
        files that name them go too."""
        ended = self.pause()
        send(ended, signal.SIGKILL)
        while any(is_running(pid) for pid in ended):
            time.sleep(0.01)
        for name in (os.path.join(self.data, "postmaster.pid"), os.path.join(self.folder, ".s.PGSQL.5432.lock")):
            os.remove(name)

    def pause(self):
        """The postmaster first, so that it makes no new ones. -> their numbers"""
        stopped = self.processes()
        send(stopped[:1], signal.SIGSTOP)
        stopped = self.processes()
        send(stopped, signal.SIGSTOP)
        return stopped

    def go_on(self):
        send(self.processes(), signal.SIGCONT)

    def close(self):
        """Leave nothing behind, whatever it does."""
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            self.kill()
        self.keep_log()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_log(self):
        """Where it is searched for secrets with all others."""
        log, to = os.path.join(self.folder, "log"), os.environ.get("TEST_LOGS")
        if to and os.path.exists(log):
            shutil.copy(log, os.path.join(to, os.path.basename(self.folder) + ".log"))
