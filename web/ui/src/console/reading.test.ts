import { describe, expect, it } from "vitest";

import { flag, list, mapOf, number, oneOf, optional, shape, text } from "./reading";

const person = shape<{ name: string; age: number | null; tags: readonly string[] }>({
  name: text,
  age: optional(number),
  tags: list(text),
});

describe("reading JSON", () => {
  it("returns what has the expected shape, without what is not asked for", () => {
    expect(person({ name: "Ada", age: 36, tags: ["a"], more: 1 })).toEqual({ name: "Ada", age: 36, tags: ["a"] });
  });

  it("takes what is missing for null only where it may be missing", () => {
    expect(person({ name: "Ada", tags: [] }).age).toBeNull();
    expect(() => person({ age: 1, tags: [] })).toThrow("name is not a text");
  });

  it("says where the shape is wrong", () => {
    expect(() => person({ name: "Ada", tags: ["a", 2] })).toThrow("tags[1] is not a text");
    expect(() => list(person)([{ name: 1 }])).toThrow("[0].name is not a text");
    expect(() => person([])).toThrow("the answer is not an object");
    expect(() => person(null)).toThrow("the answer is not an object");
  });

  it("reads words, flags and objects of any keys", () => {
    expect(oneOf(["a", "b"])("b")).toBe("b");
    expect(() => oneOf(["a", "b"])("c", "kind")).toThrow("kind is not one of a, b");
    expect(mapOf(number)({ x: 1, y: 2 })).toEqual({ x: 1, y: 2 });
    expect(() => mapOf(flag)({ x: "yes" }, "parts")).toThrow("parts.x is not true or false");
  });
});
