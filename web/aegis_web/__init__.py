"""The HTTP door of aegisd: quart-trio on a server of our own over hypercorn's HTTP/1.1. Imported late, and only when
`[web] bind` names an address."""
