/** Longest value that is shown: longer ones may be data, such as pictures. */
const LONGEST = 60;

/** Returns a setting's value for the operator; only its kind or length if it is no short text. */
export function describeValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return "a table";
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST ? `a value of ${text.length} characters` : text;
}
