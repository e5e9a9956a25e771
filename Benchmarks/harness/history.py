"""Histories are made as people make them: by publishing."""

from server import Server
from wire import AT_ONCE, GatherWire, IRCWire


def text(number: int, size: int = 100) -> str:
    """A text in the form of the load generator's, which recognises it by that."""
    return f"~{number:010d} {0:019d} ".ljust(size, "x")


def publish(server: Server, lines: int, room: str = "#bench0", first: int = 0):
    """The connection that published; an IRC room lives as long as that is open."""
    if server.dialect == "gather":
        wire = GatherWire(server.port)
        wire.ask(f"RESUME {server.world.tokens[0]}")
        for number in range(first, first + lines, 8192):
            wire.ask(*(f"MSG {room} :{text(n)}" for n in range(number, min(number + 8192, first + lines))))
        return wire
    wire = IRCWire(server.port)
    wire.log_in("historian")
    wire.join(room)
    for number in range(first, first + lines, AT_ONCE):
        wire.send(*(f"PRIVMSG {room} :{text(n)}" for n in range(number, min(number + AT_ONCE, first + lines))))
        wire.synchronise(f"done{number}")
    return wire
