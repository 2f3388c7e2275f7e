/** Line icons of the console, in the hand of the page's own; always beside a text. */

import type { ReactElement } from "react";

const paths = {
  live: "M12 12h.01M8.500 15.500a5 5 0 0 1 0-7M15.500 8.500a5 5 0 0 1 0 7M5.500 18.500a9.200 9.200 0 0 1 0-13M18.500 5.500a9.200 9.200 0 0 1 0 13",
  conversations: "M4 6.500h16v10h-9l-4 3.500v-3.500H4zM8 10h8M8 13h5",
  goals: "M12 3.500a8.500 8.500 0 1 0 .01 0M12 8a4 4 0 1 0 .01 0M12 12h.01",
  engines: "M7 7h10v10H7zM10 3.500V7M14 3.500V7M10 17v3.500M14 17v3.500M3.500 10H7M3.500 14H7M17 10h3.500M17 14h3.500",
  settings: "M4 7.500h9M17 7.500h3M15 5.500v4M4 16.500h3M11 16.500h9M9 14.500v4",
  back: "M19 12H6M11.500 6L5.500 12l6 6",
  deletions: "M5 7h14M10 4h4M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  copy: "M9 9h10.500v10.500H9zM15 9V4.500H4.500V15H9",
  download: "M12 4v11M7 10.500l5 5 5-5M5 19.500h14",
  refresh: "M19.500 12a7.500 7.500 0 1 1-2.200-5.300M19.500 3.500v4h-4",
} as const;

export type ConsoleIconName = keyof typeof paths;

export function ConsoleIcon({ name }: { name: ConsoleIconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
