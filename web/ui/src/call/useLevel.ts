/** Keeps a CSS property of an element at how loud a track is, without a React render per frame. */

import { useEffect, type RefObject } from "react";

import { watchLevel } from "./level";

export function useLevel(element: RefObject<HTMLElement | null>, property: string, track: MediaStreamTrack | null): void {
  useEffect(() => {
    if (!track) return;
    return watchLevel(track, (level) => element.current?.style.setProperty(property, level.toFixed(3)));
  }, [element, property, track]);
}
