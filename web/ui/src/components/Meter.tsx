/** Shows how loud a track is by setting `--level` on an element, without a React render per frame. */

import { useEffect, useRef, type ReactElement, type ReactNode } from "react";

import { watchLevel } from "../call/level";

interface MeterProps {
  track: MediaStreamTrack | null;
  className: string;
  children?: ReactNode;
}

export function Meter({ track, className, children }: MeterProps): ReactElement {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!track) return;
    return watchLevel(track, (level) => element.current?.style.setProperty("--level", level.toFixed(3)));
  }, [track]);
  return (
    <div ref={element} className={className} aria-hidden="true">
      {children}
    </div>
  );
}
