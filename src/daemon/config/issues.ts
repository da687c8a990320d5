// What zod found, in words that a person can act on.
import type * as z from "zod";
import type { Problem } from "../../router/context.ts";
import { configKey, keyPath } from "./keys.ts";
import { nearestKey } from "./nearest-key.ts";
import { keyProblem, kindOf, pathText } from "./problem.ts";

const nouns: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** zod's error map: the end of a sentence that begins with the key, without the value. */
export function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `is ${kindOf(issue.input)}, where ${nouns[issue.expected] ?? "something else"} is needed`;
    case "invalid_value":
      return `must be ${issue.values
        .map((value) => JSON.stringify(value))
        .join(", ")
        .replace(/, (?=[^,]*$)/, " or ")}`;
    case "too_small":
      if (issue.origin === "string" && issue.minimum === 1) return "must not be empty";
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return undefined;
  }
}

/** One problem for each finding and each unknown key; the hint is what the key is for. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...issue.path, key]));
    const key = configKey(keyPath(issue.path));
    return [keyProblem(pathText(issue.path), issue.message, key?.description)];
  });
}

function unknownKey(path: readonly PropertyKey[]): Problem {
  const nearest = nearestKey(keyPath(path).split("."));
  const hint =
    nearest === undefined ? "remove it; docs/configuration.md lists all keys" : `did you mean \`${nearest}\`?`;
  return keyProblem(pathText(path), "is not a key of the configuration", hint);
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries long" : "";
}
