"""PgBouncer in transaction mode between the workers of a site and its PostgreSQL."""

import glob
import os
import pwd
import subprocess

from client import wait_for

# Fewer sessions than there are threads that want one, so that transactions of different
# workers take turns on the same session.
POOL_SIZE = 3

INI = """
[databases]
slipway = host={socket} port=5432 dbname=slipway user=slipway_web password={password}

[pgbouncer]
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 600
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
# a server that was away is tried again at once
server_login_retry = 1
logfile = {folder}/log
"""


def program():
    found = glob.glob("/usr/sbin/pgbouncer") + glob.glob("/usr/bin/pgbouncer")
    return found[0] if found else None


class Pooler:
    """Start it for a site that is up; .conf is what the site's configuration needs to use it."""

    def __init__(self, site):
        folder = os.path.join(site.folder, "pooler")
        os.mkdir(folder)
        ini = os.path.join(folder, "ini")
        socket = site.dsn.split("host=")[1].replace("%20", " ")
        with open(ini, "w", encoding="ascii") as f:
            f.write(INI.format(size=POOL_SIZE, folder=folder, socket=socket, password=password(site)))
        as_user = {}
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            user = pwd.getpwnam("postgres")
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (folder, ini):
                os.chown(path, user.pw_uid, user.pw_gid)
        self.process = subprocess.Popen(
            [program(), "-q", ini], cwd="/", stdin=subprocess.DEVNULL, **as_user
        )
        self.conf = f"\n[database]\ndsn = host='{folder}' port=6432 dbname=slipway user=slipway_web\n"
        wait_for(lambda: os.path.exists(folder + "/.s.PGSQL.6432"), "PgBouncer's socket")
        self.admin = f"host='{folder}' port=6432 dbname=pgbouncer user=pgbouncer"

    def transactions(self):
        """How many it has passed on."""
        done = subprocess.run(
            ["psql", "-XAtq", "--csv", "-d", self.admin, "-c", "SHOW STATS_TOTALS"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        rows = [line.split(",") for line in done.stdout.splitlines()]
        return sum(int(row[1]) for row in rows if row[0] == "slipway")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def password(site):
    # the state folder may be elsewhere, when the path is too long for a socket
    state = os.path.join(site.var, "state")
    path = os.path.join(state if os.path.exists(state) else site.var, "pg-web")
    with open(path, encoding="ascii") as f:
        return f.read().strip()
