"""psql sessions that stay open: starting one for each statement takes longer than the statement."""

import csv
import io
import subprocess
import tempfile

END = b"<end of the rows>\n"


class Psql:
    """A session.  An error ends it."""

    def __init__(self, dsn):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["psql", "-Xq", "--csv", "-v", "ON_ERROR_STOP=1", "-d", dsn],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip

    def __call__(self, text, values):
        """The rows as dicts of strings.  What text SETs is forgotten afterwards."""
        script = "".join(f"\\set {name} {quoted(value)}\n" for name, value in values.items())
        script += f"{text};\nRESET ALL;\n\\echo '{END.decode().strip()}'\n"
        try:
            self.process.stdin.write(script.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # what it said before it ended is in errors
        lines = []
        for line in self.process.stdout:
            if line == END:
                return list(csv.DictReader(io.StringIO(b"".join(lines).decode())))
            lines.append(line)
        self.errors.seek(0)
        raise AssertionError(f"{text}\n{self.errors.read().decode()}")

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.errors.close()


def quoted(value):
    """As an argument of psql's \\set."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{text}'"


class Sessions:
    """As many as are needed at a time, for any thread."""

    def __init__(self, dsn):
        self.dsn, self.idle = dsn, []

    def run(self, text, values):
        try:
            session = self.idle.pop()
        except IndexError:
            session = Psql(self.dsn)
        try:
            rows = session(text, values)
        except BaseException:
            session.close()
            raise
        self.idle.append(session)
        return rows

    def close(self):
        while self.idle:
            self.idle.pop().close()
