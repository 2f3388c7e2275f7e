/** Reads JSON of which nothing is known yet: what has not the expected shape is named and refused. */

export type Reader<T> = (value: unknown, at?: string) => T;

export class ShapeError extends Error {
  constructor(at: string, wanted: string) {
    super(`${at || "the answer"} is not ${wanted}`);
    this.name = "ShapeError";
  }
}

export const text: Reader<string> = (value, at = "") => {
  if (typeof value !== "string") throw new ShapeError(at, "a text");
  return value;
};

export const number: Reader<number> = (value, at = "") => {
  if (typeof value !== "number") throw new ShapeError(at, "a number");
  return value;
};

export const flag: Reader<boolean> = (value, at = "") => {
  if (typeof value !== "boolean") throw new ShapeError(at, "true or false");
  return value;
};

/** Any JSON, as it is. */
export const anything: Reader<unknown> = (value) => value;

export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (value, at = "") => {
    const found = words.find((each) => each === value);
    if (found === undefined) throw new ShapeError(at, `one of ${words.join(", ")}`);
    return found;
  };
}

/** `null` where the value is null or missing. */
export function optional<T>(read: Reader<T>): Reader<T | null> {
  return (value, at = "") => (value === null || value === undefined ? null : read(value, at));
}

export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, at = "") => {
    if (!Array.isArray(value)) throw new ShapeError(at, "a list");
    return value.map((each: unknown, index) => read(each, `${at}[${index}]`));
  };
}

/** An object of any keys whose values have one shape. */
export function mapOf<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, at = "") =>
    Object.fromEntries(Object.entries(object(value, at)).map(([key, each]) => [key, read(each, inside(at, key))]));
}

/** An object with these keys; others are left out. */
export function shape<T extends object>(readers: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, at = "") => {
    const found = object(value, at);
    const read = Object.entries<Reader<unknown>>(readers).map(([key, reader]) => [key, reader(found[key], inside(at, key))]);
    return Object.fromEntries(read) as T;
  };
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError(at, "an object");
  return value as Record<string, unknown>;
}

function inside(at: string, key: string): string {
  return at ? `${at}.${key}` : key;
}
