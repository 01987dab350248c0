//! A sketch of a set: short, of one length however large the set is, and enough to find out in what
//! two sets differ when that is little. This is `PinSketch` (Dodis, Ostrovsky, Reyzin and Smith, "Fuzzy
//! Extractors", 2008): the sums of the odd powers of all elements, as numbers of the field with 2^32
//! elements. Only elements that somebody can name are looked for; no polynomial is factored.

use std::ops::BitXor;

/// So many elements may differ between two sets.
pub(crate) const CAPACITY: usize = 16;

/// The field's polynomial without its highest power: x^32 + x^7 + x^3 + x^2 + 1.
const MODULUS: u32 = 0x8d;

/// The sketch of a set of numbers, none of them zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch(pub(crate) [u32; CAPACITY]);

impl Sketch {
    /// Takes an element in.
    pub(crate) fn add(&mut self, element: u32) {
        let square = times(element, element);
        let mut power = element;
        for sum in &mut self.0 {
            *sum ^= power;
            power = times(power, square);
        }
    }

    /// What tells the elements of the sketched set from others. Of a set of more than
    /// [`CAPACITY`] it finds none.
    pub(crate) fn locator(&self) -> Locator {
        Locator(shortest_recurrence(&self.sums()))
    }

    /// The sums of all powers from the first: an even one is the square of the one half as high.
    fn sums(&self) -> Vec<u32> {
        let mut sums: Vec<u32> = Vec::with_capacity(2 * CAPACITY);
        for odd in self.0 {
            sums.push(odd);
            let half = sums.get(sums.len() / 2).copied().unwrap_or_default();
            sums.push(times(half, half));
        }
        sums
    }
}

/// The elements that one of two sets has and the other has not.
impl BitXor for Sketch {
    type Output = Self;

    fn bitxor(mut self, other: Self) -> Self {
        for (sum, other) in self.0.iter_mut().zip(other.0) {
            *sum ^= other;
        }
        self
    }
}

/// A polynomial whose roots are the inverses of the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locator(Vec<u32>);

impl Locator {
    /// How many elements there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Whether this is one of them.
    pub(crate) fn finds(&self, element: u32) -> bool {
        let value = self.0.iter().fold(0, |sum, coefficient| times(sum, element) ^ coefficient);
        value == 0
    }
}

/// The shortest linear recurrence that makes a sequence (Berlekamp and Massey), from 1 on.
fn shortest_recurrence(sequence: &[u32]) -> Vec<u32> {
    let (mut current, mut before) = (vec![1], vec![1]);
    let (mut length, mut since, mut last) = (0, 1, 1);
    for (at, _) in sequence.iter().enumerate() {
        let terms = current.iter().zip(sequence.iter().take(at + 1).rev());
        let off = terms.fold(0, |sum, (coefficient, term)| sum ^ times(*coefficient, *term));
        if off == 0 {
            since += 1;
            continue;
        }
        let shifted = plus_shifted(&current, &before, times(off, inverse(last)), since);
        if 2 * length <= at {
            before = std::mem::replace(&mut current, shifted);
            (length, last, since) = (at + 1 - length, off, 1);
        } else {
            current = shifted;
            since += 1;
        }
    }
    current.resize(length + 1, 0);
    current
}

/// `one + factor * x^shift * other`.
fn plus_shifted(one: &[u32], other: &[u32], factor: u32, shift: usize) -> Vec<u32> {
    let mut sum = one.to_vec();
    sum.resize(one.len().max(other.len() + shift), 0);
    for (place, coefficient) in sum.iter_mut().skip(shift).zip(other) {
        *place ^= times(factor, *coefficient);
    }
    sum
}

/// The product of two numbers of the field.
fn times(mut one: u32, mut other: u32) -> u32 {
    let mut product = 0;
    while other != 0 {
        if other & 1 == 1 {
            product ^= one;
        }
        let carries = one >> 31 == 1;
        one <<= 1;
        if carries {
            one ^= MODULUS;
        }
        other >>= 1;
    }
    product
}

/// What a number has to be multiplied with to give 1: its power of 2^32 - 2.
fn inverse(number: u32) -> u32 {
    let (mut result, mut square) = (1, number);
    for _ in 1..32 {
        square = times(square, square);
        result = times(result, square);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sketch(set: &BTreeSet<u32>) -> Sketch {
        let mut sketch = Sketch::default();
        for element in set {
            sketch.add(*element);
        }
        sketch
    }

    proptest! {
        #[test]
        fn what_differs_is_found_and_nothing_else(
            same in proptest::collection::btree_set(1_u32.., 0..40),
            differing in proptest::collection::btree_set(1_u32.., 0..=CAPACITY),
            others in proptest::collection::btree_set(1_u32.., 0..40),
        ) {
            let (mut one, mut other) = (same.clone(), same.clone());
            for (at, element) in differing.difference(&same).enumerate() {
                if at % 2 == 0 { one.insert(*element) } else { other.insert(*element) };
            }
            let locator = (sketch(&one) ^ sketch(&other)).locator();
            let expected: BTreeSet<u32> = one.symmetric_difference(&other).copied().collect();
            prop_assert_eq!(locator.count(), expected.len());
            for element in same.iter().chain(&differing).chain(&others) {
                prop_assert_eq!(locator.finds(*element), expected.contains(element));
            }
        }

        #[test]
        fn a_number_times_its_inverse_is_one(number in 1_u32..) {
            prop_assert_eq!(times(number, inverse(number)), 1);
        }
    }

    /// More than fits is not taken for something else.
    #[test]
    fn of_too_many_none_is_found() {
        let many: BTreeSet<u32> = (1..=u32::try_from(CAPACITY).unwrap() + 1).collect();
        let locator = sketch(&many).locator();
        assert!(many.iter().all(|element| !locator.finds(*element)), "{locator:?}");
    }
}
