/** One open microphone at a time, to show its level before a call; given back as soon as it is not wanted. */

type Open = (constraints: MediaStreamConstraints) => Promise<MediaStream>;

export class MicrophonePreview {
  private stream: MediaStream | null = null;
  /** Counts what was wanted, so that a microphone that opens late is known to be stale. */
  private wish = 0;

  constructor(private readonly openMedia: Open) {}

  /** Opens a device, the system's own where `deviceId` is empty; `null` if it was closed meanwhile. May throw. */
  async open(deviceId: string): Promise<MediaStreamTrack | null> {
    this.close();
    const wish = this.wish;
    const audio = { channelCount: 1, ...(deviceId && { deviceId: { exact: deviceId } }) };
    let stream: MediaStream;
    try {
      stream = await this.openMedia({ audio });
    } catch (error) {
      if (wish !== this.wish) return null; // nobody waits for it any more
      throw error;
    }
    if (wish !== this.wish) {
      release(stream);
      return null;
    }
    this.stream = stream;
    return stream.getAudioTracks()[0] ?? null;
  }

  close(): void {
    this.wish++;
    if (this.stream) release(this.stream);
    this.stream = null;
  }
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
