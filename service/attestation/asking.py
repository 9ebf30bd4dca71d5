"""One question to an authority or a witness: what they may take in time and bytes is bounded.

An operator names them, so they may be anywhere, but no redirect leads elsewhere.
"""

import asyncio
import ssl
from typing import NamedTuple

import httpx2

from service import __version__


class NotAnswered(Exception):
    """Nobody answered, or not in time, or too much; the message says which."""


class Answer(NamedTuple):
    """What came back: the status, the media type without parameters, the body."""

    status: int
    media_type: str
    body: bytes


class Asking(NamedTuple):
    """How questions are asked: with which certificates, for how long at most."""

    context: ssl.SSLContext
    seconds: float


async def asked(asking: Asking, url: str, media_type: str, body: bytes, limit: int) -> Answer:
    """Send a POST and read the answer, up to `limit` bytes; raises NotAnswered."""
    try:
        async with asyncio.timeout(asking.seconds):
            return await _answer(asking.context, url, media_type, body, limit)
    except TimeoutError:
        raise NotAnswered(f"no answer within {asking.seconds:g} seconds") from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        raise NotAnswered("cannot connect") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
        raise NotAnswered("the connection broke") from None


async def _answer(
    context: ssl.SSLContext, url: str, media_type: str, body: bytes, limit: int
) -> Answer:
    headers = {
        "Host": httpx2.URL(url).netloc.decode("ascii"),
        "Content-Type": media_type,
        "User-Agent": f"intellog/{__version__}",
    }
    request = httpx2.Request("POST", url, headers=headers, content=body)
    # The transport alone: a client would follow settings of the environment, and log whole addresses.
    async with httpx2.AsyncHTTPTransport(verify=context, trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        try:
            given = await _up_to(response, limit)
        finally:
            await response.aclose()
    if 300 <= response.status_code < 400:
        raise NotAnswered(f"a redirect ({response.status_code}), which is not followed")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, kind, given)


async def _up_to(response: httpx2.Response, limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > limit:
            raise NotAnswered(f"the answer is larger than {limit:,} bytes")
    return bytes(content)
