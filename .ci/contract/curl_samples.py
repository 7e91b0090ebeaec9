"""Each cURL sample of IPRoyal's pages, sent with curl, gets an answer with at least the documented sample's fields and types.

Usage: curl_samples.py BASE_URL. Only host and key of a sample are changed.
"""

import glob
import json
import os
import subprocess
import sys

DOCUMENTED = "https://apid.iproyal.com/v1/reseller"


def differences(sample, answer, path="$"):
    """Where an answer lacks a field of the sample, or has it of another type. Null says nothing of a type."""
    if sample is None or answer is None:
        return []
    if isinstance(sample, dict):
        if not isinstance(answer, dict):
            return [path]
        missing = [f"{path}.{name}" for name in sample if name not in answer]
        common = [name for name in sample if name in answer]
        return missing + [it for name in common for it in differences(sample[name], answer[name], f"{path}.{name}")]
    if isinstance(sample, list):
        if not isinstance(answer, list):
            return [path]
        return differences(sample[0], answer[0], f"{path}[]") if sample and answer else []
    kinds = [bool if isinstance(it, bool) else str if isinstance(it, str) else float for it in (sample, answer)]
    return [] if kinds[0] == kinds[1] else [f"{path}: {sample!r} {answer!r}"]


def check(file, base_url):
    _, page, operation = os.path.basename(file).removesuffix(".curl").split("-", 2)
    command = open(file).read().replace(DOCUMENTED, base_url).replace("<your_access_token>", "sandbox-curl")
    # -g: the brackets in `order_ids[]` are meant as they stand.
    command = command.replace("curl ", 'curl -gs -w "\\n%{http_code}" ', 1)
    printed = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout
    body, status = printed.rsplit("\n", 1)
    sample = f"tests/documented/samples/iproyal/{operation}.json"
    older = sample.replace(".json", ".old.json")
    if page == "oldest" and os.path.exists(older):
        sample = older
    if status != "200":
        return f"status {status}: {body[:200]}"
    return "; ".join(differences(json.load(open(sample)), json.loads(body)))


files = sorted(glob.glob("tests/documented/curl/*.curl"))
wrong = {file: found for file in files if (found := check(file, sys.argv[1]))}
for file, found in wrong.items():
    print(f"{file}: {found}")
print(f"curl: {len(files) - len(wrong)} of {len(files)} samples answered as documented")
sys.exit(0 if len(files) == 17 and not wrong else 1)
