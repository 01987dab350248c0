//! The order of a plan's resources as a drawing: boxes with arrows from what comes first to what comes after.
//! A library lays them out.

use crate::overview::{Change, Touched};
use crate::text::address;
use plumb_model::{ActionId, Plan, ResourceKey};
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;
use std::collections::{BTreeMap, BTreeSet};

/// A drawing with more boxes than these shows nothing to anybody.
const MOST_BOXES: usize = 150;

/// Of a box.
const HEIGHT: f64 = 28.0;
/// Of a letter, about.
const LETTER: f64 = 7.2;
/// Around text, and around everything.
const MARGIN: f64 = 12.0;
/// A longer address is cut in the middle.
const LONGEST_LABEL: usize = 44;

/// Boxes and arrows with their places, in pixels.
#[derive(Debug)]
pub(crate) struct Drawing {
    pub(crate) label: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) nodes: Vec<Node>,
    /// Paths of SVG.
    pub(crate) edges: Vec<String>,
}

/// A box.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) address: String,
    pub(crate) label: String,
    pub(crate) class: &'static str,
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) width: i64,
    pub(crate) text_x: i64,
    pub(crate) text_y: i64,
}

impl Drawing {
    /// That of a plan; `None` where nothing comes after anything, and where it would be too large.
    pub(crate) fn of(plan: &Plan, touched: &[Touched<'_>]) -> Option<Self> {
        let places: BTreeMap<&ResourceKey, usize> =
            touched.iter().enumerate().map(|(at, touched)| (touched.key, at)).collect();
        let edges = edges(plan, &places);
        if edges.is_empty() || touched.len() > MOST_BOXES {
            return None;
        }
        let labels: Vec<String> =
            touched.iter().map(|touched| label(&address(touched.key))).collect();
        let sizes: Vec<(u32, (f64, f64))> = labels
            .iter()
            .enumerate()
            .filter_map(|(at, label)| Some((u32::try_from(at).ok()?, (width(label), HEIGHT))))
            .collect();
        let config =
            Config { vertex_spacing: 2.0 * MARGIN, dummy_vertices: true, ..Config::default() };
        let mut drawing = Self {
            label: format!("{} resources, each below what it comes after", touched.len()),
            width: 0,
            height: 0,
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        let mut centres: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let mut left = MARGIN;
        for (nodes, _, _) in from_vertices_and_edges(&sizes, &edges, &config) {
            let half = |at: usize| labels.get(at).map_or(0.0, |label| width(label) / 2.0);
            let least = |of: fn(f64, f64) -> f64, values: &mut dyn Iterator<Item = f64>| {
                values.reduce(of).unwrap_or_default()
            };
            let near = least(f64::min, &mut nodes.iter().map(|(at, (x, _))| x - half(*at)));
            let far = least(f64::max, &mut nodes.iter().map(|(at, (x, _))| x + half(*at)));
            let top = least(f64::min, &mut nodes.iter().map(|(_, (_, y))| *y));
            for (at, (x, y)) in nodes {
                centres.insert(at, (x - near + left, y - top + MARGIN + HEIGHT / 2.0));
            }
            left += far - near + 2.0 * MARGIN;
        }
        drawing.width = pixels(left);
        let bottom = centres.values().map(|(_, y)| *y).fold(0.0, f64::max);
        drawing.height = pixels(bottom + HEIGHT / 2.0 + MARGIN);
        drawing.edges = edges.iter().filter_map(|edge| arrow(&centres, *edge)).collect();
        drawing.nodes = touched
            .iter()
            .zip(labels)
            .enumerate()
            .filter_map(|(at, (touched, label))| Some(node(touched, label, *centres.get(&at)?)))
            .collect();
        Some(drawing)
    }
}

/// From what comes first to what comes after, between different resources.
fn edges(plan: &Plan, places: &BTreeMap<&ResourceKey, usize>) -> Vec<(u32, u32)> {
    let keys: BTreeMap<&ActionId, &ResourceKey> =
        plan.actions.iter().map(|action| (&action.id, &action.key)).collect();
    let place = |key: &ResourceKey| u32::try_from(*places.get(key)?).ok();
    let mut edges: BTreeSet<(u32, u32)> = BTreeSet::new();
    for action in &plan.actions {
        let required = action.requires.iter().filter_map(|id| keys.get(id));
        let pairs = required.filter(|key| **key != &action.key);
        edges.extend(pairs.filter_map(|key| Some((place(key)?, place(&action.key)?))));
    }
    edges.into_iter().collect()
}

fn node(touched: &Touched<'_>, label: String, (x, y): (f64, f64)) -> Node {
    let wide = width(&label);
    Node {
        address: address(touched.key),
        class: class(touched.change),
        x: pixels(x - wide / 2.0),
        y: pixels(y - HEIGHT / 2.0),
        width: pixels(wide),
        text_x: pixels(x - wide / 2.0 + MARGIN),
        text_y: pixels(y + HEIGHT / 6.0),
        label,
    }
}

/// A curve from the bottom of one box to the top of another.
fn arrow(centres: &BTreeMap<usize, (f64, f64)>, (from, to): (u32, u32)) -> Option<String> {
    let centre = |at: u32| centres.get(&usize::try_from(at).ok()?).copied();
    let ((x, y), (to_x, to_y)) = (centre(from)?, centre(to)?);
    let down = to_y >= y;
    let (y, to_y) = if down {
        (y + HEIGHT / 2.0, to_y - HEIGHT / 2.0)
    } else {
        (y - HEIGHT / 2.0, to_y + HEIGHT / 2.0)
    };
    let middle = pixels(f64::midpoint(y, to_y));
    let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(pixels);
    Some(format!("M{x} {y} C{x} {middle} {to_x} {middle} {to_x} {to_y}"))
}

/// The class of what happens to a resource.
pub(crate) fn class(change: Change) -> &'static str {
    match change {
        Change::Create => "add",
        Change::Delete | Change::Replace => "remove",
        Change::Adopt | Change::Update | Change::Touch => "change",
    }
}

fn width(label: &str) -> f64 {
    let letters = u32::try_from(label.chars().count()).unwrap_or(u32::MAX);
    LETTER.mul_add(f64::from(letters), 2.0 * MARGIN)
}

/// An address, cut in its middle where it is long: its end tells more.
fn label(address: &str) -> String {
    let letters: Vec<char> = address.chars().collect();
    if letters.len() <= LONGEST_LABEL {
        return address.to_owned();
    }
    let (first, last) = (LONGEST_LABEL / 3, LONGEST_LABEL - LONGEST_LABEL / 3 - 1);
    let head: String = letters.iter().take(first).collect();
    let tail: String = letters.iter().skip(letters.len().saturating_sub(last)).collect();
    format!("{head}…{tail}")
}

#[expect(clippy::cast_possible_truncation, reason = "a drawing is some thousand pixels large")]
fn pixels(length: f64) -> i64 {
    length.round() as i64
}
