# SPDX-License-Identifier: MIT
"""slow_client SOCKET: asks for /file, says "started" when the answer has begun, reads the rest
only when its stdin ends, and says how long the body was and what its SHA-256 is."""

import hashlib
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    server.sendall(b"GET /file HTTP/1.0\r\n\r\n")
    answer = server.recv(1)
    print("started", flush=True)
    sys.stdin.read()
    while part := server.recv(65536):
        answer += part
body = answer.partition(b"\r\n\r\n")[2]
print(len(body), hashlib.sha256(body).hexdigest(), flush=True)
