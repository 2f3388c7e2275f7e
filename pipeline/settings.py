"""The pipeline's section of the settings; durations in seconds, probabilities in [0, 1]."""

from pydantic import BaseModel, ConfigDict, Field

from pipeline.endpoint_settings import EndpointSettings


class PipelineSettings(BaseModel):
    """How one conversation behaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speech_threshold: float = Field(default=0.5, gt=0, lt=1, description="VAD probability that starts speech")
    silence_threshold: float = Field(default=0.35, gt=0, lt=1, description="VAD probability that ends speech")
    min_speech: float = Field(default=0.096, gt=0, description="speech shorter than this starts no turn")
    pause: float = Field(default=0.064, gt=0, description="silence after which a turn counts as paused")
    endpoint: EndpointSettings = EndpointSettings()
    drafts: int = Field(default=3, ge=0, description="answers made at pauses in vain in 10 s at most; 0: none is made")
    max_turn: float = Field(default=45.0, gt=1, description="a turn is ended after this even without silence")
    pre_roll: float = Field(default=0.3, ge=0, description="audio before the VAD's onset that belongs to a turn")
    barge_in: float = Field(default=0.06, gt=0, description="caller speech that makes a speaking agent fall silent")
    transcript_timeout: float = Field(default=15.0, gt=0, description="longest wait for a final transcript")
    silence_prompt: float = Field(default=12.0, gt=0, description="silence after which the caller is prompted")
    silence_prompts: int = Field(default=2, ge=0, description="prompts before the call is ended")
    join_timeout: float = Field(default=30.0, gt=0, description="how long a call waits for its first client")
    reconnect_grace: float = Field(default=30.0, ge=0, description="how long a call outlives its link")
    llm_timeout: float = Field(default=30.0, gt=0, description="longest wait for the next piece of a model's answer")
    tts_timeout: float = Field(default=10.0, gt=0, description="longest wait for the next piece of a phrase's sound")
    tool_timeout: float = Field(default=10.0, gt=0, description="longest run of one tool")
    filler_after: float = Field(
        default=1.2, ge=0, description="silence while tools run after which the caller is asked for patience; 0: never"
    )
    max_rounds: int = Field(default=5, ge=1, description="model responses in one turn, tool calls included")
    max_rejections: int = Field(default=2, ge=0, description="times a model may repair a rejected tool call")
    waiting_turns: int = Field(default=32, ge=1, description="turns that may wait for their answer; more are refused")
    history_messages: int = Field(default=200, ge=10, description="messages the model is shown at most")
