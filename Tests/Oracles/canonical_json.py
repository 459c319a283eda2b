"""Reads lines of hexadecimal bytes, each a JSON document, and says whether rfc8785 writes every one in the same bytes.

The members of its objects are shuffled before. Usage: canonical_json.py FILE
"""
import json
import random
import sys

import rfc8785


def shuffled(value):
    if isinstance(value, dict):
        members = [(name, shuffled(member)) for name, member in value.items()]
        random.shuffle(members)
        return dict(members)
    return [shuffled(element) for element in value] if isinstance(value, list) else value


random.seed(1)
count = 0
with open(sys.argv[1], encoding="ascii") as file:
    for line in file:
        ours = bytes.fromhex(line)
        theirs = rfc8785.dumps(shuffled(json.loads(ours)))
        if ours != theirs:
            sys.exit(f"document {count}: {ours!r} and {theirs!r}")
        count += 1
print(count)
