import { describe, expect, it } from "vitest";

import { DeviceWatch, readDevices, type Devices } from "./devices";
import { MicrophonePreview } from "./preview";

type Listed = Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">;

const input = (deviceId: string, label = deviceId): Listed => ({ kind: "audioinput", deviceId, label });

describe("the devices", () => {
  it("are sorted, without their second names", () => {
    const listed: Listed[] = [
      input("default", "Default - USB"),
      input("communications", "Communications - USB"),
      input("usb", "USB"),
      input("nameless", ""),
      { kind: "videoinput", deviceId: "cam", label: "Camera" },
      { kind: "audiooutput", deviceId: "hall", label: "Hall" },
    ];
    expect(readDevices(listed)).toEqual({
      microphones: [
        { id: "usb", label: "USB" },
        { id: "nameless", label: "2" },
      ],
      loudspeakers: [{ id: "hall", label: "Hall" }],
    });
  });

  it("are not told before the microphone is allowed", () => {
    expect(readDevices([input(""), { kind: "audiooutput", deviceId: "", label: "" }]).microphones).toEqual([]);
  });
});

/** A machine whose lists come when the test says so. */
class Machine extends EventTarget {
  readonly asked: ((listed: Listed[]) => void)[] = [];

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return new Promise((resolve) => this.asked.push((listed) => resolve(listed as MediaDeviceInfo[])));
  }
}

describe("a watch", () => {
  it("tells what comes and goes, the latest list last, and nothing once closed", async () => {
    const machine = new Machine();
    const told: Devices[] = [];
    const watch = new DeviceWatch((devices) => told.push(devices), machine);
    machine.dispatchEvent(new Event("devicechange"));
    machine.asked[1]?.([input("new")]);
    machine.asked[0]?.([input("old")]);
    await settled();
    expect(told.map(({ microphones }) => microphones.map((each) => each.id))).toEqual([["new"]]);
    watch.look();
    watch.close();
    machine.asked[2]?.([]);
    machine.dispatchEvent(new Event("devicechange"));
    await settled();
    expect([told.length, machine.asked.length]).toEqual([1, 3]);
  });

  it("has nothing to tell where the page came without HTTPS", () => {
    const told: Devices[] = [];
    const watch = new DeviceWatch((devices) => told.push(devices), undefined);
    watch.look();
    watch.close();
    expect(told).toEqual([]);
  });
});

interface FakeTrack {
  id: string;
  stopped: boolean;
}

/** Microphones that open when the test says so. */
function room(): {
  preview: MicrophonePreview;
  tracks: FakeTrack[];
  give: (index: number) => void;
  refuse: (index: number) => void;
} {
  const tracks: FakeTrack[] = [];
  const pending: { id: string; resolve: (stream: MediaStream) => void; reject: (error: Error) => void }[] = [];
  const preview = new MicrophonePreview(({ audio }) => {
    const { deviceId } = audio as { deviceId?: { exact: string } };
    return new Promise((resolve, reject) => pending.push({ id: deviceId?.exact ?? "", resolve, reject }));
  });
  const give = (index: number): void => {
    const wanted = pending[index];
    const track = { id: wanted?.id ?? "", stopped: false, stop: () => (track.stopped = true) };
    tracks.push(track);
    wanted?.resolve({ getTracks: () => [track], getAudioTracks: () => [track] } as unknown as MediaStream);
  };
  return { preview, tracks, give, refuse: (index) => pending[index]?.reject(new Error("busy")) };
}

describe("a preview", () => {
  it("gives the microphone back when it is closed", async () => {
    const { preview, tracks, give } = room();
    const opened = preview.open("usb");
    give(0);
    expect(await opened).toMatchObject({ id: "usb", stopped: false });
    preview.close();
    expect(tracks).toMatchObject([{ stopped: true }]);
  });

  it("gives one back that opened too late", async () => {
    const { preview, tracks, give } = room();
    const opened = preview.open("");
    preview.close();
    give(0);
    expect(await opened).toBeNull();
    expect(tracks).toMatchObject([{ id: "", stopped: true }]);
  });

  it("holds only the one chosen last, whichever opens last", async () => {
    const { preview, tracks, give } = room();
    const [first, second] = [preview.open("a"), preview.open("b")];
    give(1);
    give(0);
    expect(await first).toBeNull();
    expect(await second).toMatchObject({ id: "b" });
    expect(tracks).toMatchObject([
      { id: "b", stopped: false },
      { id: "a", stopped: true },
    ]);
    void preview.open("c");
    expect(tracks[0]).toMatchObject({ stopped: true });
    preview.close();
  });

  it("tells why it cannot open, unless nobody waits any more", async () => {
    const { preview, refuse } = room();
    const [first, second] = [preview.open("a"), preview.open("b")];
    refuse(0);
    refuse(1);
    expect(await first).toBeNull();
    await expect(second).rejects.toThrow("busy");
  });
});

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}
