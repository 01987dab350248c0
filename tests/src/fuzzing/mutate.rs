//! Inputs near those of a corpus: parts of them cut, repeated, exchanged and mixed, as a seed says.
//! It sees no paths through the program; a fuzzer that does is described in `fuzz/README.md`.

use super::LONGEST;

/// Changes to one input at most.
const MOST_CHANGES: usize = 6;
/// Bytes that mean something in what is read.
const TELLING: &[u8] = b"\0\n\r\t \"#%&'*+,-./0189:<>?@[\\]_`{|}~\x1b\x7f\x80\xc3\xe2\xef\xff";
/// Numbers at the edges of types.
const EDGES: [&str; 10] = [
    "0",
    "-1",
    "1e999",
    "NaN",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "0.1",
    "99999999999999999999999999999999",
];

/// An input that a seed makes of a corpus.
#[must_use]
pub fn mutated(corpus: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut input = dice.one_of(corpus).cloned().unwrap_or_default();
    for _ in 0..=dice.below(MOST_CHANGES) {
        change(&mut input, corpus, &mut dice);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let (start, end) = dice.stretch(input.len());
    let stretch = input.get(start..end).unwrap_or_default().to_vec();
    let replacement: Vec<u8> = match dice.below(8) {
        0 => Vec::new(),
        1 => stretch.repeat(2 + dice.below(8)),
        2 => dice.one_of(TELLING).copied().into_iter().collect(),
        3 => dice.one_of(&EDGES).map(|text| text.as_bytes().to_vec()).unwrap_or_default(),
        4 => {
            let other = dice.one_of(corpus).map(Vec::as_slice).unwrap_or_default();
            let (start, end) = dice.stretch(other.len());
            other.get(start..end).unwrap_or_default().to_vec()
        }
        5 => stretch.iter().rev().copied().collect(),
        6 => stretch.iter().map(|byte| byte ^ (1 << dice.below(8))).collect(),
        _ => line_of(input, dice),
    };
    input.splice(start..end, replacement);
}

/// A line of the input, which then stands there twice.
fn line_of(input: &[u8], dice: &mut Dice) -> Vec<u8> {
    let lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    dice.one_of(&lines).map(|line| line.to_vec()).unwrap_or_default()
}

/// Numbers that look random and come from a seed alone (`SplitMix64`).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or_default()
    }

    fn one_of<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        let at = self.below(of.len());
        of.get(at)
    }

    /// A stretch of something of this length: mostly short, sometimes all that is left.
    fn stretch(&mut self, length: usize) -> (usize, usize) {
        let start = self.below(length + 1);
        let left = length - start;
        let longest = if self.below(8) == 0 { left } else { left.min(16) };
        (start, start + self.below(longest + 1))
    }
}
