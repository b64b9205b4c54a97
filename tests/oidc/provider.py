"""An OpenID provider for the tests: honest by default, and as wrong as a test wants."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import secrets
import subprocess
import threading
import time
import urllib.parse

CLIENT_ID = "slipway-test"
CLIENT_SECRET = "s3cret&=/ä"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, stdin=b""):
    done = subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Key:
    """A key pair in a file of the folder; signs with the algorithm that it is for."""

    def __init__(self, folder, kid, alg):
        self.kid, self.alg = kid, alg
        self.path = os.path.join(folder, f"oidc-{secrets.token_hex(4)}.pem")
        if alg == "RS256":
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path)
        else:
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path)

    def jwk(self):
        if self.alg == "RS256":
            text = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode()
            n = bytes.fromhex(text.strip().split("=")[1])
            public = {"kty": "RSA", "n": b64(n), "e": "AQAB"}
        else:
            der = openssl("ec", "-in", self.path, "-pubout", "-outform", "DER")
            public = {"kty": "EC", "crv": "P-256", "x": b64(der[-64:-32]), "y": b64(der[-32:])}
        return {"kid": self.kid, "use": "sig", "alg": self.alg, **public}

    def sign(self, text):
        der = openssl("dgst", "-sha256", "-sign", self.path, stdin=text)
        if self.alg == "RS256":
            return der
        # SEQUENCE { INTEGER r, INTEGER s } becomes r and s of 32 bytes each
        r_len = der[3]
        r, s = der[4 : 4 + r_len], der[6 + r_len :]
        return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


class Provider:
    def __init__(self, folder):
        self.rsa, self.ec = Key(folder, "rsa-1", "RS256"), Key(folder, "ec-1", "ES256")
        self.stranger = Key(folder, "rsa-1", "RS256")
        self.codes = {}
        self.reset()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                provider.post(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def reset(self):
        """Honest again."""
        self.keys = [self.rsa, self.ec]
        self.signer = self.rsa
        self.header, self.claims = {}, {}
        self.forge = None  # token -> token
        self.down = set()  # paths that answer 500
        self.gets = []

    # As a browser meets it

    def authorize(self, url, **person):
        """What a person who signs in here is sent back with: the path and query of the callback."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        assert query["response_type"] == "code" and query["client_id"] == CLIENT_ID, query
        assert query["code_challenge_method"] == "S256" and "openid" in query["scope"].split()
        code = secrets.token_urlsafe(24)
        self.codes[code] = {**query, "person": person}
        back = urllib.parse.urlsplit(query["redirect_uri"])
        return f"{back.path}?" + urllib.parse.urlencode({"code": code, "state": query["state"]})

    # As the site meets it

    def get(self, http_request):
        path = http_request.path
        self.gets.append(path)
        if path == "/.well-known/openid-configuration":
            body = {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        elif path == "/keys":
            body = {"keys": [key.jwk() for key in self.keys]}
        else:
            return self.send(http_request, 404, {})
        return self.send(http_request, 200, body)

    def post(self, http_request):
        length = int(http_request.headers["content-length"])
        form = dict(urllib.parse.parse_qsl(http_request.rfile.read(length).decode()))
        basic = base64.b64decode(http_request.headers.get("authorization", "").removeprefix("Basic "))
        client = tuple(urllib.parse.unquote(part) for part in basic.decode().split(":", 1))
        login = self.codes.pop(form.get("code"), None)  # a code works once
        right = (
            http_request.path == "/token" and login
            and client == (CLIENT_ID, CLIENT_SECRET)
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == login["redirect_uri"]
            and b64(hashlib.sha256(form["code_verifier"].encode()).digest()) == login["code_challenge"]
        )  # fmt: skip
        if not right:
            return self.send(http_request, 400, {"error": "invalid_grant"})
        token = self.token(login["nonce"], login["person"])
        return self.send(http_request, 200, {"access_token": "x", "token_type": "Bearer", "id_token": token})

    def token(self, nonce, person):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims.update(person)
        claims.update(self.claims)
        header = {"alg": self.signer.alg, "kid": self.signer.kid, **self.header}
        text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
        token = text + "." + b64(self.signer.sign(text.encode()))
        return self.forge(token) if self.forge else token

    def send(self, http_request, status, body):
        if http_request.path in self.down:
            status, body = 500, {}
        data = json.dumps(body).encode()
        http_request.send_response(status)
        http_request.send_header("Content-Type", "application/json")
        http_request.send_header("Content-Length", str(len(data)))
        http_request.end_headers()
        http_request.wfile.write(data)


def without_signature(token):
    """alg none, as RFC 7519 section 6 has it."""
    payload = token.split(".")[1]
    return b64(b'{"alg":"none"}') + "." + payload + "."


def with_public_key_as_secret(jwk):
    """HS256 with the public key, which everybody knows, for a secret."""

    def forge(token):
        text = b64(b'{"alg":"HS256","kid":"rsa-1"}') + "." + token.split(".")[1]
        mac = hmac.new(json.dumps(jwk).encode(), text.encode(), hashlib.sha256).digest()
        return text + "." + b64(mac)

    return forge


def with_other_payload(token):
    """A genuine signature, of something else."""
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "somebody-else"
    return ".".join((head, b64(json.dumps(claims).encode()), signature))
