"""HTTP for drivers: a request goes out once, and a whole reply comes back, or an error that says what became
of it.

The wall where httpx and its exceptions end. Redirects are not followed, cookies are not kept, proxies of the
environment are not used, replies have a largest size, and a time limit covers the whole exchange. What a
status means in any protocol says `refuse_by_status`; a driver judges the rest.
"""

from interlock.http_client.client import HttpClient
from interlock.http_client.faults import FAULTS
from interlock.http_client.judging import excerpt, refuse_by_status, retry_after
from interlock.http_client.messages import Authentication, HttpReply, HttpRequest, ReplyTooLarge
from interlock.http_client.trust import new_trust, trust_for

__all__ = [
    "FAULTS",
    "Authentication",
    "HttpClient",
    "HttpReply",
    "HttpRequest",
    "ReplyTooLarge",
    "excerpt",
    "new_trust",
    "refuse_by_status",
    "retry_after",
    "trust_for",
]
