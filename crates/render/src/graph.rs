//! The dependency graph as text for other tools: Graphviz and Mermaid.

use crate::text::address;
use crate::words::append;
use plumb_model::ResourceKey;
use plumb_model::graph::Requirements;
use std::collections::{BTreeMap, BTreeSet};

/// The graph for Graphviz. An arrow leads from a resource to what it comes after.
#[must_use]
pub fn dot(edges: &Requirements<ResourceKey>) -> String {
    let mut text =
        String::from("digraph plumb {\n  rankdir = \"RL\";\n  node [shape = \"box\"];\n");
    for key in nodes(edges) {
        append(&mut text, format_args!("  {};\n", dot_name(key)));
    }
    for (key, required) in edges {
        for other in required {
            append(&mut text, format_args!("  {} -> {};\n", dot_name(key), dot_name(other)));
        }
    }
    text.push_str("}\n");
    text
}

fn dot_name(key: &ResourceKey) -> String {
    format!("\"{}\"", address(key).replace('\\', "\\\\").replace('"', "\\\""))
}

/// The graph as a Mermaid flowchart. An arrow leads from a resource to what it comes after.
#[must_use]
pub fn mermaid(edges: &Requirements<ResourceKey>) -> String {
    let names: BTreeMap<&ResourceKey, String> = nodes(edges)
        .into_iter()
        .enumerate()
        .map(|(position, key)| (key, format!("n{position}")))
        .collect();
    let mut text = String::from("flowchart RL\n");
    for (key, name) in &names {
        append(&mut text, format_args!("  {name}[\"{}\"]\n", mermaid_label(&address(key))));
    }
    for (key, required) in edges {
        for other in required {
            if let (Some(from), Some(to)) = (names.get(key), names.get(other)) {
                append(&mut text, format_args!("  {from} --> {to}\n"));
            }
        }
    }
    text
}

/// A label in which nothing is markup.
fn mermaid_label(text: &str) -> String {
    let mut label = String::new();
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | ';' | '\\' | '[' | ']' | '{' | '}' => {
                append(&mut label, format_args!("#{};", u32::from(character)));
            }
            plain => label.push(plain),
        }
    }
    label
}

fn nodes(edges: &Requirements<ResourceKey>) -> BTreeSet<&ResourceKey> {
    edges.iter().flat_map(|(key, required)| required.iter().chain([key])).collect()
}
