"""The PostgreSQL server of a run, with settings as they come."""

import sys
from pathlib import Path

from building import ROOT
from debian import install

sys.path.append(str(ROOT / "Tests/EndToEndTests"))


def start():
    """Started by scripts/postgres in a folder of its own; `finish` ends it."""
    install("postgresql")
    import postgres

    class Databases(postgres.Postgres):
        def copy_database(self, template: str) -> str:
            name = f"{template}_{next(postgres._numbers)}"
            self.query(f"CREATE DATABASE {name} TEMPLATE {template}")
            return name

        def processes(self) -> list[int]:
            """Without a process of its own for asking, as it is asked often."""
            return [self.pid, *map(int, Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())]

    return Databases()
