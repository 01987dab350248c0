//! `plumb explain`: what a code means.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Output, Problem, Report, Serialize,
};
use plumb_model::explanations::{EXPLANATIONS, Explanation};
use plumb_model::text::escape;
use plumb_model::{Code, Finding};

/// Explain a code such as PL0203.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code; all codes when missing.
    code: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// Codes and what they mean.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Codes {
    /// The codes.
    codes: Vec<Entry>,
    #[serde(skip)]
    extent: Extent,
}

/// How much people are shown.
#[derive(Debug, PartialEq, Eq)]
enum Extent {
    Titles,
    Page,
}

/// One code.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// The code: `PL0203`.
    code: &'static str,
    /// One line.
    title: &'static str,
    /// What it means and what to do.
    text: &'static str,
}

impl Explain {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let (known, extent) = match &self.code {
            None => (EXPLANATIONS.iter().collect(), Extent::Titles),
            Some(code) => (vec![find(code).ok_or_else(|| unknown(code))?], Extent::Page),
        };
        let entry = |known: &Explanation| Entry {
            code: known.code.as_str(),
            title: known.title,
            text: known.text,
        };
        let codes = known.into_iter().map(entry).collect();
        self.format.print(&Codes { codes, extent }, &context.output);
        Ok(Exit::Done.into())
    }
}

impl Report for Codes {
    fn human(&self, output: &Output) -> String {
        let line = |known: &Entry| match self.extent {
            Extent::Titles => format!("{}  {}", known.code, known.title),
            Extent::Page => page(known, output.width.min(88)),
        };
        self.codes.iter().map(line).collect::<Vec<_>>().join("\n")
    }
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

fn page(known: &Entry, width: usize) -> String {
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
