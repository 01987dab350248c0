//! Writing new expectations into a `scenario.yaml`, without touching anything else in it.
//!
//! A listing is a block text (`plan: |`) of a step; its lines are replaced, comments and order of
//! everything around it stay. New text is for a person to review, never to be believed.

/// The fields that hold listings.
const LISTINGS: [&str; 4] = ["plan: |", "apply: |", "destroy: |", "export: |"];

/// The text with its listings replaced, in order. `None` when their number is another one.
#[must_use]
pub fn with_listings(text: &str, listings: &[String]) -> Option<String> {
    let mut updated = String::with_capacity(text.len());
    let mut new = listings.iter();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        updated.push_str(line);
        updated.push('\n');
        if !is_header(line) {
            continue;
        }
        let depth = indentation(line) + if line.trim_start().starts_with("- ") { 2 } else { 0 };
        while lines.next_if(|line| line.trim().is_empty() || indentation(line) > depth).is_some() {}
        for line in new.next()?.lines() {
            updated.push_str(&" ".repeat(depth + 2));
            updated.push_str(line);
            updated.push('\n');
        }
    }
    new.next().is_none().then_some(updated)
}

fn is_header(line: &str) -> bool {
    let field = line.trim_start();
    LISTINGS.contains(&field.strip_prefix("- ").unwrap_or(field))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
about: x
steps:
  # A comment stays.
  - write: a.yaml
    apply: |
      create A
      create B
    says: [x]
  - plan: |
      nothing
";

    #[test]
    fn only_the_listings_change() {
        let updated = with_listings(TEXT, &["create C\n".into(), "update D\nnote E\n".into()]);
        let expected = TEXT
            .replace("      create A\n      create B\n", "      create C\n")
            .replace("      nothing\n", "      update D\n      note E\n");
        assert_eq!(updated, Some(expected));
    }

    #[test]
    fn the_number_of_listings_must_agree() {
        assert_eq!(with_listings(TEXT, &["x\n".into()]), None);
        assert_eq!(with_listings(TEXT, &["x\n".into(), "y\n".into(), "z\n".into()]), None);
    }
}
