import { describe, expect, it } from "vitest";

import { hashOf, readRoute } from "./routes";

describe("the view that an address names", () => {
  it("is the live calls where nothing or nonsense stands", () => {
    for (const hash of ["", "#", "#/", "#/nowhere/1?q=x", "#nothing"]) {
      expect(readRoute(hash)).toMatchObject({ view: "live", id: null });
      expect(readRoute(hash).query.size).toBe(0);
    }
  });

  it("is read back as it was written", () => {
    const query = new URLSearchParams({ q: "guitar & piano?", page: "2" });
    const route = readRoute(hashOf("conversations", "a/b c", query));
    expect(route).toMatchObject({ view: "conversations", id: "a/b c" });
    expect(route.query.get("q")).toBe("guitar & piano?");
    expect(route.query.get("page")).toBe("2");
    expect(hashOf("goals")).toBe("#/goals");
  });

  it("has no record where its name is torn", () => {
    expect(readRoute("#/conversations/%E0%A4%A")).toMatchObject({ view: "conversations", id: null });
  });
});
