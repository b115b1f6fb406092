# SPDX-License-Identifier: MIT
"""slow_client SOCKET|PORT: asks for /file, says "started" when the answer has begun, reads the rest
only when its stdin ends, and says how long the body was and what its SHA-256 is."""

import hashlib
import socket
import sys

port = int(sys.argv[1]) if sys.argv[1].isdigit() else None
with socket.socket(socket.AF_INET if port else socket.AF_UNIX) as server:
    # What the buffers on the way hold is not to be all of it.
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    server.connect(("127.0.0.1", port) if port else sys.argv[1])
    server.sendall(b"GET /file HTTP/1.0\r\n\r\n")
    answer = server.recv(1)
    print("started", flush=True)
    sys.stdin.read()
    while part := server.recv(65536):
        answer += part
body = answer.partition(b"\r\n\r\n")[2]
print(len(body), hashlib.sha256(body).hexdigest(), flush=True)
