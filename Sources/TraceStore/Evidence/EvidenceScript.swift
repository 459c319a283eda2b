/// `verify.py` of a folder of evidence: checks it with Python's standard library, and signatures with one named package.
enum EvidenceScript {
    static let text = #"""
        #!/usr/bin/env python3
        """Checks a folder of evidence from an Assay log: python3 verify.py [--key KEY] [--witness KEY]... [FOLDER]

        --key KEY      the log's verifier key, as its owner gave it to you; otherwise the one in log.vkey is taken
        --witness KEY  a witness's verifier key: the checkpoint must carry its cosignature

        Needs Python 3.8 and its standard library; for signatures also the package `cryptography`.
        Ends with 0 if everything holds, 1 if anything does not, 2 if all that was checked holds and signatures were not checked.
        """
        from argparse import ArgumentParser, RawDescriptionHelpFormatter
        from base64 import b64decode, b64encode
        from hashlib import sha256 as new_sha256
        from hmac import compare_digest, new as new_hmac
        from json import loads
        from os import listdir, path as paths
        from sys import exit


        class Fault(Exception):
            pass


        def need(truth, text):
            if not truth:
                raise Fault(text)


        def sha256(data):
            return new_sha256(data).digest()


        def unbase64(text, what):
            try:
                return b64decode(text, validate=True)
            except ValueError:
                raise Fault(what + ": not Base 64")


        def number(text, what):
            need(text.isascii() and text.isdigit() and str(int(text)) == text, what + ": not a number")
            return int(text)


        def read_proof(data):
            """C2SP tlog-proof: the entry's index, the hashes from its sibling up, the signed note."""
            head, gap, note = data.partition(b"\n\n")
            lines = head.decode().split("\n")
            need(gap and lines.pop(0) == "c2sp.org/tlog-proof@v1", "entry.tlog-proof: not a proof")
            if lines and lines[0].startswith("extra "):
                lines.pop(0)
            need(lines and lines[0].startswith("index "), "entry.tlog-proof: no index")
            index = number(lines.pop(0)[6:], "entry.tlog-proof: index")
            path = [unbase64(line, "entry.tlog-proof: hash") for line in lines]
            need(all(len(node) == 32 for node in path), "entry.tlog-proof: a hash that has not 32 bytes")
            return index, path, note


        def read_note(note):
            """C2SP signed-note over a tlog-checkpoint: text, origin, size, root, signatures (name, key id, bytes)."""
            text, gap, rest = note.decode().rpartition("\n\n")
            need(gap and rest.endswith("\n"), "checkpoint: not a signed note")
            text += "\n"
            lines = text.split("\n")
            need(len(lines) >= 4, "checkpoint: fewer than three lines")
            root = unbase64(lines[2], "checkpoint: root")
            need(len(root) == 32, "checkpoint: the root has not 32 bytes")
            signatures = []
            for line in rest[:-1].split("\n"):
                fields = line.split(" ")
                need(len(fields) == 3 and fields[0] == "\u2014", "checkpoint: not a line of a signature")
                material = unbase64(fields[2], "checkpoint: signature")
                signatures.append((fields[1], material[:4], material[4:]))
            return text, lines[0], number(lines[1], "checkpoint: size"), root, signatures


        def root_of(leaf, index, size, path):
            """RFC 9162, section 2.1.3.2; None if the path has the wrong length."""
            place, last, node = index, size - 1, leaf
            for sibling in path:
                if last == 0:
                    return None
                if place & 1 or place == last:
                    node = sha256(b"\x01" + sibling + node)
                    while place and not place & 1:
                        place, last = place >> 1, last >> 1
                else:
                    node = sha256(b"\x01" + node + sibling)
                place, last = place >> 1, last >> 1
            return node if last == 0 else None


        def check_signature(key, text, signatures):
            """Whether the note has the signature of `name+key id+key`. None without the package `cryptography`."""
            parts = key.strip().split("+", 2)
            need(len(parts) == 3, "not a verifier key: " + key)
            name, material = parts[0], unbase64(parts[2], "verifier key")
            need(len(material) == 33 and material[0] in (1, 4), "not an Ed25519 verifier key: " + key)
            key_id = sha256(name.encode() + b"\n" + material)[:4]
            need(key_id.hex() == parts[1], "the key id is not that of the key: " + key)
            found = [data for signer, signer_id, data in signatures if signer == name and signer_id == key_id]
            need(found, "the checkpoint is not signed by " + name)
            try:
                from cryptography.exceptions import InvalidSignature
                from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
            except ImportError:
                return None
            for data in found:
                message = text.encode()
                if material[0] == 4:  # C2SP tlog-cosignature: 8 bytes of time before the signature
                    message = b"cosignature/v1\ntime %d\n" % int.from_bytes(data[:8], "big") + message
                    data = data[8:]
                try:
                    Ed25519PublicKey.from_public_bytes(material[1:]).verify(data, message)
                except InvalidSignature:
                    raise Fault("the signature of " + name + " does not hold")
            return True


