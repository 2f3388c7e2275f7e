// The SDK's own React components and hooks as its manual shows them; nothing here is ours.
import { PipecatClient } from "@pipecat-ai/client-js";
import {
  PipecatClientAudio,
  PipecatClientMicToggle,
  PipecatClientProvider,
  usePipecatClient,
  usePipecatClientTransportState,
  usePipecatConversation,
} from "@pipecat-ai/client-react";
import { SmallWebRTCTransport, WavMediaManager } from "@pipecat-ai/small-webrtc-transport";
import { createRoot } from "react-dom/client";

const server = new URLSearchParams(location.search).get("server");
const client = new PipecatClient({
  transport: new SmallWebRTCTransport({ mediaManager: new WavMediaManager() }),
  enableCam: false,
  enableMic: true,
});

function Message({ message }) {
  if (message.role === "function_call") {
    const { function_name, status, cancelled, result } = message.functionCall;
    return <li className="tool">{JSON.stringify({ function_name, status, cancelled, result })}</li>;
  }
  const spoken = message.parts.map(({ text }) => (typeof text === "object" ? (text?.spoken ?? "") : text));
  const waiting = message.parts.map(({ text }) => (typeof text === "object" ? (text?.unspoken ?? "") : ""));
  return (
    <li className={message.role} data-final={Boolean(message.final)} data-unspoken={waiting.join(" ").trim()}>
      {spoken.join(" ").trim()}
    </li>
  );
}

function Talk() {
  const client = usePipecatClient();
  const state = usePipecatClientTransportState();
  const { messages } = usePipecatConversation();
  const start = () => client.startBotAndConnect({ endpoint: `${server}/start`, requestData: { timezone: "Europe/Berlin" } });
  return (
    <>
      <button id="start" onClick={() => void start()}>
        Start
      </button>
      <button id="end" onClick={() => void client.disconnect()}>
        End
      </button>
      <PipecatClientMicToggle>
        {({ isMicEnabled, onClick }) => (
          <button id="mute" onClick={onClick}>
            {isMicEnabled ? "Mute" : "Unmute"}
          </button>
        )}
      </PipecatClientMicToggle>
      <p id="state">{state}</p>
      <ol id="talk">
        {messages.map((message) => (
          <Message key={`${message.role} ${message.createdAt}`} message={message} />
        ))}
      </ol>
    </>
  );
}

createRoot(document.getElementById("root")).render(
  <PipecatClientProvider client={client}>
    <Talk />
    <PipecatClientAudio />
  </PipecatClientProvider>,
);
