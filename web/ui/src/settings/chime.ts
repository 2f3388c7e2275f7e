/** Two short notes, to try a loudspeaker. */

const NOTES = [523, 784];
const NOTE_SECONDS = 0.22;
const LOUDNESS = 0.25;

/** Plays them as the agent's voice would be played; throws where that loudspeaker cannot be used. */
export async function chime(loudspeaker: string, volume: number): Promise<void> {
  const context = new AudioContext();
  try {
    const out = context.createMediaStreamDestination();
    const speaker = new Audio();
    if (loudspeaker) await speaker.setSinkId(loudspeaker);
    speaker.volume = volume;
    speaker.srcObject = out.stream;
    await Promise.all([speaker.play(), context.resume()]);
    const begin = context.currentTime + 0.05;
    NOTES.forEach((pitch, index) => note(context, out, pitch, begin + index * NOTE_SECONDS));
    await new Promise((resolve) => setTimeout(resolve, 1000 * (NOTES.length * NOTE_SECONDS + 0.4)));
    speaker.srcObject = null;
  } finally {
    await context.close();
  }
}

function note(context: AudioContext, out: AudioNode, pitch: number, at: number): void {
  const [tone, gain] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = pitch;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02); // no click
  gain.gain.linearRampToValueAtTime(0, at + NOTE_SECONDS);
  tone.connect(gain).connect(out);
  tone.start(at);
  tone.stop(at + NOTE_SECONDS);
}
