"""Checks the files of an evidence bundle with Python's hashlib and openssl alone: python check_chain.py FOLDER"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

folder = Path(sys.argv[1])
BODY = ("act", "actor", "at", "detail", "prev_hash", "seq", "subject")


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check(right: bool, what: str) -> None:
    if not right:
        sys.exit(f"WRONG: {what}")


def node(left: bytes, right: bytes) -> bytes:
    # RFC 6962, section 2.1: 0x01 before a node and 0x00 before a leaf, so that neither passes for the other.
    return hashlib.sha256(b"\x01" + left + right).digest()


def signed(statement: dict[str, str], key: str) -> bool:
    """Ed25519 over the canonical JSON without `signature`."""
    body = canonical({name: value for name, value in statement.items() if name != "signature"})
    with tempfile.TemporaryDirectory() as scratch:
        message, mark = Path(scratch, "message"), Path(scratch, "signature")
        message.write_bytes(body)
        mark.write_bytes(bytes.fromhex(statement["signature"]))
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(folder / f"seal-{key}.pub")]
        command += ["-rawin", "-in", str(message), "-sigfile", str(mark)]
        return subprocess.run(command, capture_output=True).returncode == 0


# 1. Every attached file has the hash in the list; the list itself is covered by the PDF's signature.
for line in (folder / "SHA256SUMS").read_text().splitlines():
    digest, name = line.split("  ", 1)
    check(sha256((folder / name).read_bytes()) == digest, f"file {name}")

# 2. Every event's hash is that of its content.
proof = json.loads((folder / "chain.json").read_text())
for event in proof["events"] + proof["trees"]:
    check(sha256(canonical({name: event[name] for name in BODY})) == event["hash"], f"event {event['seq']}")

# 3. A path leads from each event to the root of a tree.
roots = {str(tree["seq"]): json.loads(tree["detail"])["root"] for tree in proof["trees"]}
if proof["interim"]:
    roots["interim"] = proof["interim"]["root"]
paths = {path["seq"]: path for path in proof["paths"]}
for event in proof["events"]:
    at = hashlib.sha256(b"\x00" + bytes.fromhex(event["hash"])).digest()
    for step in paths[event["seq"]]["path"]:
        other = bytes.fromhex(step["hash"])
        at = node(other, at) if step["side"] == "left" else node(at, other)
    check(at.hex() == roots[paths[event["seq"]]["tree"]], f"path of event {event['seq']}")

# 4. Each tree's event is the one that a daily seal signs; younger events have a signature of their own.
sealed = {seal["last_hash"]: seal for seal in proof["seals"]}
for tree in proof["trees"]:
    check(tree["hash"] in sealed, f"seal over event {tree['seq']}")
for statement in [*proof["seals"], *([proof["interim"]] if proof["interim"] else [])]:
    check(signed(statement, statement["key_id"]), f"signature by key {statement['key_id']}")

# 5. The pictures of each entry have the hashes in the chain.
named = [
    json.loads(event["detail"])["files"] for event in proof["events"] if event["act"] == "entry.evidence"
]
known = {digest for files in named for digest in files.values()}
for path in folder.glob("entry*"):
    check(sha256(path.read_bytes()) in known, f"picture {path.name}")

print(f"OK: {len(proof['events'])} events, {len(proof['seals'])} daily seals, {len(known)} files of entries")
