"""`gatherchatd check`: what can be known before a start."""

import socket
import sqlite3
import subprocess
from urllib.parse import quote

import pytest

from certificates import Files, Pair
from daemon import binary
from mailserver import PASSWORD as MAIL_PASSWORD
from mailserver import USER, Authority, RealServer, free_port
from postgres import shared_server
from s3server import S3


def check(data, *flags: str, **environment: str) -> tuple[int, list[str], str]:
    """Exit code, findings, and what stands on standard error."""
    addresses = [] if "--listen" in flags else ["--listen", "127.0.0.1:0"]
    prefix = ["env", *(f"{name}={value}" for name, value in environment.items())]
    result = subprocess.run(
        [*prefix, str(binary()), "check", "--data", str(data), *addresses, "--web", "127.0.0.1:0", *flags],
        capture_output=True, text=True, timeout=60)
    return result.returncode, result.stdout.splitlines(), result.stderr


def bad(findings: list[str]) -> list[str]:
    return [finding.removeprefix("FAIL  ") for finding in findings if finding.startswith("FAIL")]


def test_what_a_first_start_would_find_is_fine_and_left_alone(tmp_path):
    code, findings, errors = check(tmp_path / "data")
    assert (code, bad(findings), errors) == (0, [], "")
    assert f"ok    data folder {tmp_path}/data: is made at the first start" in findings
    assert f"ok    database {tmp_path}/data/gather.sqlite: is made at the first start" in findings
    assert list(tmp_path.iterdir()) == [], "to look makes nothing"


def everything(folder) -> dict[str, tuple[int, int, int]]:
    """Size, mode and time of each file but the one in which SQLite keeps its locks."""
    return {str(path): (path.stat().st_size, path.stat().st_mode, path.stat().st_mtime_ns)
            for path in folder.rglob("*") if not path.name.endswith("-shm")}


def test_a_folder_without_a_lock_gets_none(tmp_path):
    data = tmp_path / "data"
    data.mkdir(0o700)
    assert check(data)[0] == 0 and list(data.iterdir()) == []


def test_the_database_is_looked_at_and_left_alone(own):
    daemon = own()
    flags = daemon.flags[-2:] if daemon.database else ()
    taken = "%s:%d" % daemon.tls
    code, findings, _ = check(daemon.data, *flags, "--listen", taken)
    assert code == 0 and f"ok    data folder {daemon.data}: a daemon runs on it" in findings
    assert f"note  listen {taken}: in use, by the daemon that runs or by another program" in findings
    assert daemon.stop() == 0
    before = everything(daemon.data)
    code, findings, _ = check(daemon.data, *flags)
    assert everything(daemon.data) == before
    name = "PostgreSQL" if daemon.database else f"{daemon.data}/gather.sqlite"
    assert code == 0 and any(finding.startswith(f"ok    database {name}: schema ") for finding in findings)
    daemon.restart()


@pytest.mark.sqlite_only
def test_what_a_killed_daemon_left_in_the_log_stays_there(own):
    daemon = own()
    daemon.kill()
    before = everything(daemon.data)
    assert before[f"{daemon.data}/gather.sqlite-wal"][0] > 0
    assert check(daemon.data)[0] == 0
    assert everything(daemon.data) == before
    daemon.restart()


