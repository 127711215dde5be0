/** @file A split carried out: the parting of a leaf's rows, and the walk of others. */

/**
 * Parts a leaf's rows: those that go left first, both parts in the order they had. Returns how many go left.
 *
 * Shapes  column: bins of one column, 8 bytes apart; order: [n] uint32, parted in place; spare: [n] uint32
 */
export function part(column: usize, order: usize, n: i32, bin: u32, missingLeft: i32, spare: usize): i32 {
  const end = order + ((<usize>n) << 2);
  // Missing is bin 0: as bin 256 it is beyond every split.
  const low: u32 = missingLeft === 0 ? 1 : 0;
  const range: u32 = bin - low;
  let left = order;
  let right = spare;
  for (let at = order; at < end; at += 4) {
    const row = load<u32>(at);
    const goesLeft = <usize>((<u32>load<u8>(column + ((<usize>row) << 3)) - low) <= range);
    store<u32>(left, row);
    store<u32>(right, row);
    left += goesLeft << 2;
    right += (1 - goesLeft) << 2;
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - order) >> 2);
}

/** The same by a set of bins: rows whose bin is in it go left. Set: 256 bits. */
export function partSet(column: usize, order: usize, n: i32, set: usize, spare: usize): i32 {
  const end = order + ((<usize>n) << 2);
  let left = order;
  let right = spare;
  for (let at = order; at < end; at += 4) {
    const row = load<u32>(at);
    const goesLeft = inSet(set, load<u8>(column + ((<usize>row) << 3)));
    store<u32>(left, row);
    store<u32>(right, row);
    left += goesLeft << 2;
    right += (1 - goesLeft) << 2;
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - order) >> 2);
}

/** 1 where a bin is in a set of 256 bits. */
@inline
export function inSet(set: usize, bin: usize): usize {
  return (<usize>load<u8>(set + (bin >> 3)) >> (bin & 7)) & 1;
}

/**
 * scores[row] += the value of the leaf that the row's bins lead to.
 *
 * Shapes  order: [n] uint32; nodes: [nodes][4]: address of the column's bins uint32, bin | missing-goes-left << 8 uint32 (or, from
 *         512 on, the address of a set of 256 bits), left child uint32 (0: a leaf; siblings are neighbours), value float32
 */
export function walk(order: usize, n: i32, nodes: usize, scores: usize): void {
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const row = <usize>load<u32>(order);
    let node = nodes;
    for (let left = load<u32>(node + 8); left !== 0; left = load<u32>(node + 8)) {
      const bin = <u32>load<u8>(<usize>load<u32>(node) + (row << 3));
      const split = load<u32>(node + 4);
      const goesLeft = split >= 512 ? <u32>inSet(split, bin) : bin === 0 ? split >> 8 : <u32>(bin <= (split & 255));
      node = nodes + ((<usize>(left + 1 - goesLeft)) << 4);
    }
    const at = scores + (row << 2);
    store<f32>(at, load<f32>(at) + load<f32>(node + 12));
  }
}
