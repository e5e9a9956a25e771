"""The programs of a run: load generator and limits are built here, the daemon is a release build."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build/benchmarks"


def compile_c(name: str, folder: str) -> Path:
    """All C files of a folder become one program, anew when one of them is newer."""
    sources = sorted((ROOT / "Benchmarks" / folder).glob("*.c"))
    headers = sorted((ROOT / "Benchmarks" / folder).glob("*.h"))
    if not sources:
        raise SystemExit(f"Benchmarks/{folder} has no C file")
    program = BUILT / name
    newest = max(path.stat().st_mtime for path in [*sources, *headers])
    if not program.exists() or program.stat().st_mtime < newest:
        BUILT.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, *sources, "-lssl", "-lcrypto", "-lm"], check=True)
    return program


def release(product: str) -> Path:
    print(f"swift build -c release --product {product} (the first time takes some minutes)", file=sys.stderr)
    subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / ".build/release" / product


def program(given: str | None, product: str) -> Path:
    """The one that was named, else a release build."""
    return named(given) if given else release(product)


def named(given: str) -> Path:
    path = Path(given).resolve()
    if not path.is_file():
        found = shutil.which(given)
        if not found:
            raise SystemExit(f"no program {given}")
        path = Path(found)
    return path


def certificate(folder: Path) -> tuple[Path, Path]:
    """One self-signed ECDSA P-256 certificate for all servers, and its key."""
    key, chain = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", chain,
                    "-days", "30", "-subj", "/CN=bench.test", "-addext", "subjectAltName=DNS:bench.test"], check=True, capture_output=True)
    folder.chmod(0o755)
    key.chmod(0o644)
    return chain, key
