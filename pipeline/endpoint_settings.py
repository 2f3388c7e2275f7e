"""What an operator can set about the end of a turn; durations in seconds."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EndpointSettings(BaseModel):
    """How long a silence ends a turn: between `shortest` and `longest`, as the evidence has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shortest: float = Field(default=0.128, gt=0, description="silence that ends a turn which is surely finished")
    usual: float = Field(default=0.7, gt=0, description="silence that ends a turn of which nothing is known")
    longest: float = Field(default=1.12, gt=0, description="silence that ends a turn which seems unfinished")
    cut_off_cost: float = Field(
        default=1.5, gt=0, le=60, description="seconds of waiting that are as bad as one caller cut off"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "EndpointSettings":
        if not self.shortest <= self.usual <= self.longest:
            raise ValueError("must be in order: shortest, usual, longest")
        return self
