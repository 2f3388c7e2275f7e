"""What a client may say about its caller when it starts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from web.errors import RequestError
from web.own_settings import zone


class StartOptions(BaseModel):
    """What a client may say about its caller when it starts."""

    model_config = ConfigDict(extra="ignore")

    timezone: str | None = Field(default=None, max_length=64)
    user_id: UUID | None = None
    browser_id: UUID | None = Field(
        default=None, description="Who calls where no user_id is named, unless the server is for one person's box only."
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name if name is None else zone(name).key


def read_options(body: Any) -> StartOptions:
    """Return the options in the body of `/start` or in an offer's `requestData`; SDKs nest them differently."""
    given: dict[str, Any] = {}
    if isinstance(body, Mapping):
        for part in (body.get("requestData"), body.get("body"), body):
            if isinstance(part, Mapping):
                given |= {key: part[key] for key in StartOptions.model_fields if part.get(key) is not None}
    try:
        return StartOptions.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["msg"] for one in error.errors(include_url=False, include_input=False)}
        raise RequestError(400, "bad_options", "the start options are wrong", wrong) from error
