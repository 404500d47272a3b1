"""Posting to an address that somebody else chose."""

import asyncio
import ssl
from collections.abc import Mapping

import httpx

from l1.notify.addresses import Resolve, addresses_of, fault_in_url, port_of, resolve
from l1.notify.faults import NotDeliveredError

LIMIT = 10.0
"""Seconds for one attempt, from the name's resolution to the status of the response."""
MOST_RETRY_AFTER = 3_600.0
"""Seconds: a receiver that asks for more is asked again after that all the same."""


class Poster:
    """Posts without following redirects, and to the very addresses that were checked.

    The environment's proxies are not used: a proxy would resolve the name once more. No connection is used twice: it is
    known by its address alone, and two hosts that share one have certificates of their own.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        limit: float = LIMIT,
        resolve: Resolve = resolve,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._allow_private = allow_private
        self._limit = limit
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            verify=verify,
            trust_env=False,
            headers={"User-Agent": "resolutionflow-l1"},
            follow_redirects=False,
            timeout=limit,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises NotDeliveredError unless the response is a success (2xx); its body is not read.

        The error behind it, which may quote the address, is left out.
        """
        if fault := fault_in_url(url, allow_private=self._allow_private):
            raise NotDeliveredError(f"the target's address {fault}")
        try:
            async with asyncio.timeout(self._limit):
                response = await self._post(httpx.URL(url), body, headers)
        except (TimeoutError, httpx.TimeoutException):
            raise NotDeliveredError(f"no answer within {self._limit:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotDeliveredError(f"the connection failed ({type(error).__name__})") from None
        if not response.is_success:
            raise NotDeliveredError(
                f"the receiver answered {response.status_code}",
                is_gone=response.status_code == httpx.codes.GONE,
                retry_after=_retry_after(response),
            )

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Try the host's addresses in turn, under the host's name."""
        name = url.raw_host.decode()
        port = port_of(url.scheme, url.port)
        addresses = await addresses_of(name, port, allow_private=self._allow_private, resolve=self._resolve)
        for address in addresses[:-1]:
            try:
                return await self._post_to(url, address, body, headers)
            except httpx.ConnectError:
                continue
        return await self._post_to(url, addresses[-1], body, headers)

    async def _post_to(self, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={**headers, "Host": url.netloc.decode()},
            extensions={"sni_hostname": url.raw_host.decode()},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response


def _retry_after(response: httpx.Response) -> float | None:
    """Read the seconds of a Retry-After header; a date, which is rarer, is passed over."""
    given = response.headers.get("Retry-After", "")
    return min(float(given), MOST_RETRY_AFTER) if given.isascii() and given.isdigit() else None
