/** @file Short texts that were seen before, with their numbers: a table a column, which is filled from outside. */

/** Longer texts are not looked for. */
const MOST_BYTES: i32 = 24;
const SLOT_BYTES: usize = 32;

/**
 * The number of a text; -1 where it is not in the table.
 *
 * Shapes  table: [mask + 1] slots of 24 bytes of text, zeros behind it, then 1 + number and length as uint32; some slot is free
 * Units   byte addresses; 16 bytes behind the text may be read
 */
export function find(table: usize, mask: u32, at: usize, length: i32): i32 {
  if (length > MOST_BYTES) return -1;
  const first = wordOf(at, length);
  const second = wordOf(at + 8, length - 8);
  const third = wordOf(at + 16, length - 16);
  let slot = hashOf(first, second, third) & mask;
  let place = table + <usize>slot * SLOT_BYTES;
  let code = load<u32>(place, 24);
  while (code != 0) {
    const isSame =
      load<u64>(place) == first &&
      load<u64>(place, 8) == second &&
      load<u64>(place, 16) == third &&
      load<i32>(place, 28) == length;
    if (isSame) break;
    slot = (slot + 1) & mask;
    place = table + <usize>slot * SLOT_BYTES;
    code = load<u32>(place, 24);
  }
  return <i32>code - 1;
}

/** Puts a text into a table that does not have it; one that is too long is left out. */
export function put(table: usize, mask: u32, at: usize, length: i32, code: i32): void {
  if (length > MOST_BYTES) return;
  const first = wordOf(at, length);
  const second = wordOf(at + 8, length - 8);
  const third = wordOf(at + 16, length - 16);
  let slot = hashOf(first, second, third) & mask;
  while (load<u32>(table + <usize>slot * SLOT_BYTES, 24) != 0) slot = (slot + 1) & mask;
  const place = table + <usize>slot * SLOT_BYTES;
  store<u64>(place, first);
  store<u64>(place, second, 8);
  store<u64>(place, third, 16);
  store<u32>(place, code + 1, 24);
  store<i32>(place, length, 28);
}

/** Puts all texts of one table into another, which is empty and larger. */
export function move(from: usize, fromMask: u32, to: usize, toMask: u32): void {
  const end = from + (<usize>fromMask + 1) * SLOT_BYTES;
  for (let own = from; own < end; own += SLOT_BYTES) {
    if (load<u32>(own, 24) == 0) continue;
    let slot = hashOf(load<u64>(own), load<u64>(own, 8), load<u64>(own, 16)) & toMask;
    while (load<u32>(to + <usize>slot * SLOT_BYTES, 24) != 0) slot = (slot + 1) & toMask;
    const place = to + <usize>slot * SLOT_BYTES;
    v128.store(place, v128.load(own));
    v128.store(place, v128.load(own, 16), 16);
  }
}

/** Up to eight bytes, zeros behind them. */
// @ts-ignore: decorator
@inline
function wordOf(at: usize, length: i32): u64 {
  if (length <= 0) return 0;
  const word = load<u64>(at);
  return length >= 8 ? word : word & (((<u64>1) << (<u64>length << 3)) - 1);
}

// @ts-ignore: decorator
@inline
function hashOf(first: u64, second: u64, third: u64): u32 {
  const hash = (first ^ rotl<u64>(second, 23) ^ rotl<u64>(third, 46)) * 0x9e3779b97f4a7c15;
  return <u32>(hash >> 32) ^ <u32>(hash >> 47);
}
