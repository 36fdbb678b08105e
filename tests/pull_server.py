#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A web server with bad manners, for tests of downloads.

    pull_server.py FILE PORT_FILE LOG

Serves FILE under /MODE/anything; what MODE does stands in MODES. Writes its port into PORT_FILE, and into LOG one JSON
object for each request: mode, range asked for, answer, bytes of FILE sent. Ends when its standard input does.
"""

import http.server
import json
import os
import pathlib
import sys
import threading
import time

BLOCK = 1 << 14
MODES = {
    "ok": "as it should be, with ranges and an ETag",
    "cut": "drops the connection after half of what was asked for, every time but for the last half megabyte",
    "cutall": "drops the connection at once after the headers",
    "wrong": "one byte is another one",
    "404": "not there",
    "500": "an error",
    "busy": "error 503 the first two times, then ok",
    "norange": "cuts the first time, and has no ranges",
    "changed": "cuts the first time, and has another ETag each time: If-Range gets the whole file",
    "redirect": "sends on to /ok/",
    "loop": "sends on to itself",
    "slow": "2 MB a second",
    "crawl": "100 kB a second",
    "stall": "half of the file, and then nothing",
    "short": "says that it has 100 bytes less, and sends so many",
    "long": "says that it has 100 bytes more, and sends so many",
    "endless": "says no length, and does not end",
    "nolength": "says no length, and closes at the end",
    "strange": "answers 206 with another range than was asked for",
    "html": "a page in place of the file",
    "gate": "waits until LOG.open is there, then ok",
}
RATES = {"slow": 2e6, "crawl": 1e5}  # bytes a second
lock = threading.Lock()
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    data, log_path = b"", ""

    def log_message(self, *_):
        pass

    def note(self, mode, status, sent):
        line = {
            "mode": mode,
            "path": self.path,
            "range": self.headers.get("Range"),
            "if_range": self.headers.get("If-Range"),
            "status": status,
            "sent": sent,
        }
        with lock, open(self.log_path, "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def fail(self, mode, status):
        body = b"<html>no</html>" * 1000
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.note(mode, status, 0)

    def redirect(self, mode, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.note(mode, 302, 0)

    def first_byte(self, mode, tag):
        """Where to begin, by Range and If-Range."""
        wanted = self.headers.get("Range", "")
        if mode == "norange" or not wanted.startswith("bytes="):
            return 0
        if self.headers.get("If-Range") not in (None, tag):
            return 0
        return int(wanted[6:].rstrip("-"))

    def do_GET(self):
        path = self.path.split("://", 1)[-1]  # a proxy is asked for a whole address
        path = path[path.index("/") :] if "://" in self.path else path
        mode = path.split("/")[1]
        with lock:
            count = seen[mode] = seen.get(mode, 0) + 1
        if mode in ("404", "500"):
            self.fail(mode, int(mode))
        elif mode not in MODES:
            self.fail(mode, 404)
        elif mode == "busy" and count <= 2:
            self.fail(mode, 503)
        elif mode in ("redirect", "loop"):
            self.redirect(mode, path if mode == "loop" else "/ok" + path[len("/redirect") :])
        else:
            self.serve(mode, count)

    def serve(self, mode, count):
        tag = f'"{count}"' if mode == "changed" else '"tag"'
        data = bytearray(self.data)
        if mode == "wrong":
            data[len(data) // 2] ^= 1
        if mode == "html":
            data = bytearray(b"<html>please log in</html>")
        if mode == "short":
            data = data[:-100]
        if mode == "long":
            data += bytes(100)
        first = self.first_byte(mode, tag)
        if first >= len(data):
            self.fail(mode, 416)
            return
        status = 206 if first or mode == "strange" else 200
        self.send_response(status)
        self.send_header("ETag", tag)
        if mode == "strange":
            self.send_header("Content-Range", f"bytes 7-{len(data) - 1}/{len(data)}")
        elif first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        if mode in ("endless", "nolength"):
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.send(mode, count, status, bytes(data[first:]))

    def send(self, mode, count, status, body):
        limit = len(body)
        if mode == "cut" and limit > 1 << 19 or mode in ("norange", "changed") and count == 1:
            limit //= 2
        if mode == "stall":
            limit //= 2
        if mode == "cutall":
            limit = 0
        while mode == "gate" and not os.path.exists(self.log_path + ".open"):
            time.sleep(0.02)
        sent = 0
        try:
            while sent < limit or mode == "endless":
                block = body[sent : min(sent + BLOCK, limit)] or bytes(BLOCK)
                self.wfile.write(block)
                sent += len(block)
                if mode in RATES:
                    time.sleep(BLOCK / RATES[mode])
            self.wfile.flush()
            if mode == "stall":
                time.sleep(20)
        except OSError:
            self.close_connection = True
        if limit < len(body):
            self.close_connection = True
        self.note(mode, status, sent)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def main():
    file, port_file, Handler.log_path = sys.argv[1:]
    Handler.data = pathlib.Path(file).read_bytes()
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pathlib.Path(port_file + ".new").write_text(str(server.server_port), encoding="utf-8")
    os.rename(port_file + ".new", port_file)
    sys.stdin.read()


if __name__ == "__main__":
    main()
