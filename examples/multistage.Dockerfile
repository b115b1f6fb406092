# The first stage builds pidone from its sources, the second takes that one file.
# From the top of the source tree:
#     docker build -f examples/multistage.Dockerfile -t worker .
FROM debian:bookworm-slim AS pidone
RUN command -v musl-gcc && command -v make || { apt-get update && \
	apt-get install -y --no-install-recommends gcc libc6-dev make musl-tools; }
COPY . /src
RUN make -C /src pidone

FROM debian:bookworm-slim
COPY --from=pidone /src/pidone /usr/local/bin/pidone
COPY examples/worker.sh /usr/local/bin/worker
ENTRYPOINT ["pidone", "-t", "5s", "--"]
CMD ["worker"]
