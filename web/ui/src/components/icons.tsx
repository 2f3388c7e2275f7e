/** Line icons, drawn here so that nothing is fetched; always beside a text. */

import type { ReactElement } from "react";

const paths = {
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3",
  micOff: "M4 4l16 16M9 9v3a3 3 0 0 0 4.500 2.600M15 11.500V6a3 3 0 0 0-5.800-1M5.500 11.500a6.500 6.500 0 0 0 10 5.500M18.500 11.500a6.500 6.500 0 0 1-.6 2.700M12 18v3",
  hangUp: "M4.500 14.500c-.8-.9-1-2-.6-3C5.500 8.700 8.600 7.500 12 7.500s6.500 1.200 8.100 4c.4 1 .2 2.100-.6 3l-.6.6c-.4.4-1 .5-1.500.3l-2.300-1a1.300 1.300 0 0 1-.8-1.400l.2-1.300a9.500 9.500 0 0 0-5 0l.2 1.300c.1.600-.2 1.200-.8 1.400l-2.300 1c-.5.2-1.100.1-1.500-.3z",
  send: "M5 12h13M12.500 6l6 6-6 6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  wave: "M4 11v2M8 8v8M12 5v14M16 8v8M20 11v2",
  ear: "M7 9a5 5 0 0 1 10 0c0 3.500-3 4.300-3 7.500a2.700 2.700 0 0 1-5 1.400M10 9a2 2 0 0 1 4 0c0 1.500-1.500 2-1.500 3.500",
  turn: "M20 12a8 8 0 1 1-2.300-5.600M20 3v4h-4",
  check: "M5 12.500l4.500 4.500L19 7.500",
  alert: "M12 8v5M12 16.500h.01M12 3.500l9 16H3z",
  question: "M9 9a3 3 0 1 1 4.200 2.700c-.8.4-1.200 1-1.200 1.800M12 17h.01",
  cross: "M6 6l12 12M18 6L6 18",
  sound: "M4 10v4h3.500L12 18V6L7.500 10zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  scissors: "M6 6.500a2.300 2.300 0 1 0 0 .01M6 17.500a2.300 2.300 0 1 0 0 .01M8 8l12 9M8 16l12-9",
  plug: "M9 3v5M15 3v5M6.500 8h11v3a5.500 5.500 0 0 1-11 0zM12 16.500V21",
  keyboard: "M3 6.500h18v11H3zM7 10h.01M10.300 10h.01M13.700 10h.01M17 10h.01M7.500 14h9",
  minimise: "M6 9.500l6 6 6-6",
  speech: "M5 5h14v10.500h-8L7 19v-3.500H5z",
  target: "M12 3.500a8.500 8.500 0 1 0 .01 0M12 8a4 4 0 1 0 .01 0M12 12h.01",
  bell: "M6.500 16V11a5.500 5.500 0 0 1 11 0v5l1.500 1.500H5zM10.500 20.500h3",
  later: "M5 6h14v14H5zM5 10h14M9 3.500V7M15 3.500V7M10 15h5M13 13l2 2-2 2",
  clock: "M12 7.500V12l3 2M12 3.500a8.500 8.500 0 1 0 .01 0",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
