//! Colour and width, as the caller found them. Whether there is a terminal is decided elsewhere.

use anstyle::AnsiColor;

/// Whether escape sequences may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// With colour.
    Always,
}

/// How output looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With or without colour.
    pub colour: Colour,
    /// The width to aim for, in columns. Addresses and messages are not cut to it, values are.
    pub width: usize,
}

impl Default for Style {
    /// What suits a file or a log: no colour, 100 columns.
    fn default() -> Self {
        Self { colour: Colour::Never, width: 100 }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Add,
    Change,
    Remove,
    Adopt,
    Strong,
    Quiet,
    Warning,
    Error,
}

impl Style {
    /// The text in its role's colour.
    pub(crate) fn paint(self, role: Role, text: &str) -> String {
        if self.colour == Colour::Never || text.is_empty() {
            return text.to_owned();
        }
        let colour = |colour: AnsiColor| colour.on_default();
        let style = match role {
            Role::Add => colour(AnsiColor::Green),
            Role::Change | Role::Warning => colour(AnsiColor::Yellow),
            Role::Remove => colour(AnsiColor::Red),
            Role::Adopt => colour(AnsiColor::Cyan),
            Role::Strong => anstyle::Style::new().bold(),
            Role::Quiet => anstyle::Style::new().dimmed(),
            Role::Error => colour(AnsiColor::Red).bold(),
        };
        format!("{style}{text}{style:#}")
    }
}
