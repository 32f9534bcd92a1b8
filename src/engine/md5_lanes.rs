//! The digest of MD5, of eight blocks at once.
//!
//! One digest cannot be hurried: each of its 64 steps waits for the one before (RFC 1321, section
//! 3.4). Those of several blocks go side by side, in a plain loop over arrays that the compiler
//! makes vectors of, on every processor that has any; eight blocks take little longer than one.

use std::array;

/// How many blocks are compressed at once.
pub const LANES: usize = 8;

/// The state before the first block.
pub const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
/// By how many bits the steps of each round turn a word, again and again.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
/// 2³² times the sine of each step's number, cut off.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// How many vectors go side by side, so that one does not wait for itself.
const VECTORS: usize = 2;
/// How many lanes a vector has, on the least of processors.
const VECTOR_LANES: usize = LANES / VECTORS;

/// The bytes of a block, word by word.
pub type Block = [[u8; 4]; 16];

/// One word of every block.
type Word = [u32; LANES];
/// What one lane of all vectors holds.
type Lane = [u32; VECTORS];

/// The digest of each block as the four words that its bytes are, little-endian: what is hashed is
/// one block long, padding included.
#[must_use]
pub fn digests(blocks: &[Block; LANES]) -> [[u32; 4]; LANES] {
    let words =
        array::from_fn(|word| blocks.each_ref().map(|block| u32::from_le_bytes(block[word])));
    let mut states = [[0; LANES]; 4];
    compress(&words, &mut states);
    array::from_fn(|lane| states.map(|word| word[lane]))
}

/// Compresses the blocks that have these words. The loop is the one that becomes vectors: there is
/// no other in it, and what it reads and writes is apart.
#[inline(never)]
fn compress(words: &[Word; 16], states: &mut [Word; 4]) {
    for first in 0..VECTOR_LANES {
        let word = |index: usize| -> Lane {
            array::from_fn(|vector| words[index % 16][vector * VECTOR_LANES + first])
        };
        let mut state = START.map(|start| [start; VECTORS]);
        round::<0>(&mut state, word, |b, c, d| d ^ (b & (c ^ d)));
        round::<1>(&mut state, |step| word(5 * step + 1), |b, c, d| c ^ (d & (b ^ c)));
        round::<2>(&mut state, |step| word(3 * step + 5), |b, c, d| b ^ c ^ d);
        round::<3>(&mut state, |step| word(7 * step), |b, c, d| c ^ (b | !d));
        for ((to, from), start) in states.iter_mut().zip(state).zip(START) {
            for (vector, from) in from.into_iter().enumerate() {
                to[vector * VECTOR_LANES + first] = from.wrapping_add(start);
            }
        }
    }
}

/// Sixteen steps; `word` has the word that each of them takes in.
#[expect(clippy::inline_always, reason = "a call would keep the loop from becoming vectors")]
#[inline(always)]
fn round<const ROUND: usize>(
    state: &mut [Lane; 4],
    word: impl Fn(usize) -> Lane,
    mix: impl Fn(u32, u32, u32) -> u32 + Copy,
) {
    four_steps::<ROUND>(state, 0, &word, mix);
    four_steps::<ROUND>(state, 4, &word, mix);
    four_steps::<ROUND>(state, 8, &word, mix);
    four_steps::<ROUND>(state, 12, &word, mix);
}

/// Four steps, after which each word of the state has had its turn.
#[expect(clippy::inline_always, reason = "a call would keep the loop from becoming vectors")]
#[inline(always)]
fn four_steps<const ROUND: usize>(
    [a, b, c, d]: &mut [Lane; 4],
    first: usize,
    word: impl Fn(usize) -> Lane,
    mix: impl Fn(u32, u32, u32) -> u32 + Copy,
) {
    let [turn_a, turn_d, turn_c, turn_b] = TURNS[ROUND];
    let taken = |step: usize| (word(first + step), SINES[16 * ROUND + first + step]);
    step(a, [b, c, d], taken(0), turn_a, mix);
    step(d, [a, b, c], taken(1), turn_d, mix);
    step(c, [d, a, b], taken(2), turn_c, mix);
    step(b, [c, d, a], taken(3), turn_b, mix);
}

/// One step.
#[expect(clippy::inline_always, reason = "a call would keep the loop from becoming vectors")]
#[inline(always)]
fn step(
    a: &mut Lane,
    [b, c, d]: [&Lane; 3],
    (word, sine): (Lane, u32),
    turn: u32,
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for vector in 0..VECTORS {
        let mixed = mix(b[vector], c[vector], d[vector]);
        let sum = a[vector].wrapping_add(word[vector]).wrapping_add(sine).wrapping_add(mixed);
        a[vector] = sum.rotate_left(turn).wrapping_add(b[vector]);
    }
}
