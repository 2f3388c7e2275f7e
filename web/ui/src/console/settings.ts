/** The settings in force: values as they are, secrets never. */

import { anything, flag, list, shape, text } from "./reading";

export interface Setting {
  name: string;
  variable: string;
  section: string;
  description: string;
  value: unknown;
  hidden: boolean;
  is_set: boolean;
  changed: boolean;
}

export interface Settings {
  profile: string;
  settings: readonly Setting[];
}

export const readSettings = shape<Settings>({
  profile: text,
  settings: list(
    shape<Setting>({
      name: text,
      variable: text,
      section: text,
      description: text,
      value: anything,
      hidden: flag,
      is_set: flag,
      changed: flag,
    }),
  ),
});

export interface Section {
  name: string;
  settings: readonly Setting[];
}

/** Those that have all the words in their name, variable or description, by section. */
export function sections(settings: readonly Setting[], words: string, onlyChanged: boolean): readonly Section[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = settings.filter((each) => {
    const told = `${each.name} ${each.variable} ${each.description}`.toLowerCase();
    return (!onlyChanged || each.changed) && wanted.every((word) => told.includes(word));
  });
  return [...new Set(found.map((each) => each.section))].map((name) => ({
    name,
    settings: found.filter((each) => each.section === name),
  }));
}

/** A value as a person reads it; null where there is none. */
export function valueText(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length === 0) return null;
  return JSON.stringify(value);
}
