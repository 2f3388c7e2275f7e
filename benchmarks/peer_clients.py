"""The caller of `tests/e2e/peer.py` at the doors of other systems: one client, three ways to offer a call."""

from uuid import uuid4

from aiortc import RTCSessionDescription

from tests.e2e.peer import Peer


def flux_client(url: str) -> Peer:
    """Return a client of ours."""
    return Peer(url, start={"user_id": str(uuid4())}, video=False)


def pipecat_client(url: str) -> Peer:
    """Return a client of Pipecat's development runner, which speaks the signalling that ours does."""
    return Peer(url, start={"transport": "webrtc", "enableDefaultIceServers": False}, video=False)


class FastRtcPeer(Peer):
    """A client of FastRTC: one offer, no session, no RTVI, no keep-alive."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, use_start=False, video=False, ping=False)

    async def connect(self, *, ready: bool = True, within: float = 20.0) -> Peer:
        """Offer and connect; nobody says that the other side is ready."""
        return await super().connect(ready=False, within=within)

    async def negotiate(self, *, restart: bool = False) -> None:
        """Send an offer and apply the answer."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = {"sdp": self.pc.localDescription.sdp, "type": "offer", "webrtc_id": uuid4().hex}
        answer = await self.request("POST", f"{self.base_url}/webrtc/offer", offer)
        if "sdp" not in answer:
            raise RuntimeError(f"FastRTC refused the call: {answer}")
        await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
