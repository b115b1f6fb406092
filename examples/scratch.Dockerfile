# An image of two files: pidone and your static program, here called `app`.
#     docker build -f scratch.Dockerfile -t app .
FROM scratch
COPY pidone /pidone
COPY app /app
USER 65534:65534
ENTRYPOINT ["/pidone", "--", "/app"]
