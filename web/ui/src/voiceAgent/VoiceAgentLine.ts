/** A line to a Voice Agent socket, Deepgram's or this server's: what is said goes there, what is done comes here. */

import { DeviceError } from "@pipecat-ai/client-js";

import { callFault, microphoneFault } from "../call/faults";
import type { Line, LineEvents } from "../call/Line";
import type { EndReason } from "../call/serverMessages";
import { LinkError } from "../transport/errors";
import { Microphone } from "../transport/Microphone";
import { worthAnother } from "../transport/retries";
import { AgentSocket } from "./AgentSocket";
import { AgentSound } from "./AgentSound";
import { Dialogue } from "./Dialogue";
import { Functions } from "./Functions";
import type { AgentMessage } from "./messages";
import { VoiceSession, type SessionRequest } from "./session";
import { settingsMessage, soundRates } from "./settings";
import { Typed } from "./Typed";

export interface VoiceAgentOptions {
  /** Where the voice API is, up to its last slash. */
  api: string;
  request: SessionRequest;
  /** The socket of a session that names none itself. */
  socketUrl: string | null;
}

const RETRY_MS = 2000;
const REFUSED_MS = 1000;
/** About -40 dB of full scale: a voice, not its room. */
const LOUD = 0.01;
const PAUSE_MS = 2500;
/** Warnings that an answer failed; others say which settings were not heeded. */
const FAILURES = new Set(["THINK_REQUEST_FAILED", "FAILED_TO_SPEAK", "FAILED_TO_LISTEN"]);

export class VoiceAgentLine implements Line {
  private readonly microphone = new Microphone();
  private readonly context = new AudioContext();
  private readonly dialogue: Dialogue;
  private typed = new Typed();
  private session: VoiceSession | null = null;
  private socket: AgentSocket | null = null;
  private functions: Functions | null = null;
  private sound: AgentSound | null = null;
  private connections = 0;
  private loudAt = 0;
  private leaving = false;
  private over = false;
  private readonly aborter = new AbortController();

  constructor(
    private readonly options: VoiceAgentOptions,
    private readonly events: LineEvents,
  ) {
    void this.context.resume().catch(() => undefined);
    this.dialogue = new Dialogue({
      tell: (event) => events.tell(event),
      answered: (turn) => events.answered(turn),
      silence: () => this.sound?.cut(),
    });
    this.microphone.onEnded = () => {
      this.sound?.listen(null);
      this.microphoneFailed(new DeviceError(["mic"], "not-found"));
    };
    const { signal } = this.aborter;
    // No socket says that the network is gone, for minutes.
    addEventListener("offline", () => this.socket?.abandon(), { signal });
    addEventListener("pagehide", () => (this.leaving = true), { signal, capture: true });
  }

  async openMicrophone(): Promise<void> {
    const earlier = this.microphone.track;
    const track = await this.microphone.open();
    if (this.over) {
      this.microphone.close();
      return;
    }
    if (earlier) this.events.trackStopped(earlier);
    this.sound?.listen(track);
    this.events.trackStarted("microphone", track);
  }

  async connect(): Promise<void> {
    await this.open();
  }

  sendText(text: string): void {
    this.typed.add(text);
    this.sendTyped();
  }

  enableMic(on: boolean): void {
    this.microphone.enable(on);
    if (on && !this.microphone.track) this.changeMicrophone();
  }

  updateMic(deviceId: string): void {
    this.microphone.prefer(deviceId);
    if (this.microphone.track) this.changeMicrophone();
  }

  wake(): void {
    void this.context.resume().catch(() => undefined);
  }

  hangUp(): void {
    this.drop();
  }

  drop(): void {
    if (this.over) return;
    this.over = true;
    this.aborter.abort();
    this.socket?.close();
    void this.session?.close({ leaving: this.leaving });
    this.sound?.close();
    this.microphone.close();
    void this.context.close().catch(() => undefined);
  }

  // ------ the connection

