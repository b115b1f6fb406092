#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""cri_client.py VERB ARGUMENT...: what the kubelet asks of a container runtime, for the tests.

  version                          the runtime's name, version and the interface's
  image NAME                       its ID; fails where the runtime does not have it
  pod NAME [OPTION]...             makes a pod, prints its ID
  start POD NAME IMAGE [OPTION]... -- COMMAND...
                                   makes and starts a container in it, prints its ID
  wait ID                          waits for its end; prints "STATUS REASON MESSAGE"
  exec ID SECONDS COMMAND...       as a probe does; its streams, its status
  stop ID SECONDS                  asks it to end, kills it after that time
  pid ID                           the process, of a pod or a container
  ready POD                        fails where the pod is not ready
  stop-pod POD, rm-pod POD, rm-all
  serve                            a verb and its arguments a line, 0x1f between them, a word in
                                   front: what they print goes to CRI_DIR/out and CRI_DIR/err, the
                                   word and the status to stdout. Loading gRPC takes most of a call.

  --pids pod|container|node|ID     whose pids (ID: another container's, as kubectl debug)
  --memory BYTES, --mount HOST:CONTAINER, --user UID, --restricted

CRI_SOCKET is the runtime's socket, CRI_DIR a folder for the logs (NAME.log) and pods, CRI_CGROUP
the pods' cgroup. The interface is gRPC; a message is a dict {field's number: value}, so nothing
generated is needed: a dict is a message, a list a repeated field. The numbers are api.proto's, of
k8s.io/cri-api, runtime.v1.
"""
import argparse
import contextlib
import json
import os
import sys
import time

import grpc

POD, CONTAINER, NODE, TARGET = range(4)  # NamespaceMode
EXITED = 2  # ContainerState
LONG = 60  # seconds


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(message):
    out = b""
    for field, value in message.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                out += varint(field << 3) + varint(one)
                continue
            data = encode(one) if isinstance(one, dict) else one.encode()
            out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


class Message:
    """An answer: its fields by number. The runtime sends varints and what has a length, no more."""

    def __init__(self, data):
        self.fields = {}
        at = 0
        while at < len(data):
            key, at = read_varint(data, at)
            value, at = read_varint(data, at)
            if key & 7 == 2:
                value, at = data[at : at + value], at + value
            elif key & 7 != 0:
                raise ValueError("wire type %d" % (key & 7))
            self.fields.setdefault(key >> 3, []).append(value)

    def number(self, field):
        return self.fields.get(field, [0])[-1]

    def bytes(self, field):
        return self.fields.get(field, [b""])[-1]

    def text(self, field):
        return self.bytes(field).decode()

    def message(self, field):
        return Message(self.bytes(field))

    def messages(self, field):
        return [Message(data) for data in self.fields.get(field, [])]


def call(method, request, service="RuntimeService", timeout=LONG):
    with grpc.insecure_channel("unix://" + os.environ["CRI_SOCKET"]) as channel:
        stub = channel.unary_unary(
            "/runtime.v1.%s/%s" % (service, method), request_serializer=encode, response_deserializer=Message
        )
        return stub(request, timeout=timeout)


def namespaces(pids):
    modes = {"pod": POD, "container": CONTAINER, "node": NODE}
    options = {1: NODE, 2: modes.get(pids, TARGET), 3: POD}  # network, pid, ipc
    if pids not in modes:
        options[4] = pids  # target_id
    return options


def saved_pod(pod):
    return os.path.join(os.environ["CRI_DIR"], pod + ".json")


def numbers(message):
    """json has texts for keys"""
    if isinstance(message, dict):
        return {int(field): numbers(value) for field, value in message.items()}
    return message


def make_pod(options):
    security = {1: namespaces(options.pids)}
    if options.user:
        security[3] = {1: options.user}
    config = {
        1: {1: options.name, 2: "uid-" + options.name, 3: "default"},
        3: os.environ["CRI_DIR"],  # log_directory
        8: {1: os.environ["CRI_CGROUP"] + "/" + options.name, 2: security},
    }
    pod = call("RunPodSandbox", {1: config}).text(1)
    # A container's request has the pod's configuration in it again.
    with open(saved_pod(pod), "w", encoding="ascii") as file:
        json.dump(config, file)
    print(pod)


def start(options):
    with open(saved_pod(options.pod), encoding="ascii") as file:
        pod_config = numbers(json.load(file))
    security = {3: namespaces(options.pids)}
    if options.user:
        security[5] = {1: options.user}
    if options.restricted:
        security.update({1: {2: "ALL"}, 7: 1, 11: 1})  # capabilities, readonly_rootfs, no_new_privs
    mounts = [dict(zip((2, 1), mount.split(":"))) for mount in options.mount]
    config = {
        1: {1: options.name},
        2: {1: options.image},
        3: options.command,
        6: [{1: "PATH", 2: "/bin"}],
        7: mounts,
        11: options.name + ".log",
        15: {1: {4: options.memory} if options.memory else {}, 2: security},
    }
    container = call("CreateContainer", {1: options.pod, 2: config, 3: pod_config}).text(1)
    print(container, flush=True)
    call("StartContainer", {1: container})


def wait(container):
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        status = call("ContainerStatus", {1: container}).message(1)
        if status.number(3) == EXITED:
            print(status.number(7), status.text(10), status.text(11))
            return
        time.sleep(0.05)
    sys.exit("it has not ended")


def execute(container, seconds, *command):
    result = call("ExecSync", {1: container, 2: list(command), 3: int(seconds)})
    sys.stdout.buffer.write(result.bytes(1))
    sys.stderr.buffer.write(result.bytes(2))
    sys.exit(result.number(3))


def pid(of):
    try:
        answer = call("ContainerStatus", {1: of, 2: 1})
    except grpc.RpcError:
        answer = call("PodSandboxStatus", {1: of, 2: 1})
    info = {entry.text(1): entry.text(2) for entry in answer.messages(2)}
    print(json.loads(info["info"])["pid"])


def ready(pod):
    if call("PodSandboxStatus", {1: pod}).message(1).number(3) != 0:
        sys.exit("the pod is not ready")


def version():
    answer = call("Version", {})
    print(answer.text(2), answer.text(3), answer.text(4))


def image(name):
    found = call("ImageStatus", {1: {1: name}}, "ImageService").message(1).text(1)
    print(found or sys.exit("no image " + name))


def stop(container, seconds):
    call("StopContainer", {1: container, 2: int(seconds)}, timeout=int(seconds) + LONG)


def stop_pod(pod):
    call("StopPodSandbox", {1: pod})


def remove_pod(pod):
    call("RemovePodSandbox", {1: pod})


def remove_all():
    for pod in call("ListPodSandbox", {}).messages(1):
        stop_pod(pod.text(1))
        remove_pod(pod.text(1))


def with_options(verb, arguments):
    parser = argparse.ArgumentParser()
    if verb == "start":
        parser.add_argument("pod")
    parser.add_argument("name")
    if verb == "start":
        parser.add_argument("image")
    parser.add_argument("--pids", default="container")
    parser.add_argument("--memory", type=int)
    parser.add_argument("--user", type=int)
    parser.add_argument("--mount", action="append", default=[])
    parser.add_argument("--restricted", action="store_true")
    if "--" in arguments:
        at = arguments.index("--")
        options, command = arguments[:at], arguments[at + 1 :]
    else:
        options, command = arguments, []
    return parser.parse_args(options, argparse.Namespace(command=command))


def run(verb, *arguments):
    verbs = {
        "version": version, "image": image, "wait": wait, "exec": execute, "stop": stop, "pid": pid,
        "ready": ready, "stop-pod": stop_pod, "rm-pod": remove_pod, "rm-all": remove_all,
    }  # fmt: skip
    try:
        if verb in ("pod", "start"):
            {"pod": make_pod, "start": start}[verb](with_options(verb, list(arguments)))
        else:
            verbs[verb](*arguments)
    except grpc.RpcError as error:
        sys.exit("%s: %s" % (verb, error.details()))


def serve():
    for line in sys.stdin:
        word, *arguments = line.rstrip("\n").split("\x1f")
        out, err = (open(os.path.join(os.environ["CRI_DIR"], name), "w", encoding="utf-8") for name in ("out", "err"))
        status = 0
        with out, err, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run(*arguments)
            except SystemExit as end:
                status = end.code
                if isinstance(status, str):
                    print(status, file=err)
                    status = 1
            except Exception as error:  # the next one is to be served
                print(repr(error), file=err)
                status = 1
        print(word, status or 0, flush=True)


if sys.argv[1] == "serve":
    serve()
else:
    run(*sys.argv[1:])
