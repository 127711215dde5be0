/** @file A slot of a histogram: the packed sums of a bin, and where they are counted, its rows. S is i64 or v128. */

/** Where slots say how many rows there are, beside their sums. */
export const COUNT: usize = 8;

@inline
export function slotOf<S>(slots: usize, bin: i32): usize {
  return slots + <usize>bin * sizeof<S>();
}

/** 0 where rows are not counted. */
@inline
export function countOf<S>(slot: usize): i32 {
  return sizeof<S>() === 16 ? load<i32>(slot, COUNT) : 0;
}
