"""A mail server that keeps what it gets."""

import email
import socketserver
import threading

from client import wait_for


class Smtp:
    def __init__(self):
        self.mails = []  # (recipients, text)
        self.seen = 0
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                sink.session(self)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def session(self, stream):
        def say(text):
            stream.wfile.write(text.encode() + b"\r\n")

        recipients = []
        say("220 test")
        for line in stream.rfile:
            word = line[:4].upper()
            if word == b"RCPT":
                recipients.append(line.decode().split("<")[1].split(">")[0])
            if word == b"DATA":
                say("354 go on")
                data = b""
                for part in stream.rfile:
                    if part == b".\r\n":
                        break
                    data += part
                message = email.message_from_bytes(data)
                self.mails.append((recipients, message.get_payload(decode=True).decode()))
            if word == b"QUIT":
                say("221 bye")
                return
            say("250 ok")

    def wait(self, address):
        """The text of the next mail to this address."""

        def found():
            for i in range(self.seen, len(self.mails)):
                if address in self.mails[i][0]:
                    self.seen = i + 1
                    return self.mails[i][1]
            return None

        return wait_for(found, f"a mail to {address}")

    def none(self, other_than):
        """No mail came since the last wait(), but to this address."""
        late = [m for m in self.mails[self.seen :] if other_than not in m[0]]
        assert late == [], late