@pytest.mark.sqlite_only
def test_a_database_of_a_newer_version_or_of_another_program_is_told(tmp_path):
    data = tmp_path / "data"
    data.mkdir(0o700)
    with sqlite3.connect(data / "gather.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    code, findings, errors = check(data)
    assert code == 78 and errors == "gatherchatd: the server would not start, or not do all that it is set to\n"
    told, = bad(findings)
    assert told.startswith(f"{data}/gather.sqlite: made by a newer version of this server (schema 99; ")
    with sqlite3.connect(data / "gather.sqlite") as database:
        database.execute("PRAGMA user_version = 1")
        database.execute("CREATE TABLE t (x)")
        database.execute("WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT hex(randomblob(100)) FROM n")
    database.close()
    with open(data / "gather.sqlite", "r+b") as file:
        file.seek(5 * 4096)
        file.write(bytes(4096))
    assert bad(check(data)[1]) == [f"{data}/gather.sqlite: damaged; restore a backup"]
    (data / "gather.sqlite").write_bytes(b"a letter to grandmother" * 100)
    assert bad(check(data)[1]) == [f"{data}/gather.sqlite: SQLite error 26 (file is not a database)"]


@pytest.mark.postgres_only
def test_a_postgresql_that_is_away_or_empty(tmp_path):
    database = shared_server().new_database()
    try:
        code, findings, _ = check(tmp_path / "data", "--database", shared_server().url(database))
        assert code == 0 and "ok    database PostgreSQL: is made at the first start" in findings
    finally:
        shared_server().drop_database(database)
    code, findings, _ = check(tmp_path / "data", "--database", f"postgres://gather:geheim@127.0.0.1:{free_port()}/gather")
    told, = bad(findings)
    assert code == 78 and told.startswith("the database does not answer: ") and "geheim" not in told


@pytest.mark.sqlite_only
def test_certificates_addresses_and_folders(tmp_path):
    data = tmp_path / "data"
    files = Files(tmp_path, Pair(ends=90.5))
    code, findings, _ = check(data, *files.flags)
    assert code == 0 and f"ok    certificate {files.certificate}: good for 90 days, and its key fits" in findings
    files.write(Pair(ends=3.5))
    code, findings, _ = check(data, *files.flags)
    assert code == 0 and f"note  certificate {files.certificate}: good for 3 days only" in findings
    files.write(Pair(begins=-9, ends=-1))
    assert bad(check(data, *files.flags)[1]) == [f"certificate {files.certificate}: expired"]
    files.key.write_text(Pair().key)
    assert bad(check(data, *files.flags)[1]) == [f"--tls-key {files.key}: it is not the key of {files.certificate}"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        assert bad(check(data, "--listen", address)[1]) == [f"listen: cannot listen on {address}: Address already in use"]
    free = f"127.0.0.1:{free_port()}"
    assert bad(check(data, "--listen", free, "--metrics", free)[1]) == [
        f"metrics: cannot listen on {free}: Address already in use"], "named twice"
    data.mkdir(0o700)
    (data / "tls-cert.pem").write_text("half a certif"), (data / "tls-key.pem").write_text(files.key.read_text())
    assert bad(check(data)[1]) == [f"--tls-cert {data}/tls-cert.pem: not a readable PEM certificate"]
    (data / "tls-cert.pem").unlink()
    # A file where a folder should be cannot be entered by anybody.
    (tmp_path / "file").write_text("")
    assert bad(check(data, "--blobs", f"folder:{tmp_path}/file")[1]) == [
        f"--blobs: the folder {tmp_path}/file cannot be written to"]


@pytest.mark.sqlite_only
def test_a_real_mail_is_sent_by_the_real_code(tmp_path):
    authority = Authority(tmp_path)
    server = RealServer(authority.server("DNS:localhost"))

    def url(password):
        return (f"smtp://{quote(USER, safe='')}:{quote(password, safe='')}@localhost:{server.port}"
                f"?ca={authority.certificate}")

    try:
        right = url(MAIL_PASSWORD)
        code, findings, _ = check(tmp_path / "data", "--mail", "me@example.org", GATHER_MAIL=right)
        assert code == 0 and "ok    mail: one is on its way to me@example.org" in findings
        mail = server.to("me@example.org")
        assert "mails of QuickGather chat arrive" in mail.text
        code, findings, _ = check(tmp_path / "data", "--mail", right, "--mail-to", "you@example.org")
        assert code == 0 and server.to("you@example.org")
        code, findings, _ = check(tmp_path / "data", "--mail", "me@example.org", GATHER_MAIL=url("wrong"))
        told, = bad(findings)
        assert code == 78 and told.startswith("mail: AUTH: ") and "wrong" not in told and "example.org" not in told
        code, findings, _ = check(tmp_path / "data", GATHER_MAIL=right)
        assert code == 0 and "note  mail: not tried; --mail YOU@EXAMPLE.ORG sends one" in findings
    finally:
        server.finish()
    assert bad(check(tmp_path / "data", "--mail", "imap://localhost")[1]) == [
        "--mail: takes outbox:FOLDER, smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST"]


@pytest.mark.sqlite_only
def test_a_picture_goes_to_the_bucket_and_comes_back(tmp_path):
    s3 = S3(tmp_path)
    try:
        code, findings, _ = check(tmp_path / "data", "--blobs", s3.url("checked"), **s3.keys)
        assert code == 0 and "ok    pictures in S3: one was put there and came back" in findings
        code, findings, _ = check(tmp_path / "data", "--blobs", s3.url("checked"),
                                  **s3.keys | {"AWS_SECRET_ACCESS_KEY": "wrong"})
        assert code == 78 and bad(findings) == ["pictures in S3: refused: SignatureDoesNotMatch"]
    finally:
        s3.finish()


@pytest.mark.sqlite_only
def test_a_password_that_others_can_read_is_noted(tmp_path):
    settings = tmp_path / "gather.yaml"
    settings.write_text("mail: smtps://anna:geheim@mail.example.org\n")
    settings.chmod(0o644)
    code, findings, errors = check(tmp_path / "data", "--config", str(settings), GATHER_LISEN="x")
    assert code == 0
    assert f"note  {settings} holds a password and can be read by others: chmod 600 {settings}" in findings
    assert "note  the environment variable GATHER_LISEN is no setting" in findings
    assert "geheim" not in "".join(findings) + errors
    settings.chmod(0o600)
    assert not any("chmod" in finding for finding in check(tmp_path / "data", "--config", str(settings))[1])
