/** @file Decimals: digits, perhaps a minus, perhaps a point between digits; at most 15 digits, no needless zero in front, no -0. */

const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const MAX_DIGITS: i32 = 15;

/** Of the last decimal that was found: its units, whole and exact, and its places. */
export let units: f64 = 0;
export let places: i32 = 0;

/**
 * Whether a cell of at most 15 bytes is a decimal, by one look at all of its bytes.
 *
 * @param bytes  [16] from the cell's first one on; what stands behind the cell does not matter
 */
// @ts-ignore: decorator
@inline
export function isShortDecimal(bytes: v128, length: i32): bool {
  let digits = i8x16.sub(bytes, i8x16.splat(<i8>ZERO));
  const sign = <i32>(<u32>i8x16.extract_lane_u(bytes, 0) == MINUS);
  const within = (1 << length) - 1;
  // What is no digit: nothing, or the point.
  const others = i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9))) & within & ~sign;
  if ((others & (others - 1)) != 0 || length <= sign) return false;
  let index = i8x16.add(
    v128(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16.splat(<i8>(length - 16)),
  );
  let whole = length - sign;
  let after = 0;
  if (others != 0) {
    const point = ctz(others);
    whole = point - sign;
    after = length - 1 - point;
    const isPoint = (i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>POINT))) & others) != 0;
    if (!isPoint || whole == 0 || after == 0) return false;
    // Digits in front of the point move one place on, over it.
    index = i8x16.add(index, i8x16.le_s(index, i8x16.splat(<i8>point)));
  }
  if (sign != 0) digits = i8x16.replace_lane(digits, 0, 0);
  if (whole > 1 && (i8x16.bitmask(i8x16.eq(digits, i8x16.splat(0))) & (1 << sign)) != 0) return false;
  const size = valueOf(v128.swizzle(digits, index));
  if (size == 0 && sign != 0) return false;
  units = sign != 0 ? -size : size;
  places = after;
  return true;
}

/** The number of 16 digits, the first of which are zeros. */
// @ts-ignore: decorator
@inline
function valueOf(digits: v128): f64 {
  const tens = i16x8(10, 1, 10, 1, 10, 1, 10, 1);
  const pairs = i16x8.narrow_i32x4_s(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(digits), tens),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(digits), tens),
  );
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const eights = i32x4.dot_i16x8_s(
    i16x8.narrow_i32x4_s(fours, fours),
    i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1),
  );
  return <f64>i32x4.extract_lane(eights, 0) * 1e8 + <f64>i32x4.extract_lane(eights, 1);
}

/** The same byte by byte, of a cell of any length. */
export function isDecimal(at: usize, end: usize): bool {
  const isNegative = at < end && <u32>load<u8>(at) == MINUS;
  let from = at;
  if (isNegative) from++;
  if (end <= from || <i32>(end - from) > MAX_DIGITS + 1) return false;
  let size: i64 = 0;
  let count = 0;
  let whole = -1;
  for (let place = from; place < end; place++) {
    const digit = <u32>load<u8>(place) - ZERO;
    if (digit <= 9) {
      size = size * 10 + digit;
      count++;
    } else if (<u32>load<u8>(place) == POINT && whole < 0) {
      whole = count;
    } else {
      return false;
    }
  }
  const after = whole < 0 ? 0 : count - whole;
  if (whole >= 0 && (whole == 0 || after == 0)) return false;
  if (count > MAX_DIGITS || (count - after > 1 && <u32>load<u8>(from) == ZERO)) return false;
  if (size == 0 && isNegative) return false;
  units = isNegative ? -(<f64>size) : <f64>size;
  places = after;
  return true;
}
