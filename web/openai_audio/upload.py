"""The form of a transcription request, read piece by piece within its limits."""

import asyncio
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from web.errors import RequestError
from web.keys import BODY_TIMEOUT

MAX_FIELD: Final = 16 * 1024
MAX_FIELDS: Final = 32


async def read_form(request: web.Request, max_upload: int) -> tuple[Mapping[str, str], BytesIO]:
    """Return the fields of a form and its `file`; raises RequestError."""
    if request.content_type != "multipart/form-data":
        raise RequestError(400, "bad_request", "the body must be multipart/form-data", {"param": "file"})
    fields: dict[str, str] = {}
    file: BytesIO | None = None
    try:
        reader = await request.multipart()
        while True:
            async with asyncio.timeout(request.app[BODY_TIMEOUT]):
                part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or len(fields) >= MAX_FIELDS:
                raise RequestError(400, "bad_request", "the form is not one of this API")
            if part.name == "file":
                file = BytesIO(await _content(request, part, max_upload))
            else:
                fields[part.name or ""] = (await _content(request, part, MAX_FIELD)).decode("utf-8")
    except TimeoutError as error:
        raise RequestError(408, "too_slow", "the form did not arrive in time") from error
    except (ValueError, HttpProcessingError, web.RequestPayloadError, ConnectionError) as error:
        raise RequestError(400, "bad_request", "the form is broken") from error
    if file is None:
        raise RequestError(400, "missing_required_parameter", "the form has no file", {"param": "file"})
    return fields, file


async def _content(request: web.Request, part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while not part.at_eof():
        async with asyncio.timeout(request.app[BODY_TIMEOUT]):
            data += await part.read_chunk()
        if len(data) > most:
            text = f"{part.name or 'a field'} is larger than {most} bytes"
            raise RequestError(413, "too_large", text, {"param": part.name})
    try:
        return bytes(part.decode(data))
    except RuntimeError as error:  # aiohttp's word for a transfer encoding that it does not know
        raise ValueError(str(error)) from error
