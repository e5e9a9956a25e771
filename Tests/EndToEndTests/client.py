"""A client that speaks the protocol, and holds the server to it: each line that comes is checked when it comes."""

from __future__ import annotations

import re
import select
import socket
import ssl
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field

import specification

PATIENCE = 10.0  # seconds to wait for a line that must come
ANYTHING = object()


def read(line):                          # the whole reading side of a client
    tags, line = line[1:].split(' ', 1) if line[:1] == '@' else ('', line)
    head, colon, text = line.partition(' :')
    words = head.split(' ')
    source = words.pop(0)[1:] if head[:1] == ':' else None
    kind = 'event' if source else words[0] if words[0] in ('OK', 'FAIL', 'ERROR') else 'row'
    return kind, dict(t.partition('=')[::2] for t in tags.split(';') if t), source, words, text if colon else None


class ProtocolViolation(AssertionError):
    """The server sent what the protocol does not allow."""


class ConnectionEnded(Exception):
    """The server closed the connection."""


class NothingCame(AssertionError):
    """The deadline passed."""


@dataclass(frozen=True)
class Line:
    raw: str
    kind: str  # event, row, OK, FAIL, ERROR
    tags: dict
    source: str | None
    words: tuple[str, ...]
    text: str | None

    @property
    def verb(self) -> str:
        """An event's or a row's first word; of a final line its second."""
        return self.words[1] if self.kind in ("OK", "FAIL") else self.words[0]

    @property
    def target(self) -> str:
        """The room of an event."""
        return self.words[1]

    @property
    def fields(self) -> tuple[str, ...]:
        """What follows: of an event its room, of a row its kind, of an OK its verb, of a FAIL its code."""
        if self.kind == "event":
            return self.words[2:]
        if self.kind == "row":
            return self.words[1:]
        if self.kind == "OK":
            return self.words[3 if self.words[1] in specification.TWO_WORD_VERBS else 2:]
        return self.words[3:]

    def __str__(self) -> str:
        return self.raw


@dataclass(frozen=True)
class Answer:
    rows: list[Line] = field(default_factory=list)
    final: Line | None = None

    @property
    def ok(self) -> bool:
        return self.final.kind == "OK"

    @property
    def code(self) -> str | None:
        return self.final.words[2] if self.final.kind == "FAIL" else None

    @property
    def fields(self) -> tuple[str, ...]:
        return self.final.fields

    @property
    def text(self) -> str | None:
        return self.final.text

    @property
    def label(self) -> str | None:
        return self.final.tags.get("label")


_FORBIDDEN = re.compile("[" + "".join(map(re.escape, specification.FORBIDDEN_CHARACTERS)) + "]")
_WORDS = re.compile(r"[A-Z][A-Z0-9]*( [^ ]+)*\Z")
_ROOM = re.compile(r"#[A-Za-z0-9_-]{1,49}\Z")
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z|[^ ]*\.[^ ]*\Z")


def check_form(line: Line, tags_on: bool) -> None:
    """Raises when the line breaks the grammar of sections 1, 2, 5 or 6."""

    def wrong(reason: str):
        raise ProtocolViolation(f"{reason}: {line.raw!r}")

    if line.kind == "event":
        if not tags_on and line.tags:
            wrong("an event carries tags though SET TAGS is off")
        if set(line.tags) - {"time", "msgid"}:
            wrong("an event carries a tag that is none of its own")
        if not _SOURCE.match(line.source):
            wrong("the source is neither a username nor a server name with a dot")
        if line.verb not in specification.EVENT_VERBS:
            wrong("no event of section 6")
        if len(line.words) < 2 or not (line.target == "*" or _ROOM.match(line.target)):
            wrong("an event names its room, or *")
    elif set(line.tags) - {"label"}:
        wrong("rows and finals carry no tag but the label")
    if not _WORDS.match(" ".join(line.words)):
        wrong("fields are separated by one space and never empty")
    if line.kind == "row" and line.words[0] not in specification.ROW_KINDS:
        wrong("no row of section 5")
    if line.kind == "ERROR" and (len(line.words) != 1 or not line.text):
        wrong("a goodbye is ERROR :words")
    if line.kind == "OK" and line.words[1] not in specification.OWN_CODES:
        wrong("OK of no known verb")
    if line.kind == "FAIL":
        if len(line.words) < 3 or not line.text:
            wrong("a FAIL has a verb or *, a code and words")
        if line.words[2] not in specification.codes_allowed(line.words[1]):
            wrong("a code that section 4 does not give to this verb")
        if line.words[2] in specification.CODES_WITH_A_NUMBER and not (line.fields and line.fields[0].isdigit()):
            wrong("this code is always given with a number")


