"""Hosts of the test's own: network namespaces, each with a way to the tests (front) and to the database (back)."""

from __future__ import annotations

import itertools
import os
import subprocess

_numbers = itertools.count(1)


def ip(*arguments: str) -> None:
    run = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert run.returncode == 0, f"ip {' '.join(arguments)}: {run.stderr}"


class Host:
    def __init__(self, network: Network, number: int):
        self.network, self.number = network, number
        self.namespace = f"{network.name}h{number}"
        self.front = f"10.77.{network.subnet}.{number + 10}"
        self.back = f"10.78.{network.subnet}.{number + 10}"
        network.hosts.append(self)
        ip("netns", "add", self.namespace)
        ip("-n", self.namespace, "link", "set", "lo", "up")
        self.connect("f", network.front_bridge, self.front, None)
        self.connect("b", "back", self.back, network.back_namespace)

    def connect(self, side: str, bridge: str, address: str, namespace: str | None) -> None:
        """A cable from this host to a bridge."""
        far = f"{self.network.name}{side}{self.number}"
        at_bridge = ["-n", namespace] if namespace else []
        ip("link", "add", far, "type", "veth", "peer", "name", f"{side}0", "netns", self.namespace)
        if namespace:
            ip("link", "set", far, "netns", namespace)
        ip(*at_bridge, "link", "set", far, "master", bridge, "up")
        ip("-n", self.namespace, "addr", "add", f"{address}/24", "dev", f"{side}0")
        ip("-n", self.namespace, "link", "set", f"{side}0", "up")

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.namespace)

    def cut(self, side: str = "back") -> None:
        """The cable to this network is out at its far end: nothing passes, and nobody is told."""
        self.set_far_end(side, "down")

    def mend(self, side: str = "back") -> None:
        self.set_far_end(side, "up")

    def set_far_end(self, side: str, state: str) -> None:
        at_bridge = ["-n", self.network.back_namespace] if side == "back" else []
        ip(*at_bridge, "link", "set", f"{self.network.name}{side[0]}{self.number}", state)


class Network:
    def __init__(self):
        self.subnet = next(_numbers) % 200 + 1
        self.name = f"g{os.getpid() % 10000}n{self.subnet}"
        self.front_bridge, self.back_namespace = f"{self.name}br", f"{self.name}back"
        self.hosts: list[Host] = []
        ip("link", "add", self.front_bridge, "type", "bridge")
        ip("addr", "add", f"10.77.{self.subnet}.1/24", "dev", self.front_bridge)
        ip("link", "set", self.front_bridge, "up")
        ip("netns", "add", self.back_namespace)
        ip("-n", self.back_namespace, "link", "add", "back", "type", "bridge")
        ip("-n", self.back_namespace, "link", "set", "back", "up")

    def host(self) -> Host:
        return Host(self, len(self.hosts))

    def finish(self) -> None:
        for namespace in [*(host.namespace for host in self.hosts), self.back_namespace]:
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        subprocess.run(["ip", "link", "del", self.front_bridge], capture_output=True)
