# A Debian image. Build pidone (`make`), copy it beside this file, then:
#     docker build -f debian.Dockerfile -t worker .
FROM debian:bookworm-slim
COPY pidone /usr/local/bin/pidone
COPY worker.sh /usr/local/bin/worker
# -t 5s: when the worker has ended, its helpers get SIGTERM and at most 5 s.
ENTRYPOINT ["pidone", "-t", "5s", "--"]
CMD ["worker"]
