//! Where a text stops being JSON, and what is said of it, as Python's `json` module has it: clients
//! see both in the answer to a broken body (V-01).

/// What is wrong with a text, and at which character; `None` when it is JSON.
pub(crate) fn problem(text: &str) -> Option<(usize, &'static str)> {
    Scanner { text: text.chars().collect(), at: 0 }.document().err()
}

type Scanned<T> = Result<T, (usize, &'static str)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

impl Open {
    fn end(self) -> char {
        match self {
            Self::List => ']',
            Self::Object => '}',
        }
    }
}

struct Scanner {
    text: Vec<char>,
    at: usize,
}

impl Scanner {
    fn document(&mut self) -> Scanned<()> {
        // A stack of its own: a text may be deeper than ours.
        let mut open: Vec<Open> = Vec::new();
        self.blanks();
        loop {
            if let Some(begun) = self.value()? {
                self.blanks();
                if self.peek() == Some(begun.end()) {
                    self.at += 1;
                } else {
                    open.push(begun);
                    self.name_in(begun)?;
                    continue;
                }
            }
            loop {
                self.blanks();
                let next = self.peek();
                let Some(inside) = open.last().copied() else {
                    return next.map_or(Ok(()), |_| Err((self.at, "Extra data")));
                };
                if next == Some(inside.end()) {
                    open.pop();
                    self.at += 1;
                } else if next == Some(',') {
                    self.at += 1;
                    self.blanks();
                    self.name_in(inside)?;
                    break;
                } else {
                    return Err((self.at, "Expecting ',' delimiter"));
                }
            }
        }
    }

    /// The name of a member, where one has to come.
    fn name_in(&mut self, inside: Open) -> Scanned<()> {
        if inside == Open::List {
            return Ok(());
        }
        if self.peek() != Some('"') {
            return Err((self.at, "Expecting property name enclosed in double quotes"));
        }
        self.string()?;
        self.blanks();
        if self.peek() != Some(':') {
            return Err((self.at, "Expecting ':' delimiter"));
        }
        self.at += 1;
        self.blanks();
        Ok(())
    }

    /// A value that is no list and no object; of those only the beginning.
    fn value(&mut self) -> Scanned<Option<Open>> {
        const WORDS: [&str; 6] = ["null", "true", "false", "NaN", "Infinity", "-Infinity"];
        match self.peek() {
            Some('"') => self.string().map(|()| None),
            Some(begin @ ('[' | '{')) => {
                self.at += 1;
                Ok(Some(if begin == '[' { Open::List } else { Open::Object }))
            }
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let here = |word: &&&str| {
                    word.chars().count() <= rest.len()
                        && word.chars().zip(rest).all(|(a, b)| a == *b)
                };
                match WORDS.iter().find(here) {
                    Some(word) => self.at += word.len(),
                    None => self.number()?,
                }
                Ok(None)
            }
        }
    }

    fn number(&mut self) -> Scanned<()> {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some('-'));
        match self.peek() {
            Some('0') => self.at += 1,
            Some('1'..='9') => self.digits(),
            _ => return Err((begin, "Expecting value")),
        }
        // What follows a number without being part of it is judged by whoever comes next.
        if self.peek() == Some('.') && self.is_digit(1) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.text.get(self.at + 1), Some('+' | '-')));
            if self.is_digit(1 + sign) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Scanned<()> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err((begin, "Unterminated string starting at")),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => self.escape(begin)?,
                Some(control) if control < ' ' => {
                    return Err((self.at, "Invalid control character at"));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Scanned<()> {
        match self.text.get(self.at + 1) {
            None => Err((begin, "Unterminated string starting at")),
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                self.at += 2;
                Ok(())
            }
            Some('u') => {
                let digits = self.text.get(self.at + 2..self.at + 6);
                if digits.is_none_or(|digits| !digits.iter().all(char::is_ascii_hexdigit)) {
                    return Err((self.at + 1, "Invalid \\uXXXX escape"));
                }
                self.at += 6;
                Ok(())
            }
            Some(_) => Err((self.at, "Invalid \\escape")),
        }
    }

    fn digits(&mut self) {
        while self.is_digit(0) {
            self.at += 1;
        }
    }

    fn is_digit(&self, ahead: usize) -> bool {
        self.text.get(self.at + ahead).is_some_and(char::is_ascii_digit)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python 3.11 says of each.
    #[test]
    fn problems_are_where_python_finds_them() {
        let name = "Expecting property name enclosed in double quotes";
        for (text, expected) in [
            ("", (0, "Expecting value")),
            ("nope", (0, "Expecting value")),
            ("{", (1, name)),
            ("{\"name\": }", (9, "Expecting value")),
            ("{\n\"näme\":,}", (9, "Expecting value")),
            ("{\"a\" 1}", (5, "Expecting ':' delimiter")),
            ("{\"a\": 1 \"b\": 2}", (8, "Expecting ',' delimiter")),
            ("{\"a\": 1, }", (9, name)),
            ("[1, ]", (4, "Expecting value")),
            ("[1", (2, "Expecting ',' delimiter")),
            ("01", (1, "Extra data")),
            ("1.", (1, "Extra data")),
            ("{} x", (3, "Extra data")),
            ("-", (0, "Expecting value")),
            ("{\"a\": \"b", (6, "Unterminated string starting at")),
            ("\"a\nb\"", (2, "Invalid control character at")),
            ("\"a\\xb\"", (2, "Invalid \\escape")),
            ("\"\\u12g4\"", (2, "Invalid \\uXXXX escape")),
        ] {
            assert_eq!(problem(text), Some(expected), "{text}");
        }
        for text in
            ["0", " {\"a\": [1, -2.5e+3, NaN, {}, []], \"b\": \"\\u00e4\\n\"} ", "-Infinity"]
        {
            assert_eq!(problem(text), None, "{text}");
        }
        assert_eq!(problem(&"[".repeat(100_000)), Some((100_000, "Expecting value")));
    }
}
