"""Write docs/licences.md: the licence of every package that the embedded profile and the page bring along.

Reads the metadata of what is installed and the page's lock file; what a package does not state stands in `STATED`.
"""

import importlib.metadata
import json
from collections.abc import Iterator
from typing import Final

from packaging.utils import canonicalize_name

from scripts.lock import ROOT, WITHOUT_DEPENDENCIES, Metadata, closure, declared, environments

STATED: Final = {
    "espeakng-loader": "not stated; holds espeak-ng, GPL-3.0-or-later",
    "av": "BSD-3-Clause; its wheel holds FFmpeg (LGPL-3.0-or-later) with libx264 and libx265 (GPL-2.0-or-later)",
    "pocketsphinx": "BSD-2-Clause",
    "protobuf": "BSD-3-Clause",
    "structlog": "MIT OR Apache-2.0",
}
"""What the metadata leaves out or puts too shortly."""
SPDX: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "MIT License": "MIT",
}
PAGE: Final = """\
# Licences

Flux Voice itself is under the [Apache License 2.0](../LICENSE).

What it installs has its own licences. Two engines are under the GNU GPL 3.0 or later: **espeak-ng**, with which the
`embedded` profile speaks (brought by `espeakng-loader`), and **Piper** (`piper-tts`, the `piper` extra, not installed
by default). The PyAV wheel, which WebRTC needs, holds FFmpeg with libx264 and libx265, which are under the GNU GPL 2.0
or later. They are installed beside Flux Voice and are no part of its source or its wheel; who passes on a whole
installation, such as a container image, passes them on too and has to keep to their terms. This is a summary of what
the packages state, not legal advice.

Written by `make licences` from the packages' metadata.

## Python packages of the `embedded` profile

| package | version | licence |
| --- | --- | --- |
{python}

## Packages in the built page

| package | version | licence |
| --- | --- | --- |
{page}
"""


def python_packages() -> Iterator[tuple[str, str, str]]:
    """Yield name, version and licence of everything that the embedded profile installs."""
    installed = importlib.metadata.distributions()
    packages: dict[str, Metadata] = {
        canonicalize_name(d.metadata["Name"]): {"requires_dist": d.requires or ()} for d in installed
    }
    names = closure(declared(["embedded"]), packages, environments()[0])
    names |= {requirement.split(">")[0] for requirement in WITHOUT_DEPENDENCIES}
    for name in sorted(names):
        about = importlib.metadata.metadata(name).json
        classes = [c.rsplit(" :: ", 1)[1] for c in about.get("classifier", ()) if c.startswith("License ::")]
        said = str(about.get("license_expression") or about.get("license") or " and ".join(classes))
        yield name, str(about["version"]), STATED.get(name) or SPDX.get(said, said) or "not stated"


def page_packages() -> Iterator[tuple[str, str, str]]:
    """Yield the same for what the page is built from, tools left out."""
    lock = json.loads((ROOT / "web/ui/package-lock.json").read_text())
    for place, package in sorted(lock["packages"].items()):
        if place and not package.get("dev") and not package.get("optional"):
            yield place.removeprefix("node_modules/"), package["version"], package.get("license", "not stated")


def main() -> None:
    """Write the page."""
    tables = ["\n".join(f"| {' | '.join(row)} |" for row in rows) for rows in (python_packages(), page_packages())]
    (ROOT / "docs/licences.md").write_text(PAGE.format(python=tables[0], page=tables[1]))


if __name__ == "__main__":
    main()
