"""A store that speaks as S3 does (moto) and checks signatures, and a proxy in front of it that misbehaves."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from mailserver import free_port

REGION = "eu-central-1"


class S3:
    """With one bucket, and one person who may do anything in it."""

    BUCKET = "pictures"

    def __init__(self, folder: Path):
        self.port = free_port()
        # So many requests are believed unsigned; from then on every signature is checked.
        environment = dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT="4")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=(folder / "moto.log").open("wb"), env=environment)
        self._wait()
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        nobody = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nobody"}
        iam = self._client("iam", **nobody)
        iam.create_user(UserName="gather")
        key = iam.create_access_key(UserName="gather")["AccessKey"]
        iam.put_user_policy(UserName="gather", PolicyName="all", PolicyDocument=json.dumps(policy))
        self._client("s3", **nobody).create_bucket(
            Bucket=self.BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.client = self._client("s3", aws_access_key_id=self.key, aws_secret_access_key=self.secret)
        try:
            self._client("s3", **nobody).list_objects_v2(Bucket=self.BUCKET)
            raise AssertionError("moto does not check who asks")
        except ClientError:
            pass

    def _client(self, service: str, **keys):
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION, **keys)

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, "no S3 server"
                time.sleep(0.05)

    @property
    def keys(self) -> dict[str, str]:
        """As the environment of a daemon has them."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}

    def url(self, prefix: str = "", bucket: str = BUCKET, port: int | None = None, query: str = "", server: str = "http://127.0.0.1") -> str:
        return f"s3://{bucket}/{prefix}?region={REGION}&endpoint={server}:{port or self.port}{query}"

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Everything under a prefix, by name."""
        found = self.client.list_objects_v2(Bucket=self.BUCKET, Prefix=prefix).get("Contents", [])
        return {entry["Key"]: self.client.get_object(Bucket=self.BUCKET, Key=entry["Key"])["Body"].read() for entry in found}

    def finish(self) -> None:
        self.process.kill()
        self.process.wait()


class FaultyProxy:
    """Passes requests on, remembers them, and does as it is told: another answer is sent (`HTTP/…`), or none comes (`hang`), or the
    connection ends (`close`)."""

    def __init__(self, target: int):
        self.target = target
        self.context: ssl.SSLContext | None = None  # with one it speaks TLS
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.fault: str | None = None
        self.times: int | None = None  # how often it happens; None is always
        self.requests: list[str] = []
        self.signatures: list[str] = []
        self.heads: list[str] = []
        self.connections = 0
        self.received = b""  # of heads, all bytes, whole or not
        self.ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                if self.context:
                    with self.context.wrap_socket(client, server_side=True) as secured:
                        self._exchange(secured)
                else:
                    self._exchange(client)
            except OSError:
                pass

    def _exchange(self, client: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            data = client.recv(65536)
            if not data:
                return
            self.received += data
            request += data
        head, _, body = request.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        length = next((int(line.split(":")[1]) for line in text.split("\r\n") if line.lower().startswith("content-length:")), 0)
        while len(body) < length:
            body += client.recv(65536)
        self.requests.append(text.split(" ")[0])
        self.heads.append(text)
        self.signatures.append(text.partition("Signature=")[2][:64])
        fault = self.fault if self.times is None or self.times > 0 else None
        if fault and self.times is not None:
            self.times -= 1
        if fault == "hang":
            self.ended.wait()
            return
        if fault and fault.startswith("HTTP/"):
            client.sendall(fault.encode())
            return
        if fault == "close":
            return
        answer = self._forward(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n\r\n" + body)
        client.sendall(answer)

    def _forward(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(request)
            answer = b""
            while data := server.recv(65536):
                answer += data
            return answer

    def finish(self) -> None:
        self.ended.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