  /** Mints a session and connects to its agent, which goes on from what was said before. */
  private async open(): Promise<void> {
    const session = await VoiceSession.open(this.options.api, this.options.request);
    const url = session.url ?? this.options.socketUrl;
    this.session = session;
    if (this.over || url === null) {
      void session.close();
      throw new LinkError(url === null ? "server" : "lost");
    }
    const sound = (this.sound ??= await this.openSound(session));
    const socket = new AgentSocket(url, session.token, settingsMessage(session.settings, this.dialogue.history), {
      onMessage: (message) => {
        if (socket === this.socket) this.receive(message);
      },
      onSound: (pcm) => sound.add(pcm),
      onEnd: (reason) => {
        if (socket === this.socket) this.ended(reason);
      },
    });
    this.socket = socket;
    this.functions = new Functions(`${++this.connections}:`, {
      run: (call) => session.run(call),
      respond: (response) => socket.send(response),
      show: (tool) => this.events.tell({ type: "tool", tool }),
      ran: (call, response) => this.dialogue.ran(call, response),
    });
    if (this.aborter.signal.aborted) socket.close(); // dropped while the sound was prepared
    try {
      await socket.opened();
    } catch (error) {
      void session.close();
      throw error;
    }
  }

  private async openSound(session: VoiceSession): Promise<AgentSound> {
    const sound = await AgentSound.open(this.context, soundRates(session.settings), {
      onFrame: (pcm, level) => this.captured(pcm, level),
      onPlayed: (state) => this.dialogue.played(state),
    });
    sound.listen(this.microphone.track);
    if (sound.voice) this.events.trackStarted("voice", sound.voice);
    return sound;
  }

  private ended(reason: EndReason | null): void {
    if (reason === null) return void this.reconnect();
    this.events.tell({ type: "ending", reason });
    this.drop();
    this.events.closed();
  }

  /** The protocol knows no way back into a call: a new one begins, and its agent is told what was said. */
  private async reconnect(): Promise<void> {
    this.socket?.close();
    this.socket = null;
    this.dialogue.lost();
    this.typed.lost();
    this.events.reconnecting(true);
    void this.session?.close();
    await this.functions?.settled(); // else an agent that does not know of it would ask for it once more
    const began = performance.now();
    for (let attempt = 1; !this.over; attempt++) {
      try {
        await this.open();
        this.events.relinked();
        this.events.reconnecting(false);
        return;
      } catch (error) {
        const fault = error instanceof LinkError ? error : new LinkError("lost");
        const tried = { restart: true, attempt, ms: performance.now() - began };
        if (!worthAnother(fault, tried)) {
          this.events.failed(fault.answered ? callFault(fault) : "link-lost");
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  // ------ what comes

  private receive(message: AgentMessage): void {
    switch (message.type) {
      case "FunctionCallRequest":
        return this.functions?.asked(message.calls);
      case "FunctionCallCancelled":
        return this.functions?.cancelled(message.ids);
      case "FunctionCallResponse":
        return this.functions?.ranThere(message.id, message.content);
      case "InjectionRefused":
        this.refused(message.message);
        return;
      case "Warning":
        if (FAILURES.has(message.code)) this.fault(message.description);
        return;
      case "Error":
        if (message.code === "CLIENT_MESSAGE_TIMEOUT") return void this.reconnect();
        this.events.failed("agent-fault", message.description);
        return;
      case "ConversationText":
        this.session?.save(message.role, message.content);
        this.dialogue.take(message, message.role === "user" && this.typed.taken(message.content));
        this.sendTyped();
        return;
      case "UserStartedSpeaking":
        this.loudAt = performance.now();
        this.dialogue.take(message);
        return;
      case "AgentAudioDone":
        this.sound?.end();
        this.dialogue.take(message);
        return;
      default:
        this.dialogue.take(message);
    }
  }

  private sendTyped(): void {
    const words = this.typed.next();
    if (words !== null) this.socket?.send({ type: "InjectUserMessage", content: words });
  }

  private refused(why: string): void {
    if (!this.typed.refused()) this.fault(why);
    setTimeout(() => this.sendTyped(), REFUSED_MS);
  }

  private fault(detail: string): void {
    this.events.tell({ type: "fault", fault: "agent-fault", detail });
  }

  // ------ the microphone

  private captured(pcm: ArrayBuffer, level: number): void {
    const now = performance.now();
    if (level > LOUD) this.loudAt = now;
    else if (now - this.loudAt > PAUSE_MS) this.dialogue.userPaused();
    if (this.microphone.enabled) this.socket?.sendSound(pcm);
  }

  private changeMicrophone(): void {
    this.openMicrophone().catch((error: unknown) => {
      if (error instanceof DeviceError) this.microphoneFailed(error);
    });
  }

  private microphoneFailed(error: DeviceError): void {
    if (!this.microphone.track) this.events.tell({ type: "mic", mic: "off" }); // else the one before still hears
    this.events.tell({ type: "fault", fault: microphoneFault(error, isSecureContext) });
  }
}
