// When two names look alike (UTS #39 section 4, confusable detection).
import unhomoglyph from "unhomoglyph";

/**
 * What a name looks like: two names of which a skeleton is the same are taken for each other. There are two, as
 * "Ivan" looks like "lvan" with an l, and like "ivan" to those who do not mind case.
 */
export function skeletons(name: string): readonly string[] {
  const plain = name.normalize("NFKD").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const bySight = foldCase(fold(plain));
  const byCase = fold(foldCase(plain));
  return bySight === byCase ? [bySight] : [bySight, byCase];
}

export const lookAlike = (a: string, b: string): boolean =>
  skeletons(a).some((skeleton) => skeletons(b).includes(skeleton));

/** One character for all that look like it, one space for many, none at the ends. */
const fold = (text: string): string => unhomoglyph(text).normalize("NFD").replace(/\s+/gu, " ").trim();

/** Upper case first: ß and SS, or the two small sigmas, are one only there. */
const foldCase = (text: string): string => text.toUpperCase().toLowerCase();
