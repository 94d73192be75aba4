/** Longer values are not shown: they may be data, such as pictures, and nobody reads them. */
const LONGEST = 60;

/** A setting's value for the operator, as far as it is worth a look. */
export function describeValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return "a table";
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST ? `a value of ${text.length} characters` : text;
}
