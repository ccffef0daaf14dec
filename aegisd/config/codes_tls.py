"""The codes of HTTPS and of proxies in front of aegisd."""

from aegisd.config.code import Code

TLS = (
    Code(
        code="AEG380",
        title="certificate and key",
        text="The pair in [web.tls] cannot be used: a file cannot be read or is not PEM, the key has a passphrase, "
        "can be read by others, or does not belong to the first certificate of `cert`.",
        bad='[web.tls]\ncert = "/no/such/cert.pem"\nkey = "/no/such/key.pem"\n',
        good="openssl x509 -in cert.pem -noout -pubkey     (must print the same as)\n"
        "openssl pkey -in key.pem -pubout\n",
        kind="text",
    ),
    Code(
        code="AEG381",
        title="no proxy",
        text='`trusted_proxies` in [web] takes IP addresses, networks such as "10.0.0.0/8", and "unix" for whoever '
        "connects to a Unix socket of `bind`. Who is trusted decides what `X-Forwarded-For` and "
        "`X-Forwarded-Proto` say.",
        bad='[web]\ntrusted_proxies = ["proxy.example.org"]\n',
        good='[web]\ntrusted_proxies = ["127.0.0.1", "unix"]\n',
    ),
)
