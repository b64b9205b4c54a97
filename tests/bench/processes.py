"""What the kernel knows of processes: their CPU time, their memory, their children."""

import os
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
PERIOD = 0.2  # seconds between two looks at the memory


def stat_of(pid):
    """The fields of /proc/PID/stat from the state on, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b")", 1)[1].split()
    except OSError:
        return None


def cpu_of(pid):
    """Seconds, with those of the children that it has waited for."""
    fields = stat_of(pid)
    return sum(map(int, fields[11:15])) / TICK if fields else 0.0


def cpu_of_all(pids):
    return sum(map(cpu_of, set(pids)))


def busy(processor):
    """Seconds in which a processor did not idle."""
    with open("/proc/stat", encoding="ascii") as f:
        fields = next(x for x in f if x.startswith(f"cpu{processor} ")).split()
    user, nice, system, _, _, irq, softirq = map(int, fields[1:8])
    return (user + nice + system + irq + softirq) / TICK


def children(parent):
    stats = {int(pid): stat_of(pid) for pid in filter(str.isdigit, os.listdir("/proc"))}
    return [pid for pid, fields in stats.items() if fields and int(fields[1]) == parent]


def server_pids(site):
    """PostgreSQL's.  Its children name themselves, so neither command nor environment tells whose they are."""
    return [pid for main in site.processes("postgres") for pid in (main, *children(main))]


def pss_kib(pids):
    """Memory, with a part of what several share."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += next(int(x.split()[1]) for x in f if x.startswith("Pss:"))
        except OSError:
            pass
    return total


def pin(pid, cpu):
    subprocess.run(["taskset", "-apc", str(cpu), str(pid)], check=True, stdout=subprocess.DEVNULL)


class Peak(threading.Thread):
    """The most memory that the processes of a function had while it ran."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.kib, self.going = pids, 0, True

    def run(self):
        while self.going:
            self.kib = max(self.kib, pss_kib(self.pids()))
            time.sleep(PERIOD)

    def stop(self):
        self.going = False
        self.join()
        return self.kib
