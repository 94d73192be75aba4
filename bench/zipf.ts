/** Draws numbers from 0 to `count` - 1, i with a weight of 1/(i+1). Every run draws the same numbers. */
export function zipf(count: number): () => number {
  const random = evenly();
  const sums: number[] = [];
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += 1 / (index + 1);
    sums.push(sum);
  }
  return () => {
    const drawn = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? sum) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Draws numbers from 0 to below 1 (a linear congruential generator modulo 2^32). Every run draws the same numbers. */
export function evenly(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
