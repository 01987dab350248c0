//! `plumb explain`: what a code means.

use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use plumb_model::codes::{EXPLANATIONS, Explanation};
use plumb_model::finding::nearest;
use plumb_model::{Code, Finding};

/// Prints one explanation, or the list of codes.
pub(crate) fn run(output: &Output, code: Option<&str>) -> Result<Exit, Problem> {
    let Some(code) = code else {
        let lines: Vec<String> =
            EXPLANATIONS.iter().map(|known| format!("{}  {}", known.code, known.title)).collect();
        output.data(&lines.join("\n"));
        return Ok(Exit::Done);
    };
    let known = Code::find(code).ok_or_else(|| unknown(code))?;
    output.data(&page(known, output.width.min(88)));
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Problem {
    let message = format!("there is no code {code}");
    let help = match nearest(code, EXPLANATIONS.iter().map(|known| known.code.as_str())) {
        Some(near) => format!("did you mean {near}? `plumb explain` lists all codes"),
        None => "`plumb explain` lists all codes".to_owned(),
    };
    Finding::error(Code::INVALID_VALUE, message).help(help).into()
}

fn page(known: &Explanation, width: usize) -> String {
    let mut text = format!("{}: {}\n", known.code, known.title);
    let mut column = 0;
    for word in known.text.split_whitespace() {
        if column == 0 || column + 1 + word.chars().count() > width {
            text.push('\n');
            column = 0;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.chars().count();
    }
    text
}
