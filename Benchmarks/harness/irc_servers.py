"""IRC servers as peers: flood and clone limits off, no look-ups, nothing on disk. Each configuration is written from nothing."""

import os
from pathlib import Path

from processes import NOBODY
from server import Needs, Server, Setup

NAME = "irc.bench.test"


class InspIRCd(Server):
    """Version 3 (Debian's) or 4; TLS by OpenSSL where that module is there, else by GnuTLS."""

    logins_at_once = 512

    def __init__(self, name: str, setup: Setup, binary: Path, provider: str | None = None):
        super().__init__(name, setup)
        self.binary = binary
        candidates = [binary.parent.parent / "modules", binary.parent.parent / "lib/inspircd/modules"]
        self.modules = next((folder for folder in candidates if folder.is_dir()), candidates[0])
        self.provider = provider or ("openssl" if self._has("ssl_openssl") else "gnutls")

    def _has(self, module: str) -> bool:
        return any((self.modules / f"{prefix}{module}.so").exists() for prefix in ("", "m_"))

    def prepare(self, needs: Needs) -> list:
        echo = next((name for name in ("ircv3_echomessage", "ircv3_echo_message") if self._has(name)), None)
        modules = [f"ssl_{self.provider}", "cap", *([echo] if echo else []), *(["chanhistory"] if needs.history else [])]
        lines = [
            f'<path configdir="{self.folder}" datadir="{self.folder}" logdir="{self.folder}" moduledir="{self.modules}" runtimedir="{self.folder}">',
            f'<server name="{NAME}" description="bench" network="bench" id="001">', '<admin name="bench" nick="bench" email="bench@bench.test">',
            *(f'<module name="{module}">' for module in modules),
            f'<sslprofile name="bench" provider="{self.provider}" certfile="{self.setup.certificate}" keyfile="{self.setup.key}" '
            'tlsv1="no" tlsv11="no" tlsv12="yes" tlsv13="yes">',
            f'<bind address="127.0.0.1" port="{self.port}" type="clients" sslprofile="bench" ssl="{self.provider}">',
            '<connect name="bench" allow="*" timeout="60" pingfreq="600" hardsendq="1G" softsendq="1G" recvq="64M" threshold="1000000000" '
            'commandrate="1000000000" fakelag="no" localmax="100000" globalmax="100000" maxconnwarn="no" resolvehostnames="no" useident="no" '
            'useconnectban="no" useconnflood="no" usednsbl="no" maxchans="100" limit="100000">',
            '<performance nouserdns="yes" softlimit="100000" somaxconn="4096" quietbursts="yes" clonesonconnect="no">',
            f'<options defaultmodes="{f"H {2 * needs.history}:86400" if needs.history else "nt"}" maxconn="100000">',
            f'<chanhistory maxlines="{2 * needs.history or 1}" enableumode="no" prefixmsg="no">',
            '<security hidesplits="no" maxtargets="20">', f'<pid file="{self.folder}/pid">', '<log method="file" target="log" type="*" level="default">',
            '<log method="file" target="log" type="*" level="normal">',
        ]
        configuration = self.folder / "inspircd.conf"
        configuration.write_text("\n".join(lines) + "\n")
        return [self.binary, "--config", configuration, "--nofork", "--nopid", *(["--runasroot"] if os.getuid() == 0 else [])]


class NgIRCd(Server):
    user = NOBODY

    def __init__(self, name: str, setup: Setup, binary: Path):
        super().__init__(name, setup)
        self.binary = binary

    def prepare(self, needs: Needs) -> list:
        configuration = self.folder / "ngircd.conf"
        configuration.write_text(f"""\
[Global]
Name = {NAME}
Info = bench
AdminInfo1 = bench
Listen = 127.0.0.1
Ports = 0
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = {self.setup.certificate}
KeyFile = {self.setup.key}
Ports = {self.port}
""")
        return [self.binary, "--config", configuration, "--nodaemon"]


class Hybrid(Server):
    logins_at_once = 64
    user = NOBODY

    def __init__(self, name: str, setup: Setup, binary: Path):
        super().__init__(name, setup)
        self.binary = binary

    def prepare(self, needs: Needs) -> list:
        configuration = self.folder / "ircd.conf"
        configuration.write_text(f"""\
serverinfo {{
    name = "{NAME}"; sid = "0HY"; description = "bench"; network_name = "bench"; hub = no; default_max_clients = 60000; max_nick_length = 30;
    tls_certificate_file = "{self.setup.certificate}"; rsa_private_key_file = "{self.setup.key}";
}};
admin {{ name = "bench"; description = "bench"; email = "bench"; }};
class {{
    name = "users"; ping_time = 1 hour; number_per_ip_local = 100000; number_per_ip_global = 100000; max_number = 100000;
    cidr_bitlen_ipv4 = 8; number_per_cidr = 100000; sendq = 512 megabytes; recvq = 8000 bytes; max_channels = 100;
}};
listen {{ flags = tls; host = "127.0.0.1"; port = {self.port}; }};
auth {{ user = "*@*"; class = "users"; flags = exceed_limit, can_flood, no_tilde; }};
channel {{ max_channels = 100; default_join_flood_count = 0; disable_fake_channels = no; }};
general {{
    disable_auth = yes; default_floodcount = 0; anti_nick_flood = no; throttle_count = 100000; throttle_time = 1 second;
    pace_wait = 0; pace_wait_simple = 0; max_targets = 20; ping_cookie = no;
}};
log {{ use_logging = no; }};
modules {{ path = "/usr/lib/ircd-hybrid/modules/autoload"; }};
""")
        files = [word for kind in ("kline", "dline", "xline", "resv", "pid", "log") for word in (f"-{kind}file", self.folder / kind)]
        return [self.binary, "-foreground", "-configfile", configuration, *files]
