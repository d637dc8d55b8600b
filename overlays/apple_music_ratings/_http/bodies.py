"""Read response bodies within a limit of size and time, compressed or not.

httpx decompresses each part of a body as a whole, so that a kilobyte may become a gigabyte before
its caller can count.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Generator

import httpx

from .call import Call

# The codings that `decoded` knows, and that requests ask for.
ACCEPT_ENCODING = "gzip, deflate"
# zlib's names for the formats: gzip or zlib by its header, and deflate without a header.
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15


def read_body(response: httpx.Response, call: Call, *, limit: int) -> None:
    """Replace the stream of a response by its bounded, decompressed body.

    Args:
        response: A response whose body may not have been read yet.
        call: The call it belongs to, whose time is limited.
        limit: Bytes that the body may have, before and after decompression.

    Raises:
        UnexpectedResponseError: The body is larger than the limit.
        httpx.RequestError: The body ended early, took too long or cannot be decompressed.
    """
    if response.is_stream_consumed:  # the transport has read it
        return _check_size(len(response.content), response, call, limit)
    assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101  # for the type checker
    parts, stream = bytearray(), response.stream
    chunks = iter(stream)
    try:
        for part in chunks:
            parts += part
            _check_progress(len(parts), response, call, limit)
    finally:
        if isinstance(chunks, Generator):
            chunks.close()
        stream.close()
    return _replace_stream(response, bytes(parts), call, limit)


async def read_body_async(response: httpx.Response, call: Call, *, limit: int) -> None:
    """Replace the stream of a response by its bounded, decompressed body. See `read_body`."""
    if response.is_stream_consumed:  # the transport has read it
        return _check_size(len(response.content), response, call, limit)
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # for the type checker
    parts, stream = bytearray(), response.stream
    chunks = aiter(stream)
    try:
        async for part in chunks:
            parts += part
            _check_progress(len(parts), response, call, limit)
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        await stream.aclose()
    return _replace_stream(response, bytes(parts), call, limit)


def decoded(data: bytes, codings: str, *, limit: int) -> bytes | None:
    """Decompress a body.

    Args:
        data: The body as received.
        codings: The header `Content-Encoding`; unknown codings are ignored.
        limit: Bytes that the result of each step may have.

    Returns:
        The body; `None` when it is larger than the limit.

    Raises:
        httpx.DecodingError: It is not in the format that the header names.
    """
    for coding in reversed(codings.lower().replace(" ", "").split(",")):
        if coding not in {"gzip", "x-gzip", "deflate"} or not data:
            continue
        # Some servers send deflate without the header of zlib, whose first byte ends in 8.
        is_raw = coding == "deflate" and data[0] & 0x0F != 8
        decompressor = zlib.decompressobj(_RAW_DEFLATE if is_raw else _GZIP_OR_ZLIB)
        try:
            data = decompressor.decompress(data, limit + 1)
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error
        if len(data) > limit:
            return None
    return data


def _check_progress(size: int, response: httpx.Response, call: Call, limit: int) -> None:
    _check_size(size, response, call, limit)
    left = call.seconds_left()
    if left is not None and left <= 0:
        raise httpx.ReadTimeout("the response did not end within the total timeout")


def _check_size(size: int, response: httpx.Response, call: Call, limit: int) -> None:
    if size > limit:
        raise call.too_large_error(response.status_code)


def _replace_stream(response: httpx.Response, data: bytes, call: Call, limit: int) -> None:
    codings = response.headers.pop("Content-Encoding", "")
    body = decoded(data, codings, limit=limit) if codings else data
    if body is None:
        raise call.too_large_error(response.status_code)
    response.stream = httpx.ByteStream(body)
    # Reading it again through the decoders of httpx takes longer than all of the above.
    response._content = body  # noqa: SLF001  # there is no argument for it
