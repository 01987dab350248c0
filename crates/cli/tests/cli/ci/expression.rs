//! The little of GitHub's expressions that the shipped workflows use.

use std::collections::BTreeMap;

/// What names are worth: `github.sha`, `steps.plan.outputs.code`; what is not there is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(BTreeMap<String, String>);

impl Values {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn get(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.clone());
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.get("failed") == "true"
    }

    /// A text with what its expressions are worth in their places.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |filled, part| {
            let (expression, rest) = part.split_once("}}").unwrap();
            filled + &self.worth(expression) + rest
        })
    }

    /// Whether a condition holds; one that does not say otherwise needs that nothing failed.
    pub(crate) fn is_true(&self, condition: &str) -> bool {
        let inner = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
        let regardless = inner.contains("always()");
        truthy(&self.worth(inner)) && (regardless || !self.has_failed())
    }

    fn worth(&self, expression: &str) -> String {
        let text = expression.trim();
        for (operator, chooses) in [("||", true), ("&&", false)] {
            if let Some((left, right)) = split(text, operator) {
                let left = self.worth(left);
                return if truthy(&left) == chooses { left } else { self.worth(right) };
            }
        }
        for (operator, equal) in [("==", true), ("!=", false)] {
            if let Some((left, right)) = split(text, operator) {
                return ((self.worth(left) == self.worth(right)) == equal).to_string();
            }
        }
        if let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            return self.worth(inner);
        }
        if let Some(literal) = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
            return literal.to_owned();
        }
        if text == "always()" { "true".to_owned() } else { self.get(text) }
    }
}

fn truthy(value: &str) -> bool {
    !value.is_empty() && value != "false"
}

/// Splits at an operator outside of parentheses and quotes.
fn split<'t>(text: &'t str, operator: &str) -> Option<(&'t str, &'t str)> {
    let (mut depth, mut quoted) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ if depth == 0 && !quoted && text[at..].starts_with(operator) => {
                return Some((&text[..at], &text[at + operator.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[test]
fn expressions_are_worth_what_github_says() {
    let mut values = Values::default();
    values.set("a.b", "x");
    for (expression, worth) in [
        ("${{ a.b }}-${{ c }}", "x-"),
        ("${{ c || 'y' }}", "y"),
        ("${{ a.b == 'x' && c != 'x' }}", "true"),
        ("${{ always() && (a.b == 'y' || c == '') }}", "true"),
        ("${{ a.b != 'x' }}", "false"),
    ] {
        assert_eq!(values.fill(expression), worth, "{expression}");
    }
    values.set("failed", "true");
    assert!(!values.is_true("a.b == 'x'") && values.is_true("${{ always() && a.b }}"));
}
