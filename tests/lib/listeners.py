"""Receivers for what Slipway sends: an SMTP server and a webhook, on free ports of this machine.

They record what they got, and fail as a test tells them to.  As a program (for tests in C):

    listeners.py FOLDER [starttls|tls|plain] [USER:PASSWORD] [refuse=REPLY]

writes FOLDER/port, then each mail as FOLDER/mail.N, until its standard input ends.
"""

import base64
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading


def certificate(folder):
    """A certificate of our own for localhost; returns (certificate, key)."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


class Mail:
    def __init__(self, sender, recipients, data, tls, login):
        self.sender, self.recipients, self.data = sender, recipients, data
        self.tls, self.login = tls, login


class SmtpServer:
    """mode: plain, starttls or tls.  login: "USER:PASSWORD" that must be given.
    fail: a reply to RCPT TO such as "550 no such user", or "" to take the mail."""

    def __init__(self, mode="plain", login="", fail="", tls_files=None):
        self.mode, self.login, self.fail = mode, login, fail
        self.mails, self.sessions = [], 0
        self.lock = threading.Condition()
        self.tls = None
        if mode != "plain":
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls_files)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def wait(self, n, seconds=30):
        """Wait until n mails have come, and return them."""
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.mails) >= n, seconds), (
                f"{len(self.mails)} mails came instead of {n}"
            )
            return list(self.mails)

    def _accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._quietly, args=(conn,), daemon=True).start()

    def _quietly(self, conn):
        try:
            if self.mode == "tls":
                conn = self.tls.wrap_socket(conn, server_side=True)
            self._talk(conn, self.mode == "tls")
        except (OSError, ValueError):
            pass
        finally:
            conn.close()

    def _talk(self, conn, secure):
        file = conn.makefile("rwb")

        def say(text):
            file.write(text.encode() + b"\r\n")
            file.flush()

        login, sender, recipients = "", "", []
        say("220 test ESMTP")
        while line := file.readline():
            line = line.rstrip(b"\r\n").decode("latin-1")
            word = line.upper()
            if word.startswith("EHLO"):
                extra = ["250-STARTTLS"] if self.mode == "starttls" and not secure else []
                say("\r\n".join(["250-test", *extra, "250 AUTH PLAIN"]))
            elif word == "STARTTLS":
                say("220 go ahead")
                file.close()
                conn = self.tls.wrap_socket(conn, server_side=True)
                file, secure = conn.makefile("rwb"), True
            elif word.startswith("AUTH PLAIN"):
                given = line[11:]
                if not given:
                    say("334 ")
                    given = file.readline().decode().strip()
                login = base64.b64decode(given).decode()[1:].replace("\0", ":")
                say("235 ok" if login == self.login else "535 wrong name or password")
            elif word.startswith("MAIL FROM:"):
                if self.login and login != self.login:
                    say("530 log in first")
                    continue
                sender, recipients = line[10:].split()[0], []
                say("250 ok")
            elif word.startswith("RCPT TO:"):
                recipients.append(line[8:].split()[0])
                say(self.fail or "250 ok")
            elif word == "DATA":
                say("354 go")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += file.readline()
                # the dot that protects a dot is not part of the mail
                data = data[:-3].replace(b"\r\n..", b"\r\n.")
                with self.lock:
                    self.mails.append(Mail(sender, recipients, data, secure, login))
                    self.lock.notify_all()
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("502 what?")


class Webhook:
    """A Slack-like webhook at self.url.  fail: statuses to answer first, one for each post."""

    def __init__(self, fail=()):
        self.fail = list(fail)
        self.posts, self.attempts = [], 0
        self.lock = threading.Condition()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, reply = hook._take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/services/T0/B0/secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _take(self, path, headers, body):
        with self.lock:
            self.attempts += 1
            if self.fail:
                return self.fail.pop(0), b"not now"
            # what Slack refuses, we refuse
            if path != "/services/T0/B0/secret" or headers["content-type"] != "application/json":
                return 404, b"no_service"
            try:
                message = json.loads(body)
                assert isinstance(message["text"], str) and message["text"]
            except (ValueError, KeyError, AssertionError):
                return 400, b"invalid_payload"
            self.posts.append(message)
            self.lock.notify_all()
            return 200, b"ok"


def main():
    folder, mode, login, fail = sys.argv[1], "plain", "", ""
    for word in sys.argv[2:]:
        if word in ("starttls", "tls", "plain"):
            mode = word
        elif word.startswith("refuse="):
            fail = word[7:]
        else:
            login = word
    files = certificate(folder) if mode != "plain" else None
    server = SmtpServer(mode, login, fail, files)

    def write():
        n = 0
        while True:
            mail = server.wait(n + 1, seconds=3600)[n]
            head = f"{mail.sender} {' '.join(mail.recipients)} tls={mail.tls}\n"
            with open(os.path.join(folder, f"new.{n}"), "wb") as f:
                f.write(head.encode() + mail.data)
            os.rename(f.name, os.path.join(folder, f"mail.{n}"))
            n += 1

    threading.Thread(target=write, daemon=True).start()
    with open(os.path.join(folder, "new.port"), "w", encoding="ascii") as f:
        f.write(str(server.port))
    os.rename(f.name, os.path.join(folder, "port"))
    sys.stdin.read()


if __name__ == "__main__":
    main()
