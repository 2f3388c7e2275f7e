/** Collects local ICE candidates and sends them in batches, once the server has named the connection. */

export type SendCandidates = (pcId: string, candidates: readonly RTCIceCandidateInit[]) => Promise<void>;

const BATCH_MS = 200;
const END: RTCIceCandidateInit = { candidate: "", sdpMid: "0", sdpMLineIndex: 0 };

export class Trickle {
  private queue: RTCIceCandidateInit[] = [];
  private pcId: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(private readonly send: SendCandidates) {}

  /** `null` (or an empty candidate) says that there are no more. */
  add(candidate: RTCIceCandidateInit | null): void {
    const end = candidate === null || !candidate.candidate;
    if (this.ended && end) return;
    this.ended ||= end;
    this.queue.push(end ? END : candidate);
    this.timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** The answer is here: what has waited may go. */
  open(pcId: string): void {
    this.pcId = pcId;
    this.flush();
  }

  /** Gathering begins again, as after a renegotiation. */
  restart(): void {
    this.ended = false;
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue = [];
    this.pcId = null;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pcId === null || this.queue.length === 0) return;
    void this.send(this.pcId, this.queue.splice(0));
  }
}
