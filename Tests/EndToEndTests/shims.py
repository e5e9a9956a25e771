"""Libraries of the tests' own, which a daemon is started with by LD_PRELOAD."""

import subprocess
from pathlib import Path


def build(folder: Path, name: str, *libraries: str) -> Path:
    """Compiles `name`.c, which stands beside this file, into the folder."""
    library = folder / f"{name}.so"
    source = Path(__file__).parent / f"{name}.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), *libraries], check=True)
    return library
