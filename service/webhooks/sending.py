"""One attempt to deliver a message: signed, to an address that is allowed, within a time."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import datetime

import httpx2
from standardwebhooks import Webhook as Signer

from service import __version__
from service.settings import Network
from service.webhooks.addresses import NotAllowed, check_target, resolved
from service.webhooks.webhook import Attempt

_SCHEME_PORTS = {"http": 80, "https": 443}


def signed(secret: str, id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a message (Standard Webhooks); `now` is in UTC."""
    return {
        "Content-Type": "application/json",
        "User-Agent": f"intellog/{__version__}",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(id, now, body.decode()),
    }


async def attempt(
    url: str,
    headers: dict[str, str],
    body: bytes,
    networks: Sequence[Network],
    context: ssl.SSLContext,
    seconds: float,
) -> Attempt:
    """Send a message once; nothing of the answer is read but its status, no redirect is followed."""
    try:
        async with asyncio.timeout(seconds):
            return Attempt(*await _sent(url, headers, body, networks, context))
    except TimeoutError:
        return Attempt(None, f"no answer within {seconds:g} seconds")
    except NotAllowed as refused:
        return Attempt(None, f"the address {refused}")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        return Attempt(None, _words(error))


async def _sent(
    url: str,
    headers: dict[str, str],
    body: bytes,
    networks: Sequence[Network],
    context: ssl.SSLContext,
) -> tuple[int, str | None]:
    check_target(url, networks)
    target = httpx2.URL(url)
    host = target.raw_host.decode("ascii")
    port = target.port or _SCHEME_PORTS[target.scheme]
    addresses = await resolved(host.strip("[]"), port, target.scheme, networks)
    given = {**headers, "Host": target.netloc.decode("ascii")}
    # The transport alone: a client would follow settings of the environment, and log whole addresses.
    async with httpx2.AsyncHTTPTransport(verify=context, trust_env=False) as transport:
        status = await _first_answer(transport, target, addresses, given, body, host)
    if 300 <= status < 400:
        return status, "a redirect, which is not followed"
    return status, None if 200 <= status < 300 else "refused"


async def _first_answer(
    transport: httpx2.AsyncHTTPTransport,
    target: httpx2.URL,
    addresses: Sequence[str],
    headers: dict[str, str],
    body: bytes,
    host: str,
) -> int:
    """The status with which the first address answers that can be connected to."""
    for n, address in enumerate(addresses, 1):
        there, named = target.copy_with(host=address), {"sni_hostname": host}
        request = httpx2.Request("POST", there, headers=headers, content=body, extensions=named)
        try:
            answer = await transport.handle_async_request(request)
        except httpx2.ConnectError:
            if n == len(addresses):
                raise
        else:
            await answer.aclose()
            return answer.status_code
    raise NotAllowed("has no address")


def _words(error: Exception) -> str:
    """What went wrong, without what the target or the address says."""
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return "cannot connect"
        case httpx2.TransportError():
            return "the connection broke"
        case OSError():
            return "the name cannot be resolved"
        case _:
            return "the address cannot be used"
