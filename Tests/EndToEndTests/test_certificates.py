"""Certificates are renewed without dropping anybody (T18)."""

import hashlib
import re
import signal
import socket
import ssl
import threading
import time

import pytest

from certificates import Files, Pair, shown
from people import People

# None of it depends on the store.
pytestmark = pytest.mark.sqlite_only


def told(daemon, words: str) -> int:
    return daemon.log.read_text().count(words)


def wait_until_told(daemon, words: str, times: int) -> None:
    deadline = time.monotonic() + 10
    while told(daemon, words) < times:
        assert time.monotonic() < deadline, daemon.log.read_text()
        time.sleep(0.02)


def hang_up(daemon, words: str) -> None:
    """SIGHUP, and its line in the log."""
    before = told(daemon, words)
    daemon.process.send_signal(signal.SIGHUP)
    wait_until_told(daemon, words, before + 1)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path, Pair())


def test_the_fingerprint_in_the_log_is_that_of_the_certificate_on_the_wire(own, files):
    """a self-signed certificate made on the first start (its SHA-256 fingerprint printed)"""
    for flags in ((), files.flags):
        daemon = own(*flags)
        certificate = ssl.PEM_cert_to_DER_cert(shown(daemon))
        told = re.findall(r" notice certificate .*fingerprint=([0-9A-F:]+) ", daemon.log.read_text())
        assert told == [hashlib.sha256(certificate).digest().hex(":").upper()]


def test_sighup_takes_up_a_renewed_pair_and_open_connections_notice_nothing(own, files):
    daemon = own(*files.flags)
    alice = People(daemon).log_in("alice")
    renewed = Pair()
    files.write(renewed)
    hang_up(daemon, "certificate reloaded")
    assert shown(daemon) == renewed.certificate
    alice.ok("PING still-here")


def test_changed_files_are_taken_up_without_a_signal(own, files):
    daemon = own(*files.flags)
    renewed = Pair()
    files.write(renewed)
    wait_until_told(daemon, "certificate reloaded", 1)
    assert shown(daemon) == renewed.certificate


def test_a_link_that_moves_is_a_change(own, tmp_path):
    """As certbot renews: the path stays a link, what it leads to changes."""
    old, new = tmp_path / "1", tmp_path / "2"
    old.mkdir(), new.mkdir()
    renewed = Pair()
    Files(old, Pair()), Files(new, renewed)
    link = tmp_path / "live"
    link.symlink_to(old)
    daemon = own("--tls-cert", str(link / "fullchain.pem"), "--tls-key", str(link / "privkey.pem"))
    link.unlink()
    link.symlink_to(new)
    wait_until_told(daemon, "certificate reloaded", 1)
    assert shown(daemon) == renewed.certificate


def test_a_key_that_becomes_readable_is_a_change(own, files):
    """A renewal that set owner or mode last."""
    daemon = own(*files.flags)
    renewed = Pair()
    files.write(renewed)
    wait_until_told(daemon, "certificate reloaded", 1)
    files.key.chmod(0o640)
    wait_until_told(daemon, "certificate reloaded", 2)
    assert shown(daemon) == renewed.certificate


def break_half_written(files):
    files.certificate.write_text(Pair().certificate[:200])


def break_missing(files):
    files.key.unlink()


def break_unreadable(files):
    files.key.unlink()
    files.key.mkdir()


WRONG = {
    "the key of another": (lambda files: files.key.write_text(Pair().key), "it is not the key of"),
    "half written": (break_half_written, "not a readable PEM certificate"),
    "empty": (lambda files: files.certificate.write_text(""), "not a readable PEM certificate"),
    "no key": (break_missing, "not a readable PEM private key"),
    "an unreadable key": (break_unreadable, "not a readable PEM private key"),
    "expired": (lambda files: files.write(Pair(begins=-20, ends=-1)), "it has expired"),
    "not valid yet": (lambda files: files.write(Pair(begins=1)), "it is not valid yet"),
}


def test_a_wrong_pair_is_told_and_the_old_one_stays(own, files):
    first = Pair()
    files.write(first)
    daemon = own(*files.flags)
    alice = People(daemon).log_in("alice")
    for kind, (spoil, words) in WRONG.items():
        spoil(files)
        hang_up(daemon, "certificate not reloaded")
        last = [line for line in daemon.log.read_text().splitlines() if "certificate not reloaded" in line][-1]
        assert words in last, kind
        assert shown(daemon) == first.certificate, kind
        if files.key.is_dir():
            files.key.rmdir()
        files.write(first)
    alice.ok("PING still-here")
    renewed = Pair()
    files.write(renewed)
    hang_up(daemon, "certificate reloaded")
    assert shown(daemon) == renewed.certificate, "after all that, a good one is taken"


def test_the_end_of_a_certificate_is_told_two_weeks_before(own, tmp_path):
    for ends, words in ((13.5, "the certificate expires soon"), (-0.5, "the certificate has expired")):
        folder = tmp_path / str(ends)
        folder.mkdir()
        files = Files(folder, Pair(begins=-20, ends=ends))
        daemon = own(*files.flags)
        wait_until_told(daemon, words, 1)
        files.write(Pair())
        hang_up(daemon, "certificate reloaded")
    daemon = own(*Files(tmp_path, Pair(ends=14.5)).flags)
    People(daemon).log_in("alice")
    assert not told(daemon, "the certificate expires soon")


def reload_under_load(daemon, files: Files, rounds: int, rate: int = 200, progress=lambda words: None) -> int:
    """Reloads while so many connections a second come; the number of handshakes, none of which may fail."""
    failed, done, stop = [], [0], threading.Event()
    good = {files.certificate.read_text()}
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def connect(pause: float):
        while not stop.is_set():
            try:
                with context.wrap_socket(socket.create_connection(daemon.tls, 5)) as client:
                    assert ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True)) in good
                    assert client.recv(100).startswith(b":chat.test NOTICE"), "the greeting"
                done[0] += 1
            except Exception as error:
                failed.append(repr(error))
            stop.wait(pause)

    threads = [threading.Thread(target=connect, args=(4 / rate,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(rounds):
            pair = Pair()
            good.add(pair.certificate)
            files.write(pair)
            hang_up(daemon, "certificate reloaded")
            assert shown(daemon) == pair.certificate
            begun, before = time.monotonic(), done[0]
            while done[0] < before + 20 and not failed:
                assert time.monotonic() < begun + 10, "connections come"
                time.sleep(0.01)
            progress(f"{number + 1} of {rounds}: {done[0]} handshakes")
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert not failed, failed[:5]
    return done[0]


def test_t18_no_handshake_fails_while_certificates_are_renewed(own, files):
    """T18: 100 certificate reloads at 200 connects/s: 0 failed handshakes (20 here, 100 by scripts/soak t18)"""
    daemon = own(*files.flags)
    assert reload_under_load(daemon, files, 20) > 400 - 20


def test_a_pair_that_does_not_fit_is_one_line_at_the_start(tmp_path):
    from test_settings import refused
    files = Files(tmp_path, Pair())
    flags = ("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", *files.flags)
    files.key.write_text(Pair().key)
    assert refused(*flags) == f"--tls-key {files.key}: it is not the key of {files.certificate}"
    files.key.write_text("")
    assert refused(*flags) == (f"--tls-key {files.key}: not a readable PEM private key (one with a passphrase cannot be used)")
