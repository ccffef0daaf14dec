"""`[web.tls]` and `trusted_proxies`: what cannot be used is refused in words, before anything is served with it."""

import ssl
from pathlib import Path

import pytest
import trustme

from aegisd.config.secret_files import list_secret_files
from aegisd.config.show import render_config
from aegisd.config.tls_pair import TlsError, TlsKeys, make_context
from tests.config.check import check, load_text


@pytest.fixture
def keys(tmp_path: Path) -> TlsKeys:
    """A pair that can be used."""
    return write_pair(tmp_path, "localhost")


def write_pair(folder: Path, name: str) -> TlsKeys:
    """A certificate for `name` of an authority of its own, with its key."""
    issued = trustme.CA().issue_cert(name)
    keys = TlsKeys(cert=str(folder / f"{name}.pem"), key=str(folder / f"{name}.key"))
    Path(keys.cert).write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    Path(keys.key).write_bytes(issued.private_key_pem.bytes())
    Path(keys.key).chmod(0o600)
    return keys


def text_of(keys: TlsKeys) -> str:
    """The configuration with that pair."""
    return f'[web.tls]\ncert = "{keys.cert}"\nkey = "{keys.key}"\n'


def test_a_good_pair(keys: TlsKeys) -> None:
    """It is taken, shown by its paths, and its key is among the files that no sandbox shows."""
    config = load_text(text_of(keys))
    assert config.web.tls == keys
    assert list_secret_files(config) == (keys.key,)
    assert keys.cert in render_config(config, origin=False)
    assert make_context(keys).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cert", None, "cannot be read"),
        ("key", None, "cannot be read"),
        ("cert", "nothing", "is no certificate in PEM"),
        ("key", "nothing", "is no private key in PEM"),
        ("key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "has a passphrase"),
        ("key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cannot be used"),
        ("cert", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be used"),
    ],
)
def test_what_cannot_be_used(keys: TlsKeys, name: str, content: str | None, words: str) -> None:
    """`validate` says which of both files is wrong, and why."""
    path = Path(getattr(keys, name))
    path.unlink()
    if content is not None:
        path.write_text(content)
        path.chmod(0o600)
    config, (problem,) = check(text_of(keys))
    assert config is None
    assert problem.code == "AEG380"
    assert words in problem.message


def test_a_key_of_another_certificate(keys: TlsKeys, tmp_path: Path) -> None:
    """A certificate that was renewed without its key is noticed before clients do."""
    other = write_pair(tmp_path, "other.example")
    with pytest.raises(TlsError, match="does not belong to the certificate") as caught:
        make_context(TlsKeys(cert=keys.cert, key=other.key))
    assert caught.value.name == "key"


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_read(keys: TlsKeys, mode: int) -> None:
    """It is for its owner only, as all files with secrets are."""
    Path(keys.key).chmod(mode)
    with pytest.raises(TlsError, match="can be read by others") as caught:
        make_context(keys)
    assert caught.value.help == f"chmod 600 {keys.key}"


def test_half_a_pair() -> None:
    """Both keys must be there."""
    assert {each.code for each in check('[web.tls]\ncert = "/x"\n')[1]} == {"AEG013"}
    assert {each.code for each in check("[web]\ntls = true\n")[1]} == {"AEG014"}


@pytest.mark.parametrize("proxy", ["proxy.example", "10.0.0.1/8", "300.1.1.1", "", "unix:/x"])
def test_what_is_no_proxy(proxy: str) -> None:
    """Names are not looked up, and a network has no bits beyond its mask."""
    assert {each.code for each in check(f'[web]\ntrusted_proxies = ["{proxy}"]\n')[1]} == {"AEG381"}


def test_proxies() -> None:
    """Addresses, networks and `unix`."""
    assert load_text('[web]\ntrusted_proxies = ["::1", "10.0.0.0/8", "unix"]\n').web.trusted_proxies[2] == "unix"
