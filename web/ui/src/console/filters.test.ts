import { describe, expect, it } from "vitest";

import { asked, pageIn, readFilters, tenantIn, writeFilters } from "./filters";

const USER = "6f1c2b9e-5f0e-4f8e-9a51-0a4b3c1d2e3f";
const STATUSES = ["active", "ended"];

describe("filters in the address", () => {
  it("are read back as they were written", () => {
    const filters = { text: "50% of & more", status: "ended", from: "2026-03-01", to: "2026-03-02", user: USER };
    const query = new URLSearchParams(writeFilters(filters, "acme", 3).toString());
    expect(readFilters(query, STATUSES)).toEqual(filters);
    expect([tenantIn(query), pageIn(query)]).toEqual(["acme", 3]);
  });

  it("are short where nothing is asked for", () => {
    expect(writeFilters({ text: "  " }, "default").toString()).toBe("");
    expect([tenantIn(new URLSearchParams()), pageIn(new URLSearchParams())]).toEqual(["default", 1]);
  });

  it("are left out where they are nonsense", () => {
    const typed = { text: "x".repeat(201), status: "open", from: "yesterday", to: "2026-13-40", user: "me", kind: "x" };
    expect(readFilters(new URLSearchParams(typed), STATUSES)).toEqual({});
    expect(["0", "-1", "1.5", "many", "1e99"].map((page) => pageIn(new URLSearchParams({ page })))).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("what the server is asked", () => {
  it("names the page and whose records", () => {
    expect(asked({}, "default", 3)).toBe("tenant=default&limit=25&offset=50");
  });

  it("has days from midnight to midnight of the reader's zone", () => {
    const query = new URLSearchParams(asked({ from: "2026-03-29", to: "2026-03-29", user: USER }, "default", 1));
    expect(query.get("since")).toBe(new Date(2026, 2, 29).toISOString());
    expect(query.get("until")).toBe(new Date(2026, 2, 30).toISOString());
    expect(query.get("user_id")).toBe(USER);
  });
});
