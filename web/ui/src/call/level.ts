/** How loud a track is, from 0 to 1, as often as the screen is drawn. */

const FLOOR_DB = -55;
const CEILING_DB = -12;
const FALL = 0.86; // of the last level kept each frame: up at once, down gently

export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let level = 0;
  let frame = requestAnimationFrame(function draw() {
    analyser.getFloatTimeDomainData(samples);
    level = Math.max(loudness(samples), level * FALL);
    onLevel(level);
    frame = requestAnimationFrame(draw);
  });
  void context.resume();
  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
    void context.close();
    onLevel(0);
  };
}

export function loudness(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  if (power === 0) return 0;
  const decibels = 10 * Math.log10(power / samples.length);
  return Math.min(1, Math.max(0, (decibels - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}
