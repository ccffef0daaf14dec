"""What one client of the HTTP door may take: sizes, times and connections."""

from attrs import frozen


@frozen(kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds.

    A request's headers must be there `header_s` after its first byte. A body may arrive as slowly as `body_floor` bytes
    a second once `body_s` have passed; what the app asks of it may be stricter. A client that does not take 64 KiB in
    `send_s` is dropped, and so is one whose input the app does not take for `stuck_s`. Once the door closes, requests
    in hand have `grace_s` to be answered.
    """

    connections: int = 512
    header_bytes: int = 16 * 1024
    target_bytes: int = 8 * 1024
    body_bytes: int = 25 * 2**20
    idle_s: float = 30.0
    header_s: float = 5.0
    body_s: float = 10.0
    body_floor: int = 1024
    send_s: float = 15.0
    stuck_s: float = 60.0
    linger_s: float = 2.0
    grace_s: float = 0.2
