// What an integrator writes who has read the SDK's manual and knows our URL; nothing here is ours.
import { PipecatClient, RTVIEvent } from "@pipecat-ai/client-js";
import { SmallWebRTCTransport, WavMediaManager } from "@pipecat-ai/small-webrtc-transport";

const server = new URLSearchParams(location.search).get("server");
const talk = document.getElementById("talk");

function line(kind, text) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = text;
  talk.append(item);
}

const client = new PipecatClient({
  transport: new SmallWebRTCTransport({ mediaManager: new WavMediaManager() }),
  enableCam: false,
  enableMic: true,
  callbacks: {
    onTransportStateChanged: (state) => (document.getElementById("state").textContent = state),
    onUserTranscript: ({ text, final }) => final && line("user", text),
    onBotTranscript: ({ text }) => line("bot", text),
    onLLMFunctionCallStopped: ({ function_name, cancelled, result }) =>
      line("tool", JSON.stringify({ function_name, cancelled, result })),
    onTrackStarted: (track, participant) => {
      if (!participant?.local && track.kind === "audio")
        document.getElementById("bot").srcObject = new MediaStream([track]);
    },
    onError: (message) => line("error", JSON.stringify(message)),
    onMessageError: (message) => line("error", JSON.stringify(message)),
  },
});

// Every event of the SDK in the order in which it came, for the test to read.
window.events = [];
for (const name of Object.values(RTVIEvent)) client.on(name, (data) => window.events.push({ name, data: told(data) }));

function told(data) {
  return data instanceof MediaStreamTrack || data === undefined ? null : JSON.parse(JSON.stringify(data));
}

document.getElementById("start").onclick = async () => {
  try {
    const ready = await client.startBotAndConnect({ endpoint: `${server}/start`, requestData: { timezone: "Europe/Berlin" } });
    line("ready", ready.version);
  } catch (error) {
    line("error", String(error?.message ?? error));
  }
};
document.getElementById("end").onclick = () => client.disconnect();
