"""Make scripts/requirements.txt: the versions of scripts/constraints.txt with the hashes of all
their files, for every platform. It asks the package index; no package is fetched.

    .venv/bin/python -m pip install uv && .venv/bin/python scripts/lock.py

Run it after a change of pyproject.toml or of scripts/constraints.txt.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
# What each set of scripts/setup adds to the ones before it.
SETS = {
    "run": ["models", "web"],
    "test": ["mcp", "fast", "test", "docs"],
    "bench": ["bench"],
}
# What builds and installs waygraph itself.
BUILD = "editables\nhatchling\npip\n"
# The plain torch, and what it wants on Linux besides.
PLAIN = re.compile(r"torch$|nvidia-|cuda-|triton$")
# Its builds for processors alone, which want nothing besides, as their own index has them: for
# Linux on x86_64 and Python 3.11.
CPU = ["6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"]
HEADER = """\
# What scripts/setup installs, with the SHA-256 of every file that counts as it. Made by
# scripts/lock.py from scripts/constraints.txt. Another build of torch is another file, whose hash
# is to be added there.
"""


def compiled(source: Path, extras: list[str]) -> dict[str, str]:
    """The requirements that a source comes to, each with its hashes, by name."""
    chosen = [word for extra in extras for word in ("--extra", extra)]
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", str(source), *chosen, "--universal",
         "--python-version", "3.11.5", "--generate-hashes", "--no-annotate", "--no-header",
         "--quiet", "--constraint", str(HERE / "constraints.txt")],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found = re.split(r"^(?=\S)", done.stdout, flags=re.M)
    return {re.split("[=\\s]", one, maxsplit=1)[0]: one for one in found if "==" in one}


def main() -> None:
    """Write the file."""
    pieces, known, extras = [HEADER], set[str](), list[str]()
    with TemporaryDirectory() as folder:
        build = Path(folder) / "build.in"
        build.write_text(BUILD, encoding="utf-8")
        parts = {"build": compiled(build, [])}
    for name, more in SETS.items():
        extras += more
        parts[name] = compiled(HERE.parent / "pyproject.toml", extras)
    plain: list[str] = []
    for name, part in parts.items():
        pieces.append(f"\n# set {name}\n")
        for package, text in part.items():
            if package not in known:
                known.add(package)
                # the largest set may want it where a smaller one does not
                whole = parts["bench"].get(package, text)
                (plain if PLAIN.match(package) else pieces).append(whole.rstrip() + "\n")
    version = next(text for text in plain if text.startswith("torch")).split()[0]
    hashes = "".join(f" \\\n    --hash=sha256:{one}" for one in CPU)
    pieces.append(f"\n# set cpu\n{version}+cpu{hashes}\n\n# set plain\n{''.join(plain)}")
    (HERE / "requirements.txt").write_text("".join(pieces), encoding="utf-8")


if __name__ == "__main__":
    main()
