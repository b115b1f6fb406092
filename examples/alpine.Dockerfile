# An Alpine image: pidone is static, so the libc does not matter. Build pidone (`make`), copy it
# beside this file, then:
#     docker build -f alpine.Dockerfile -t worker .
FROM alpine:3.20
COPY pidone /sbin/pidone
COPY worker.sh /usr/bin/worker
ENTRYPOINT ["/sbin/pidone", "-t", "5s", "--"]
CMD ["worker"]
