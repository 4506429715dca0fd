// A client of the API, with the types that openapi-typescript makes of its document: it has to compile.
import type { components, operations, paths } from "./api";

type Code = components["schemas"]["CodeOnDay"];
type Problem = components["schemas"]["Problem"];
type Read = paths["/api/v1/codes/{code}"]["get"];
type Asked = NonNullable<operations["list_codes"]["parameters"]["query"]>;

export async function read(site: string, number: Read["parameters"]["path"]["code"], date?: string): Promise<Code> {
  const answer = await fetch(`${site}/api/v1/codes/${number}${date ? `?date=${date}` : ""}`);
  if (!answer.ok) {
    const problem: Problem = await answer.json();
    throw new Error((problem.errors ?? []).map((wrong) => `${wrong.place}: ${wrong.detail}`).join() || problem.detail);
  }
  return answer.json();
}

export async function* every(site: string, asked: Asked): AsyncGenerator<components["schemas"]["Brief"]> {
  let cursor: string | null | undefined = asked.cursor;
  do {
    const words = new URLSearchParams(Object.entries({ ...asked, cursor }).flatMap(([name, value]) =>
      value == null ? [] : [[name, String(value)]]));
    const page: components["schemas"]["CodeList"] = await (await fetch(`${site}/api/v1/codes?${words}`)).json();
    yield* page.codes;
    cursor = page.next;
  } while (cursor);
}

export function unverified(code: Code): string[] {
  return code.items.filter((item) => item.verification?.state === "unverified").map((item) => item.key);
}

export function lastDay(code: Code): Date | null {
  return code.validity.last_day ? new Date(code.validity.last_day) : null;
}

// A category that there is not must not compile.
// @ts-expect-error
export const wrong: Asked = { category: "cats" };
