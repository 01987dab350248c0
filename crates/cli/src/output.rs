//! Where text goes: data to standard output, everything else to standard error.

use crate::arguments::When;
use crate::environment::Environment;
use crate::problem::Problem;
use indicatif::MultiProgress;
use plumb_render::{Colour, Style};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The moving lines on the screen while there are some: messages go above them. A process has one
/// screen.
static MOVING_LINES: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// The two streams, and how they may be used.
#[derive(Debug)]
pub(crate) struct Output {
    /// Whether standard output takes colour.
    pub(crate) color: bool,
    /// Whether standard error takes colour.
    pub(crate) color_on_error: bool,
    /// Whether standard error is a terminal, where lines can be rewritten.
    pub(crate) moving: bool,
    /// Columns to fill.
    pub(crate) width: usize,
    /// Columns that tables on standard output may fill: as many as they like where it is no
    /// terminal.
    table_width: usize,
    /// Why data could not be written, the first time.
    lost: Mutex<Option<Problem>>,
}

impl Output {
    /// Looks at the streams.
    pub(crate) fn new(when: When, environment: &Environment) -> Self {
        let plain = environment.variable("NO_COLOR").is_some()
            || environment.variable("TERM").is_some_and(|term| term == "dumb");
        let allowed = |is_terminal: bool| match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !plain,
        };
        let error_is_terminal = std::io::stderr().is_terminal();
        let columns = environment.variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns.or_else(terminal_width).unwrap_or(100).clamp(40, 240);
        let table_width = if std::io::stdout().is_terminal() { width } else { usize::MAX };
        Self {
            color: allowed(std::io::stdout().is_terminal()),
            color_on_error: allowed(error_is_terminal),
            moving: error_is_terminal && !environment.is_ci(),
            width,
            table_width,
            lost: Mutex::new(None),
        }
    }

    /// Says that there are moving lines on the screen now, or none any more.
    #[expect(clippy::unused_self, reason = "whoever has no output has nothing to say")]
    pub(crate) fn set_moving_lines(&self, lines: Option<MultiProgress>) {
        *MOVING_LINES.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    /// How to render what goes to standard output.
    pub(crate) fn style(&self) -> Style {
        self.style_with(self.color)
    }

    /// How to render tables that go to standard output.
    pub(crate) fn table_style(&self) -> Style {
        Style { width: self.table_width, ..self.style() }
    }

    /// How to render what goes to standard error.
    pub(crate) fn error_style(&self) -> Style {
        self.style_with(self.color_on_error)
    }

    fn style_with(&self, allowed: bool) -> Style {
        let colour = if allowed { Colour::Always } else { Colour::Never };
        Style { colour, width: self.width }
    }

    /// Data. A reader that went away ends the printing, not the run; any other reason is kept for
    /// [`Output::lost`].
    pub(crate) fn data(&self, text: &str) {
        // Of JSON nothing is left to break here, since that would break the JSON.
        let text = plumb_render::break_commands(text);
        let mut stream = std::io::stdout().lock();
        let ends = text.ends_with('\n') || text.is_empty();
        let written = stream
            .write_all(text.as_bytes())
            .and_then(|()| if ends { Ok(()) } else { stream.write_all(b"\n") })
            .and_then(|()| stream.flush());
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.lose(Path::new("standard output"), &error);
        }
    }

    /// Why data did not reach standard output, where it did not and somebody still waits for it.
    pub(crate) fn lost(&self) -> Option<Problem> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether something that somebody waits for could not be written: the command will not end well.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Something that somebody waits for could not be written, which ends no run.
    pub(crate) fn lose(&self, place: &Path, error: &io::Error) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.get_or_insert_with(|| Problem::file(place, error));
    }

    /// Anything that is not data.
    #[expect(clippy::unused_self, reason = "whoever has no output has nothing to say")]
    pub(crate) fn message(&self, text: &str) {
        message(text);
    }

    /// Asks a person, and gives the answer without its line end; `None` when standard input ended.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        put(question);
        self.answered(answer())
    }

    /// [`Output::ask`], while a signal must still be heard.
    pub(crate) async fn ask_meanwhile(&self, question: &str) -> Option<String> {
        put(question);
        let (tell, told) = tokio::sync::oneshot::channel();
        // A thread of its own: the runtime would wait for its threads before the process can end.
        let thread = std::thread::Builder::new().spawn(move || tell.send(answer()));
        if thread.is_err() {
            return self.answered(None);
        }
        self.answered(told.await.ok().flatten())
    }

    fn answered(&self, answer: Option<String>) -> Option<String> {
        if answer.is_none() {
            self.message("");
        }
        answer
    }
}

/// Writes to standard error, above the moving lines where there are some.
pub(crate) fn message(text: &str) {
    let text = plumb_render::break_commands(text);
    let lines = MOVING_LINES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = lines.as_ref() {
        let _gone = lines.println(text.trim_end());
        return;
    }
    drop(lines);
    let mut stream = std::io::stderr().lock();
    let ends = text.ends_with('\n') || text.is_empty();
    let _gone = stream
        .write_all(text.as_bytes())
        .and_then(|()| if ends { Ok(()) } else { stream.write_all(b"\n") });
}

fn put(question: &str) {
    let mut stream = std::io::stderr().lock();
    let _gone = stream.write_all(question.as_bytes()).and_then(|()| stream.flush());
}

fn answer() -> Option<String> {
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(length) if length > 0 => Some(answer.trim().to_owned()),
        Ok(_) | Err(_) => None,
    }
}

fn terminal_width() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(std::io::stderr())?;
    Some(usize::from(columns))
}
