"""Writes the specs as JSON, the way the generators get them.

    specs.py [folder]

writes specs/<vendor>.json for all languages but Java, and specs-java/<vendor>.json, into the folder or into target/clients.
openapi/dist/<vendor>.json is taken where it is there, else openapi/<vendor>.yaml, which needs ruamel.yaml. What is bent for Java stands
below, each bend with its reason; one that changes nothing any more is a failure, and to be removed.
"""

import copy
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENDORS = ("iproyal", "proxyshard", "smartproxy")


def everything(node: object):
    """Every object in a document."""
    if isinstance(node, dict):
        yield node
        node = node.values()
    if isinstance(node, (list, type({}.values()))):
        for child in node:
            yield from everything(child)


def int64(spec: dict) -> int:
    """An integer without a format becomes Java's Integer, and one id, or one count of kB, beyond 2^31 makes the whole answer unreadable."""
    short = [node for node in everything(spec) if node.get("type") == "integer" and "format" not in node]
    for node in short:
        node["format"] = "int64"
    return len(short)


FOR_JAVA = (int64,)


def read(vendor: str) -> dict:
    bundled = ROOT / "openapi" / "dist" / f"{vendor}.json"
    if bundled.exists():
        print(f"specs: {bundled.relative_to(ROOT)}")
        return json.loads(bundled.read_text(encoding="utf-8"))
    from ruamel.yaml import YAML

    source = ROOT / "openapi" / f"{vendor}.yaml"
    print(f"specs: {source.relative_to(ROOT)}")
    return YAML(typ="safe").load(source)


def write(folder: pathlib.Path, vendor: str, spec: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{vendor}.json").write_text(json.dumps(spec, indent=1, ensure_ascii=False), encoding="utf-8")


def main() -> int:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "target" / "clients"
    changes = dict.fromkeys(FOR_JAVA, 0)
    for vendor in VENDORS:
        spec = read(vendor)
        write(folder / "specs", vendor, spec)
        bent = copy.deepcopy(spec)
        for bend in FOR_JAVA:
            changes[bend] += bend(bent)
        write(folder / "specs-java", vendor, bent)
    for bend, places in changes.items():
        print(f"specs: bent for Java: {bend.__name__}, {places} places")
        if places == 0:
            print(f"specs: {bend.__name__} changes nothing any more: remove it from .ci/clients/specs.py", file=sys.stderr)
    return 0 if all(changes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
