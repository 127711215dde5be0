/** @file Rows in which columns do not have their usual bin. */

/**
 * Lists the rows of a block of eight columns in which some columns are not as usual. A row that is usual in all of them is passed over at once.
 *
 * Shapes  bins: [n][8] bytes; usual, looked: [8] bytes, looked 255 for columns that are listed, else 0; lists: [8][n] uint32; counts: [8] uint32,
 *         set; missing: [8] bytes, set to 1 where bin 0 is among a column's listed ones
 */
export function unusual8(bins: usize, n: i32, usual: usize, looked: usize, lists: usize, counts: usize, missing: usize): void {
  const want = load<u64>(usual);
  const look = load<u64>(looked);
  memory.fill(counts, 0, 32);
  memory.fill(missing, 0, 8);
  for (let row: i32 = 0; row < n; row++, bins += 8) {
    const cells = load<u64>(bins);
    let rest = (cells ^ want) & look;
    while (rest !== 0) {
      const lane = <usize>(ctz(rest) >> 3);
      const countAt = counts + (lane << 2);
      const count = load<u32>(countAt);
      store<u32>(lists + ((lane * <usize>n + <usize>count) << 2), row);
      store<u32>(countAt, count + 1);
      const shift = <u64>(lane << 3);
      if (((cells >> shift) & 255) === 0) store<u8>(missing + lane, 1);
      rest &= ~(<u64>255 << shift);
    }
  }
}