        def once(pairs):
            names = [name for name, _ in pairs]
            need(len(set(names)) == len(names), "entry.json: a name stands twice")
            return dict(pairs)


        def strings(value):
            if isinstance(value, str):
                yield value
            elif isinstance(value, (list, dict)):
                for part in value.values() if isinstance(value, dict) else value:
                    yield from strings(part)


        def check(folder, key, witnesses):
            def read(*path):
                with open(paths.join(folder, *path), "rb") as file:
                    return file.read()

            def listed(name):
                path = paths.join(folder, name)
                return sorted(listdir(path)) if paths.isdir(path) else []

            unsigned = False
            leaf = read("entry.json")
            entry = loads(leaf.decode(), object_pairs_hook=once)
            index, path, note = read_proof(read("entry.tlog-proof"))
            need(read("checkpoint") == note, "checkpoint: is not the one that the proof is for")
            text, origin, size, root, signatures = read_note(note)
            need(index < size, "entry.tlog-proof: the entry lies beyond the checkpoint")
            need(root_of(sha256(b"\x00" + leaf), index, size, path) == root, "entry.json: is not entry %d of the checkpoint's tree" % index)
            print("ok          entry.json is entry %d of the %d of log %s, root %s" % (index, size, origin, b64encode(root).decode()))
            if key is None:
                key = read("log.vkey").decode().strip()
                print("note        the log's key was taken from this folder; compare it with the one its owner gives you: " + key)
            need(key.split("+")[0] == origin, "checkpoint: of the log '%s', not of '%s'" % (origin, key.split("+")[0]))
            for signer in [key] + witnesses:
                if check_signature(signer, text, signatures):
                    print("ok          the checkpoint is signed by " + signer.split("+")[0])
                else:
                    unsigned = True
                    print("NOT CHECKED the signature of %s: install the package `cryptography` (pip install cryptography)" % signer.split("+")[0])
            named = set(strings(entry))
            for name, commitment in sorted(entry["commitments"].items()):
                if name + ".json" not in listed("sections"):
                    print("            section %s is committed to and not disclosed" % name)
                    continue
                section, salt = read("sections", name + ".json"), read("sections", name + ".salt").decode()
                need(len(salt) == 65 and salt.endswith("\n"), "sections/%s.salt: not 64 digits and a line end" % name)
                try:
                    salt = bytes.fromhex(salt[:-1])
                except ValueError:
                    raise Fault("sections/%s.salt: not hexadecimal" % name)
                made = new_hmac(salt, section, new_sha256).hexdigest()
                need(compare_digest(made, commitment), "sections/%s.json: is not what the entry commits to" % name)
                named.update(strings(loads(section.decode(), object_pairs_hook=once)))
                print("ok          section %s is what the entry commits to" % name)
            for file in listed("sections"):
                name, dot, kind = file.rpartition(".")
                need(name in entry["commitments"] and kind in ("json", "salt"), "sections/%s: the entry commits to no such section" % file)
            for digest in listed("documents"):
                need(sha256(read("documents", digest)).hex() == digest, "documents/%s: its SHA-256 is not its name" % digest)
                need(digest in named, "documents/%s: neither the entry nor a disclosed section names it" % digest)
                print("ok          document %s is one that the entry or a disclosed section names" % digest)
            return unsigned


        def main():
            parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
            parser.add_argument("folder", nargs="?", default=paths.dirname(paths.abspath(__file__)))
            parser.add_argument("--key")
            parser.add_argument("--witness", action="append", default=[])
            given = parser.parse_args()
            try:
                unsigned = check(given.folder, given.key, given.witness)
            except (Fault, OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as fault:
                print("FAILED      %s" % (fault if isinstance(fault, (Fault, OSError)) else "malformed: %r" % fault))
                return 1
            if not given.witness:
                print("note        without a witness's key or a checkpoint that you kept, a log written anew as a whole would pass, too")
            print("What was checked holds; signatures were NOT checked." if unsigned else "Everything holds.")
            return 2 if unsigned else 0


        if __name__ == "__main__":
            exit(main())

        """#
}