class SocketTransport:
    """A TCP connection, in TLS or in the clear."""

    def __init__(self, address: tuple[str, int], tls: bool, timeout: float = PATIENCE):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)

    def send(self, data: bytes, timeout: float = 30.0) -> None:
        self.socket.settimeout(timeout)
        self.socket.sendall(data)

    def receive(self, timeout: float) -> bytes:
        """Some bytes; none at the end; TimeoutError when nothing came."""
        self.socket.settimeout(max(timeout, 0.001))
        try:
            return self.socket.recv(262144)
        except TimeoutError:
            raise
        except (ssl.SSLError, ConnectionError):
            return b""

    def finish_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Cuts the connection at once, with what is still on its way."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        try:
            self.socket.close()
        except OSError:
            pass


class ProgramTransport:
    """A person's own tool, such as `openssl s_client -quiet`, at whose standard input one types."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)

    def send(self, data: bytes, timeout: float = 30.0) -> None:
        self.process.stdin.write(data)

    def receive(self, timeout: float) -> bytes:
        ready, _, _ = select.select([self.process.stdout], [], [], max(timeout, 0.001))
        if not ready:
            raise TimeoutError
        return self.process.stdout.read(65536)

    def finish_sending(self) -> None:
        self.process.stdin.close()

    def reset(self) -> None:
        self.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Client:
    """One connection. `command` asks and reads the answer; events that come meanwhile wait for `expect`."""

    def __init__(self, transport, secrets: set[str] | None = None, greeting: bool = True):
        self.transport = transport
        self.secrets = secrets if secrets is not None else set()
        self.events: deque[Line] = deque()
        self.transcript: deque[str] = deque(maxlen=60)
        self.person = None
        self.ended = False
        self.goodbye: Line | None = None
        self._buffer = b""
        self._rows_open: Line | None = None  # the first row of an answer whose final line has not come
        self._asked: deque[tuple[str, str | None]] | None = deque()
        self._own_secrets: set[str] = set()
        self._tags_on = False
        self._chat_on = False
        self.greeting: list[Line] = []
        if greeting:
            self.greeting.append(self.line())
            first = self.greeting[0]
            if first.kind != "event" or first.verb != "NOTICE" or first.target != "*":
                raise ProtocolViolation(f"the greeting is a NOTICE: {first.raw!r}")

    # -- writing

    def send(self, line: str) -> None:
        """Sends one line, which is remembered so that its answer can be checked for verb and label."""
        self._note_secrets(line)
        if self._asked is not None:
            self._asked.append(self._expected_of(line))
        self.send_raw(line.encode() + b"\n", tracked=True)

    def send_all(self, lines: list[str]) -> None:
        """Sends many lines in one write."""
        for line in lines:
            self._note_secrets(line)
            if self._asked is not None:
                self._asked.append(self._expected_of(line))
        self.send_raw(b"".join(line.encode() + b"\n" for line in lines), tracked=True)

    def send_raw(self, data: bytes, tracked: bool = False) -> None:
        """Sends bytes as they are. Which verb answers is not checked from then on."""
        if not tracked:
            self._asked = None
        self.transcript.append("> " + data[:300].decode("utf-8", "replace").rstrip("\n"))
        try:
            self.transport.send(data)
        except (ConnectionError, ssl.SSLError, BrokenPipeError) as failure:
            raise ConnectionEnded(str(failure)) from failure

    def _expected_of(self, line: str) -> tuple[str, str | None]:
        label = None
        if self._chat_on and (not line.startswith("/") or line.startswith("//")):
            return "MSG", None
        if line.startswith("@"):
            tags, _, line = line[1:].partition(" ")
            for tag in tags.split(";"):
                key, _, value = tag.partition("=")
                if key == "label" and re.match(r"[!-~]{1,64}\Z", value):
                    label = value
            line = line.lstrip(" ")
        if line.startswith(":"):
            line = line.partition(" ")[2].lstrip(" ")
        verb = line.split(" ")[0].split("\t")[0].removeprefix("/").upper()
        return verb, label

    def _note_secrets(self, line: str) -> None:
        words = line.split(" ")
        if words and words[0].startswith("@"):
            words = words[1:]
        if not words:
            return
        verb = words[0].removeprefix("/").upper()
        second = words[1].upper() if len(words) > 1 else ""
        found: list[str] = []
        if verb == "SIGNUP" and len(words) > 3:
            found = [words[2], " ".join(words[3:])]
        elif verb == "LOGIN" and len(words) > 2:
            found = [" ".join(words[2:])]
        elif verb in ("VERIFY", "RESUME") and len(words) > 1:
            found = [words[1]]
        elif verb == "TOKEN" and second == "REFRESH" and len(words) > 2:
            found = [words[2]]
        elif verb == "PASSWD" and len(words) > 2:
            found = [words[1], " ".join(words[2:])]
        elif verb == "RESET" and len(words) > 3:
            found = [words[2], " ".join(words[3:])]
        elif verb == "SET" and second == "EMAIL" and len(words) > 2:
            found = [words[2]]
        elif verb == "ACCOUNT" and len(words) > 2:
            found = [" ".join(words[2:])]
        found = [secret.removeprefix(":") for secret in found if len(secret) >= 10]
        self._own_secrets.update(found)
        self.secrets.update(found)

    # -- reading

    def line(self, timeout: float = PATIENCE) -> Line:
        """The next line of any kind."""
        deadline = time.monotonic() + timeout
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > specification.LINE_BYTES:
                raise ProtocolViolation(f"a line of more than 8,192 bytes: {self._buffer[:200]!r}")
            left = deadline - time.monotonic()
            if left <= 0:
                raise NothingCame(f"nothing came within {timeout} s; the last lines were\n{self.story()}")
            try:
                data = self.transport.receive(left)
            except TimeoutError:
                continue
            if not data:
                self.ended = True
                if self._buffer:
                    raise ProtocolViolation(f"the connection ended inside a line: {self._buffer[:200]!r}")
                raise ConnectionEnded(f"the server closed the connection; the last lines were\n{self.story()}")
            self._buffer += data
        data, self._buffer = self._buffer[:end + 1], self._buffer[end + 1:]
        return self._checked(data)

    def _checked(self, data: bytes) -> Line:
        if self.goodbye is not None:
            raise ProtocolViolation(f"a line after the ERROR: {data!r}")
        if not data.endswith(b"\r\n"):
            raise ProtocolViolation(f"the server writes CRLF: {data!r}")
        if len(data) > specification.LINE_BYTES:
            raise ProtocolViolation(f"a line has at most 8,192 bytes: {len(data)}")
        raw = data[:-2].decode("utf-8")
        self.transcript.append("< " + raw[:300])
        if _FORBIDDEN.search(raw):
            raise ProtocolViolation(f"a character that could move a terminal: {raw!r}")
        kind, tags, source, words, text = read(raw)
        line = Line(raw, kind, tags, source, tuple(words), text)
        check_form(line, self._tags_on)
        if kind == "ERROR":
            self.goodbye = line
        elif kind == "event":
            if self._rows_open is not None:
                raise ProtocolViolation(
                    f"an event inside the answer that began with {self._rows_open.raw!r}: {raw!r}")
        elif kind == "row":
            if self._rows_open is None:
                self._rows_open = line
            elif self._rows_open.tags != tags:
                raise ProtocolViolation(f"the label is on every line of its answer: {raw!r}")
        else:
            self._check_final(line)
        return line

    def _check_final(self, line: Line) -> None:
        if self._rows_open is not None and self._rows_open.tags != line.tags:
            raise ProtocolViolation(f"the label is on every line of its answer: {line.raw!r}")
        self._rows_open = None
        if line.kind == "FAIL":
            for secret in self._own_secrets:
                if secret in line.raw:
                    raise ProtocolViolation(f"a FAIL carries a token, a password or a mail address: {line.raw!r}")
        elif line.words[1:3] in (("TOKEN", "ISSUE"), ("TOKEN", "REFRESH")):
            self.secrets.update((line.fields[1], line.fields[3]))
        elif line.words[1:3] == ("SET", "TAGS"):
            self._tags_on = self._tags_on or line.words[3] == "on"
        if self._asked is None:
            return
        if not self._asked:
            raise ProtocolViolation(f"an answer that nobody asked for: {line.raw!r}")
        verb, label = self._asked.popleft()
        if line.words[1] not in (verb, "*"):
            raise ProtocolViolation(f"answers come in the order of the lines; wanted {verb}: {line.raw!r}")
        if line.tags.get("label") != label:
            raise ProtocolViolation(f"wanted the label {label!r}: {line.raw!r}")

    def answer(self, timeout: float = PATIENCE) -> Answer:
        """Rows up to the final line; events wait in the queue."""
        rows: list[Line] = []
        while True:
            line = self.line(timeout)
            if line.kind == "event":
                self.events.append(line)
            elif line.kind == "row":
                rows.append(line)
            elif line.kind == "ERROR":
                raise ConnectionEnded(f"{line.raw}; the last lines were\n{self.story()}")
            else:
                return Answer(rows, line)

    def command(self, line: str, timeout: float = PATIENCE) -> Answer:
        self.send(line)
        return self.answer(timeout)

    def ok(self, line: str, timeout: float = PATIENCE) -> Answer:
        """Asks, and wants an OK."""
        answer = self.command(line, timeout)
        assert answer.ok, f"{line!r} was answered {answer.final.raw!r}"
        if answer.final.words[1] == "SET" and answer.final.words[2] == "CHAT":
            self._chat_on = answer.final.words[3] == "on"
        return answer

    def fail(self, line: str, *codes: str, timeout: float = PATIENCE) -> Answer:
        """Asks, and wants a FAIL with one of the codes."""
        answer = self.command(line, timeout)
        assert answer.code in codes, f"{line!r} was answered {answer.final.raw!r}, not FAIL {' or '.join(codes)}"
        return answer

    def event(self, timeout: float = PATIENCE) -> Line:
        """The next event."""
        if self.events:
            return self.events.popleft()
        line = self.line(timeout)
        if line.kind == "ERROR":
            raise ConnectionEnded(line.raw)
        assert line.kind == "event", f"an event was due, and there came {line.raw!r}"
        return line

    def expect(self, verb: str, room: str | None = None, source: str | None = None, *,
               fields: tuple[str, ...] | None = None, text=ANYTHING, timeout: float = PATIENCE) -> Line:
        """The next event must be this one. Notices, which are for people, are passed over unless asked for."""
        while True:
            event = self.event(timeout)
            if event.verb == "NOTICE" and verb != "NOTICE":
                continue
            break
        wanted = f"{source or 'somebody'} {verb} {room or ''} {fields or ''} {'' if text is ANYTHING else text}"
        problem = f"wanted the event {wanted.strip()}, and there came {event.raw!r}\n{self.story()}"
        assert event.verb == verb, problem
        assert room is None or event.target == room, problem
        assert source is None or event.source == source, problem
        assert fields is None or event.fields == tuple(fields), problem
        assert text is ANYTHING or event.text == text, problem
        return event

    def expect_goodbye(self, timeout: float = PATIENCE) -> Line:
        """Reads on to the ERROR, which must be the last line, and to the end of the connection."""
        while self.goodbye is None:
            self.line(timeout)
        self.expect_end(timeout)
        return self.goodbye

    def expect_end(self, timeout: float = PATIENCE) -> None:
        """Reads on to the end of the connection; an ERROR may come before it, nothing after that."""
        try:
            while True:
                self.line(timeout)
        except ConnectionEnded:
            return

    def no_events(self) -> None:
        """Asserts that no event (but notices) has come up to the answer of a PING."""
        time.sleep(0.05)
        self.ok("PING quiet")
        left = [event.raw for event in self.events if event.verb != "NOTICE"]
        assert not left, f"events that should not have come: {left}"

    def forget_events(self) -> None:
        """Takes what has come up to the answer of a PING off the queue."""
        self.ok("PING forget")
        self.events.clear()

    # -- the end

    def story(self) -> str:
        return "\n".join(self.transcript)

    def finish_sending(self) -> None:
        self.transport.finish_sending()

    def reset(self) -> None:
        self.transport.reset()

    def hang_up(self) -> None:
        """Ends the connection under a thread that reads from it."""
        try:
            # Not that of the TLS socket, which would go on reading in the clear.
            socket.socket.shutdown(self.transport.socket, socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        self.transport.close()
