# SPDX-License-Identifier: Apache-2.0
"""Load, processor time and limits: what every case of script/bench is made of."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.environ.get("BENCH_PROGRAMS", "build/tests/bench")
CORES = os.cpu_count()


def processor_s(pid):
    """Processor time of another process, all threads, in seconds (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


def memory_mib(pid, name="VmRSS"):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith(name)).split()[1]) / 1024


def request(method, path, host, headers=None, body=None):
    """The octets of one request."""
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host]
    lines += ["%s: %s" % pair for pair in (headers or {}).items()]
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines + ["", body or ""])


def write_requests(path, requests):
    with open(path, "w", newline="") as f:
        f.writelines("%d\n%s" % (len(r), r) for r in requests)
    return path


def wrk_start(url, seconds, connections, script, arguments, threads):
    return subprocess.Popen(["wrk", "-t%d" % threads, "-c%d" % connections, "-d%ds" % seconds, "--timeout", "20s", "-s",
                             os.path.join(HERE, script), url, "--", *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wrk(pid, url, seconds, connections, script="requests.lua", arguments=(), threads=CORES):
    """Run wrk against the process `pid`. -> rate, cpu_us, p50_ms, p99_ms, failed"""
    spent = processor_s(pid)
    out = wrk_start(url, seconds, connections, script, arguments, threads).communicate()[0]
    spent = processor_s(pid) - spent
    lines = [line for line in out.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit("wrk failed:\n" + out)
    n, duration, p50, p99, failed = map(int, lines[0].split()[1:])
    return {"rate": n / duration * 1e6, "cpu_us": spent * 1e6 / max(n, 1), "p50_ms": p50 / 1e3, "p99_ms": p99 / 1e3,
            "failed": failed}


class HttpLimit:
    """The HTTP library alone, asked the same."""

    def __init__(self, *certificate):
        self.process = subprocess.Popen([os.path.join(PROGRAMS, "limit_http"), *certificate], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = "%s://127.0.0.1:%s" % ("https" if certificate else "http", self.process.stdout.readline().strip())

    def cpu_us(self, seconds, connections, arguments):
        return wrk(self.process.pid, self.url, seconds, connections, arguments=arguments)["cpu_us"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def rsa_rate(seconds):
    """RSA 2048 signatures a second on all cores at once; openssl counts user time. One process a core: -multi loses
    results when the machine is busy."""
    processes = [subprocess.Popen(["openssl", "speed", "-seconds", str(seconds), "rsa2048"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True) for _ in range(CORES)]
    outputs = [p.communicate()[0] for p in processes]
    return sum(float([line for line in out.splitlines() if "2048 bits" in line][-1].split()[-2]) for out in outputs)


def hash_rate(seconds):
    return numbers("limit_hash", seconds)[0]


def numbers(program, *arguments):
    """What a limit program prints: a rate, and microseconds of processor time."""
    out = subprocess.run([os.path.join(PROGRAMS, program), *map(str, arguments)], stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    return [float(n) for n in out.split()]


class RowsLimit:
    """SQLite alone, on a copy of a database, with the rows of the user called `name`."""

    def __init__(self, database, name):
        self.folder, self.name = tempfile.mkdtemp(prefix="latchkey-bench-"), name
        self.copy = os.path.join(self.folder, "copy.db")
        source, target = sqlite3.connect(database), sqlite3.connect(self.copy)
        with target:
            source.backup(target)
        target.execute("PRAGMA journal_mode=WAL")
        source.close()
        target.close()

    def rate(self, seconds):
        return numbers("limit_rows", self.copy, self.name, int(8000 * seconds))[0]

    def close(self):
        shutil.rmtree(self.folder)


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if len(values) % 2 else (values[len(values) // 2 - 1] + values[len(values) // 2]) / 2


def interleave(case, limit, rounds, seconds, by_rate=False):
    """Measure limit, case, limit, case, ..., limit. A limit is microseconds of processor time a request, or a rate. -> the
    case's medians, with `limit` and `ratio`: the median of what each case is to the limits next to it."""
    around, runs = [limit(seconds)], []
    for _ in range(rounds):
        runs.append(case(seconds))
        around.append(limit(seconds))
    row = {key: median([r[key] for r in runs]) for key in ("rate", "cpu_us", "p50_ms", "p99_ms")}
    row["failed"] = sum(r["failed"] for r in runs)
    row["limit"] = median(around)
    row["ratio"] = median([r["rate"] / ((a + b) / 2) if by_rate else (a + b) / 2 / r["cpu_us"]
                           for a, b, r in zip(around, around[1:], runs)])
    return row


def save(path, report):
    with open(path, "w") as f:
        json.dump(report, f, indent=1)
        f.write("\n")
