//! `plumb explain`: what a code means.

use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use plumb_model::codes::{EXPLANATIONS, Explanation};
use plumb_model::text::escape;
use plumb_model::{Code, Finding};

/// Prints one explanation, or the list of codes.
pub(crate) fn run(output: &Output, code: Option<&str>) -> Result<Exit, Problem> {
    let Some(code) = code else {
        let lines: Vec<String> =
            EXPLANATIONS.iter().map(|known| format!("{}  {}", known.code, known.title)).collect();
        output.data(&lines.join("\n"));
        return Ok(Exit::Done);
    };
    let known = find(code).ok_or_else(|| unknown(code))?;
    output.data(&page(known, output.width.min(88)));
    Ok(Exit::Done)
}

/// The code somebody means: as it is printed (`error[PL0501]`), or its number alone.
fn find(code: &str) -> Option<&'static Explanation> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let number: Option<u16> = digits.parse().ok();
    Code::find(code).or_else(|| Code::find(&format!("PL{:04}", number?)))
}

fn unknown(code: &str) -> Problem {
    let message = format!("there is no code {}", escape(code));
    // Codes of one hundred are about one thing.
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let hundred = digits.parse::<u16>().ok().map(|number| format!("PL{:02}", number / 100));
    let known = EXPLANATIONS.iter().map(|known| known.code.as_str());
    let beside: Vec<&str> = known
        .filter(|code| hundred.as_ref().is_some_and(|hundred| code.starts_with(hundred)))
        .collect();
    let help = match (hundred, beside.as_slice()) {
        (Some(hundred), [first, .., last]) => {
            format!("the codes {hundred}nn are {first} to {last}; `plumb explain` lists all codes")
        }
        _ => "`plumb explain` lists all codes".to_owned(),
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
