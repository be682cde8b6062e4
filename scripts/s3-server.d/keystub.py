"""The part of HashiCorp Vault's transit engine that radosgw calls for SSE-S3 (AES256). For tests only.

keystub.py PORT: listens on loopback; the keys are gone when it ends.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import sys

SEED = os.urandom(32)
KEYS = set()


def xor(data, key, context, nonce):
    pad = hmac.new(SEED, (key + "\0" + context).encode() + nonce, hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(data, pad))


def base64_text(data):
    return base64.b64encode(data).decode()


class Transit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, code, data=None):
        body = b"" if data is None else json.dumps(data).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def read_json(self):
        try:
            return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        except ValueError:
            return {}

    def do_POST(self):
        body = self.read_json()
        parts = self.path.split("?")[0].strip("/").split("/")[2:]
        key, context = parts[-1], body.get("context", "")
        if parts[0] == "keys":
            if len(parts) == 2:
                KEYS.add(key)
            self.reply(204)
        elif parts[:2] == ["datakey", "plaintext"] and key in KEYS:
            nonce, plain = os.urandom(16), os.urandom(32)
            cipher = "vault:v1:" + base64_text(nonce + xor(plain, key, context, nonce))
            self.reply(200, {"data": {"plaintext": base64_text(plain), "ciphertext": cipher, "key_version": 1}})
        elif parts[0] == "decrypt":
            cipher = base64.b64decode(body["ciphertext"].split(":")[-1])
            self.reply(200, {"data": {"plaintext": base64_text(xor(cipher[16:], key, context, cipher[:16]))}})
        else:
            self.reply(404, {"errors": ["no such key or path"]})

    do_PUT = do_POST

    def do_DELETE(self):
        KEYS.discard(self.path.split("/")[-1])
        self.reply(204)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Transit).serve_forever()
