"""Certificates of the end-to-end tests: their pins, and ones with a chosen end."""

import base64
import hashlib
import os
import re
import subprocess
import tempfile
import time

from harness import check

AUTHORITY = """
[ca]
default_ca = self
[self]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
"""


def der_element(data, at):
    """(first byte of the content, end) of the DER element at a place."""
    length = data[at + 1]
    if length < 0x80:
        return at + 2, at + 2 + length
    size = length & 0x7f
    start = at + 2 + size
    return start, start + int.from_bytes(data[at + 2:start], "big")


def pin_of(certificate):
    """SHA-256 of the SubjectPublicKeyInfo of a PEM certificate (SPEC K-61)."""
    with open(certificate, encoding="ascii") as file:
        body = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", file.read(), re.S).group(1)
    der = base64.b64decode(body)
    at = der_element(der, der_element(der, 0)[0])[0]
    # version, serial, algorithm, issuer, validity, subject; then the key
    for _ in range(6):
        at = der_element(der, at)[1]
    return hashlib.sha256(der[at:der_element(der, at)[1]]).hexdigest()


def run_openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30, check=False)
    check(done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stderr}")


def end_at(certificate, key, seconds_from_now):
    """Replaces a certificate by one for the same key that ends then; a negative number is in the past."""
    with tempfile.TemporaryDirectory() as folder:
        open(os.path.join(folder, "index"), "w", encoding="ascii").close()
        with open(os.path.join(folder, "serial"), "w", encoding="ascii") as file:
            file.write("10\n")
        config = os.path.join(folder, "ca.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(AUTHORITY.format(folder=folder))
        request = os.path.join(folder, "request")
        made = os.path.join(folder, "made.crt")
        run_openssl("req", "-new", "-key", key, "-subj", "/CN=node", "-out", request)
        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds_from_now))
        run_openssl("ca", "-config", config, "-selfsign", "-keyfile", key, "-in", request, "-out", made, "-batch",
                    "-notext", "-startdate", "20250101000000Z", "-enddate", end)
        pin = pin_of(certificate)
        with open(made, encoding="ascii") as new, open(certificate, "w", encoding="ascii") as old:
            old.write(new.read())
    check(pin_of(certificate) == pin, "another key's certificate")
