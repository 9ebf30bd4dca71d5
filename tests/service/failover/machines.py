"""Machines of the tests' own on one machine: network namespaces on a switch, with their own addresses.

They cannot be reached from outside, and reach nothing outside. A machine is cut off by detaching its
cable from the bridge of the switch: every packet from and to it is dropped, and nobody is told.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

CLONE_NEWNET = 0x40000000
SWITCH = "switch"


class NoMachines(Exception):
    """Machines cannot be made here; the message says why."""


class Machines:
    """Machines by name, each with an address on the switch."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses

    def cut_off(self, name: str) -> None:
        """Drop every packet from and to a machine."""
        _ip("-n", _place(SWITCH), "link", "set", name, "nomaster")

    def connect(self, name: str) -> None:
        """End what `cut_off` began."""
        _ip("-n", _place(SWITCH), "link", "set", name, "master", "bridge")

    def stop(self, name: str) -> None:
        """Kill every process of a machine, as if its power were gone."""
        for pid in _ip("netns", "pids", _place(name)).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """What this thread opens and starts within the block, it does on that machine."""
    with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{_place(name)}") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(before.fileno())


@contextmanager
def machines(addresses: dict[str, str]) -> Iterator[Machines]:
    """Connected machines, which are gone with all their processes in the end."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("ip"):
        raise NoMachines("network namespaces need root, and ip of iproute2")
    with ExitStack() as made:
        made.enter_context(_namespace(SWITCH))
        _ip("-n", _place(SWITCH), "link", "add", "bridge", "type", "bridge")
        _ip("-n", _place(SWITCH), "link", "set", "bridge", "up")
        these = Machines(addresses)
        for name, address in addresses.items():
            made.enter_context(_namespace(name))
            made.callback(these.stop, name)
            _wire(name, address)
        yield these


def _wire(name: str, address: str) -> None:
    there = _place(name)
    peer = ("type", "veth", "peer", "name", "eth0", "netns", there)
    _ip("-n", _place(SWITCH), "link", "add", name, *peer)
    _ip("-n", _place(SWITCH), "link", "set", name, "master", "bridge", "up")
    _ip("-n", there, "address", "add", f"{address}/24", "dev", "eth0")
    for device in "lo", "eth0":
        _ip("-n", there, "link", "set", device, "up")


@contextmanager
def _namespace(name: str) -> Iterator[None]:
    try:
        _ip("netns", "add", _place(name))
    except subprocess.CalledProcessError as refused:
        raise NoMachines(f"no network namespace can be made: {refused.stderr.strip()}") from None
    try:
        yield
    finally:
        _ip("netns", "delete", _place(name))


def _place(name: str) -> str:
    """The name of a namespace, of this process alone."""
    return f"intellog-{os.getpid()}-{name}"


def _ip(*arguments: str) -> str:
    command: Sequence[str] = ["ip", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def _enter(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter the namespace")
