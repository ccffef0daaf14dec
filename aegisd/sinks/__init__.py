"""Sinks: where events go beside those who read the timeline. The webhooks, so far.

What is to be sent is made by `outbox.py` when events are written, and sent by `webhook.py`, one task per webhook. How
it looks is a file per format, registered in `formats.py`; all deciding is pure (`fate.py`, `health.py`).
"""
