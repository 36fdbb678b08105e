# SPDX-License-Identifier: Apache-2.0
"""A download over https in a root folder that holds the bundle and another distribution's certificates."""
import functools
import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import threading

# Where Fedora and openSUSE keep them; the library in the bundle was built to look where Debian does.
ELSEWHERE = ("etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/ca-bundle.pem")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def make_certificate(folder):
    """(certificate, key) of 127.0.0.1, which vouches for itself."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=relief"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key]
    subprocess.run([*words.split(), *more], check=True, capture_output=True)
    return certificate, key


def serve(folder, certificate, key):
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def check_download(alone, folder, check):
    """Refused without certificates, and fetched with them wherever they lie."""
    folder.mkdir()
    network = bytes(range(256)) * 1000
    (folder / "net.onnx").write_bytes(network)
    certificate, key = make_certificate(folder)
    server = serve(folder, certificate, key)
    entry = {"name": "net", "url": f"https://127.0.0.1:{server.server_port}/net.onnx"}
    entry |= {
        "bytes": len(network),
        "sha256": hashlib.sha256(network).hexdigest(),
        "licence": "MIT",
    }
    (alone.root / "catalogue.json").write_text(json.dumps({"models": [entry]}))
    pull = functools.partial(alone, "model", "pull", "net", network=True)
    own = {"RELIEF_CATALOGUE": "/catalogue.json", "RELIEF_MODELS": "/models"}
    refused = pull(**own)
    check(refused.returncode != 0, "a network came from a server that nobody vouches for")
    check("certificate" in refused.stderr.lower(), refused.stderr)
    for place in ELSEWHERE:
        target = pathlib.Path(alone.root, place)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(certificate.read_bytes())
        done = pull(**own)
        check(done.returncode == 0, done.stderr)
        fetched = alone.root / "models/net.onnx"
        check(fetched.read_bytes() == network, "what came is not what was sent")
        fetched.unlink()
        target.unlink()
    server.shutdown()
    print("download: by https, with certificates of other distributions")
