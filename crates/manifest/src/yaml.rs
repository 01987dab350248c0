//! Reading YAML 1.2 (and so JSON) into a [`Tree`], with limits that hold for any input.
//!
//! # Guarantees
//! - Time and memory are linear in the length of the text; aliases and merge keys add at most
//!   [`expansion_budget`] to it.
//! - Nothing is deeper than [`DEEPEST`], aliases included, so that what walks a tree may recurse.
//! - A mistake in one document does not hide the next document.
//!
//! What a scalar means is in `scalar`; which files are read is in `source`.

mod fields;

use crate::characters::suspicious;
use crate::scalar::{self, Plain};
use crate::tree::{Content, NodeId, Source, Tree};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Levels of nesting.
pub(crate) const DEEPEST: usize = 64;
/// Bytes in a file.
pub(crate) const LARGEST_FILE: usize = 8 << 20;
/// Values in a document, or an item of a list of documents. What servers know is a thousandth of it.
pub(crate) const MOST_VALUES: usize = 50_000;
/// Values in a file: so many, and one more for so many bytes. Ordinary manifests need seven bytes
/// for a value and more, also where a program writes them without a blank.
const MOST_DENSE_VALUES: usize = 100_000;
const BYTES_OF_A_VALUE: usize = 5;
/// Documents in a file; eight million bytes of the shortest that mean something are fewer.
pub(crate) const MOST_DOCUMENTS: u32 = 100_000;
/// Anchors in a document.
const MOST_ANCHORS: usize = 10_000;
/// Characters in a key: what YAML itself allows where nothing says that a key comes.
const LONGEST_KEY: usize = 1_024;
/// Characters the scanner looks ahead for the colon that would make a key of what it has. It keeps
/// all it saw meanwhile, and for a list in brackets that would be the whole of it.
const LONGEST_LOOK_AHEAD: usize = 8 * LONGEST_KEY;
/// Errors in one file, after which reading it ends.
const MOST_ERRORS: usize = 200;
/// Warnings in one file, after which they are no longer told.
const MOST_WARNINGS: usize = 100;
/// What a value counts for against the expansion budget, beside its text.
const NODE_WEIGHT: u64 = 32;

/// What is wrong with what is too deep, and what to do about what is too much.
const TOO_DEEP: &str = "the document is nested more than 64 levels deep";
const FLATTEN: &str = "nest it less";
const SPLIT: &str = "split it into several files";
const WRITE_OUT: &str = "write out what they stand for";

/// How much aliases and merge keys may add to a file of `length` bytes.
fn expansion_budget(length: usize) -> u64 {
    const LARGEST: u64 = 8 << 20;
    (64 * 1024 + 10 * length as u64).min(LARGEST)
}

/// A file that was read: its tree, the roots of its documents that are not empty, each with its
/// position in the file, and what is wrong.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) tree: Tree,
    pub(crate) roots: Vec<(u32, NodeId)>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads all documents of a text.
pub(crate) fn parse(source: &Arc<Source>) -> Parsed {
    let text = &source.text;
    let mut reader = Reader::new(Arc::clone(source), suspicious(text));
    if text.len() > LARGEST_FILE {
        reader.stop("the file is larger than 8 MiB", SPLIT, 0..0);
    } else {
        reader.read(text);
    }
    reader.finish()
}

/// What is kept of a node that may be repeated by an alias.
#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    weight: u64,
    height: usize,
}

/// A list or mapping that is not yet closed.
struct Open {
    style: StructureStyle,
    is_mapping: bool,
    start: usize,
    anchor: usize,
    /// Where its children begin in `Reader::pending`.
    base: usize,
    weight: u64,
    height: usize,
}

/// Reading this file cannot go on; the reason has been reported.
struct Stop;

struct Reader {
    tree: Tree,
    roots: Vec<(u32, NodeId)>,
    /// Errors only: reading may end early because of them, and never because of a warning.
    findings: Vec<Finding>,
    warnings: Vec<Finding>,
    /// Children of the open lists and mappings, innermost last.
    pending: Vec<NodeId>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    root: Option<NodeId>,
    document: u32,
    /// How many values there were before this document, or this item of a list of documents.
    before: usize,
    budget: u64,
    suspicious: Vec<(usize, char)>,
    quoted: Vec<std::ops::Range<usize>>,
    /// Texts of several lines, in which what only looks like a space is text.
    blocks: Vec<std::ops::Range<usize>>,
}

impl Reader {
    fn new(source: Arc<Source>, suspicious: Vec<(usize, char)>) -> Self {
        let budget = expansion_budget(source.text.len());
        Self {
            tree: Tree::new(source),
            roots: Vec::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
            pending: Vec::new(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            document: 0,
            before: 0,
            budget,
            suspicious,
            quoted: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn read(&mut self, text: &str) {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
            simple_key_max_lookahead: LONGEST_LOOK_AHEAD,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        loop {
            match parser.next_event() {
                None => return,
                Some(Ok((event, span))) => {
                    if self.event(event, span).is_err() {
                        return;
                    }
                }
                Some(Err(error)) => {
                    self.syntax(&error);
                    self.abandon();
                    let limit = matches!(error.kind(), ErrorKind::RecursionLimitExceeded);
                    let full = self.findings.len() >= MOST_ERRORS;
                    if limit || full || !matches!(parser.proceed_next_document(), Ok(true)) {
                        return;
                    }
                }
            }
        }
    }

    fn event(&mut self, event: Event<'_>, span: granit_parser::Span) -> Result<(), Stop> {
        let range = span.byte_range().unwrap_or_default();
        self.check_limits(&range)?;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                let content = self.scalar(&text, style, tag, &span, range.clone());
                let weight = NODE_WEIGHT + text.len() as u64;
                let node = self.tree.push(range.start, range.end, content);
                self.add(Anchored { node, weight, height: 0 }, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span);
                self.open(style, false, anchor, range)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span);
                self.open(style, true, anchor, range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end)?,
            Event::Alias(anchor) => self.alias(anchor, range)?,
            Event::UnresolvedAlias(_) => {
                // It is not repeated, and no tag is: a password without its quotes may begin so.
                let message = "no anchor stands before this alias".to_owned();
                let help = "put text that begins with * in quotes".to_owned();
                self.report_with_help(Code::SYNTAX, message, range.clone(), help);
                let node = self.tree.push(range.start, range.end, Content::Null);
                self.add(Anchored { node, weight: NODE_WEIGHT, height: 0 }, 0);
            }
            Event::DocumentEnd => self.end_document(),
            _ => {}
        }
        if self.findings.len() >= MOST_ERRORS { Err(Stop) } else { Ok(()) }
    }

    /// Ends what has more of something than anybody needs, before it has much more.
    fn check_limits(&mut self, range: &std::ops::Range<usize>) -> Result<(), Stop> {
        let values = self.tree.len();
        let children =
            self.open.last().map_or(0, |open| self.pending.len().saturating_sub(open.base));
        let (message, help) = if self.anchors.len() > MOST_ANCHORS {
            ("the document has more than 10,000 anchors", WRITE_OUT)
        } else if self.document >= MOST_DOCUMENTS
            || (children > MOST_DOCUMENTS as usize && self.is_among_documents())
        {
            ("the file holds more than 100,000 documents", SPLIT)
        } else if values.saturating_sub(self.before) > 2 * MOST_VALUES {
            // Keys count here, and aliases do not: whether there are too many is seen exactly later.
            ("the document holds more than 50,000 values", "split it into several documents")
        } else if values > MOST_DENSE_VALUES + range.start / BYTES_OF_A_VALUE {
            ("the file holds more values than one for every 5 bytes", SPLIT)
        } else {
            return Ok(());
        };
        Err(self.stop(message, help, range.clone()))
    }

    /// Whether the next value is an item of a list of documents: the list at `items` of the root.
    fn is_among_documents(&self) -> bool {
        let [root, list] = self.open.as_slice() else { return false };
        let key = list.base.checked_sub(1).and_then(|at| self.pending.get(at));
        let key = key.and_then(|key| self.tree.key_text(*key));
        root.is_mapping && !list.is_mapping && key == Some("items")
    }

    fn end_document(&mut self) {
        if let Some(root) = self.root.take()
            && self.tree.content(root) != Content::Null
        {
            self.roots.push((self.document, root));
        }
        self.abandon();
    }

    /// Forgets what is open and goes on to the next document.
    fn abandon(&mut self) {
        self.pending.clear();
        self.open.clear();
        self.anchors.clear();
        self.root = None;
        self.document += 1;
        self.before = self.tree.len();
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &granit_parser::Span,
        range: std::ops::Range<usize>,
    ) -> Content {
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        if quoted && !self.suspicious.is_empty() {
            self.quoted.push(range.clone());
        }
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if block && !self.suspicious.is_empty() {
            self.blocks.push(range.clone());
        }
        let inside =
            if quoted { range.start + 1..range.end.saturating_sub(1) } else { range.clone() };
        let meaning = match tag {
            None if style == ScalarStyle::Plain => {
                // A parser without a scalar gives `~`, also where nothing is written.
                let written = if range.is_empty() { "" } else { text };
                scalar::plain(written)
            }
            None => Plain::Text,
            Some(tag) => self.tagged(tag, text, span),
        };
        if tag.is_none()
            && style == ScalarStyle::Plain
            && !self.is_key()
            && let Some(taken) = scalar::misread(text)
        {
            let here = if meaning == Plain::Number { "a decimal number" } else { "text" };
            self.misread(here, taken, range.clone());
        }
        match meaning {
            Plain::Null => Content::Null,
            Plain::Truth(truth) => Content::Truth(truth),
            Plain::Number => self.tree.number_content(text),
            Plain::Unrepresentable => {
                // The number itself is not repeated: it may be a password without its quotes.
                let message = "this number cannot be sent exactly".to_owned();
                let help = scalar::instead_of(text).to_owned();
                self.report_with_help(Code::INVALID_VALUE, message, range, help);
                self.tree.text_content(text, inside)
            }
            Plain::Text => self.tree.text_content(text, inside),
        }
    }

    fn misread(&mut self, text: &str, taken: &str, range: std::ops::Range<usize>) {
        if self.warnings.len() >= MOST_WARNINGS {
            return;
        }
        let message = format!("older YAML readers take this for {taken}; here it is {text}");
        let span = self.tree.source.span(range.start, range.end);
        let finding = Finding::warning(Code::AMBIGUOUS_SCALAR, message).at(span);
        self.warnings.push(finding.help("put it in quotes to say that it is text"));
    }

    /// Whether the next node stands where a mapping's key stands.
    fn is_key(&self) -> bool {
        self.open.last().is_some_and(|open| {
            let children = self.pending.len().saturating_sub(open.base);
            open.is_mapping && children.is_multiple_of(2)
        })
    }

    fn tagged(&mut self, tag: &Tag, text: &str, span: &granit_parser::Span) -> Plain {
        let meaning = scalar::plain(text);
        let fits = match tag.core_suffix() {
            Some("str") => return Plain::Text,
            Some("null") => meaning == Plain::Null,
            Some("bool") => matches!(meaning, Plain::Truth(_)),
            Some("int") => meaning == Plain::Number && !text.contains(['.', 'e', 'E']),
            Some("float") => meaning == Plain::Number,
            // The non-specific tag `!` makes text of anything.
            None if tag.handle() == "!" && tag.suffix().is_empty() => return Plain::Text,
            _ => {
                self.refuse_tag(span);
                return Plain::Text;
            }
        };
        if fits {
            return meaning;
        }
        let message = format!("the value is not what its tag {} says", escape(&tag.original()));
        self.report(Code::SYNTAX, message, span.byte_range().unwrap_or_default());
        Plain::Text
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &granit_parser::Span) {
        let Some(tag) = tag else { return };
        let unspecific = tag.handle() == "!" && tag.suffix().is_empty();
        if tag.core_suffix() != Some(expected) && !unspecific {
            self.refuse_tag(span);
        }
    }

    fn refuse_tag(&mut self, span: &granit_parser::Span) {
        let place = span.tag_span().and_then(|span| span.byte_range());
        let range = place.or_else(|| span.byte_range()).unwrap_or_default();
        let message = "this tag is not supported".to_owned();
        let help = "remove the tag, or put text that begins with ! in quotes".to_owned();
        self.report_with_help(Code::SYNTAX, message, range, help);
    }

    fn open(
        &mut self,
        style: StructureStyle,
        is_mapping: bool,
        anchor: usize,
        range: std::ops::Range<usize>,
    ) -> Result<(), Stop> {
        if self.open.len() >= DEEPEST {
            return Err(self.stop(TOO_DEEP, FLATTEN, range));
        }
        let base = self.pending.len();
        let start = range.start;
        let weight = NODE_WEIGHT;
        self.open.push(Open { style, is_mapping, start, anchor, base, weight, height: 1 });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Stop> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        let children = self.pending.split_off(open.base.min(self.pending.len()));
        // The place of a block is that of what it holds: its own end is where the next begins. An
        // alias at an edge stands elsewhere.
        let (start, end) = match (open.style, children.first(), children.last()) {
            (StructureStyle::Block, Some(first), Some(last)) => {
                (self.tree.offsets(*first).0, self.tree.offsets(*last).1)
            }
            _ => (open.start, end),
        };
        let start = start.max(open.start);
        let end = end.max(start);
        let content = if open.is_mapping {
            let fields = self.fields(&mut open, &children)?;
            Content::Mapping(self.tree.link(&fields))
        } else {
            Content::List(self.tree.link(&children))
        };
        let node = self.tree.push(start, end, content);
        self.add(Anchored { node, weight: open.weight, height: open.height }, open.anchor);
        Ok(())
    }

    /// A complete node: remembers it under its anchor and hands it to what holds it.
    fn add(&mut self, node: Anchored, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        match self.open.last_mut() {
            Some(open) => {
                open.weight = open.weight.saturating_add(node.weight);
                open.height = open.height.max(node.height + 1);
                self.pending.push(node.node);
                if self.is_among_documents() {
                    self.before = self.tree.len();
                }
            }
            None => self.root = Some(node.node),
        }
    }

    fn alias(&mut self, anchor: usize, range: std::ops::Range<usize>) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor).copied() else {
            let message = "the alias stands inside what it stands for".to_owned();
            let help = "write out what is meant".to_owned();
            self.report_with_help(Code::SYNTAX, message, range.clone(), help);
            let node = self.tree.push(range.start, range.end, Content::Null);
            self.add(Anchored { node, weight: NODE_WEIGHT, height: 0 }, 0);
            return Ok(());
        };
        self.spend(anchored.weight, range.clone())?;
        if self.open.len() + anchored.height > DEEPEST {
            return Err(self.stop(
                "aliases nest the document more than 64 levels deep",
                WRITE_OUT,
                range,
            ));
        }
        self.add(anchored, 0);
        Ok(())
    }

    fn spend(&mut self, weight: u64, range: std::ops::Range<usize>) -> Result<(), Stop> {
        match self.budget.checked_sub(weight) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(self.stop("aliases and merge keys repeat too much", WRITE_OUT, range)),
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or_default();
        let code = match error.kind() {
            ErrorKind::RecursionLimitExceeded => Code::TOO_LARGE,
            _ => Code::SYNTAX,
        };
        if code == Code::TOO_LARGE {
            return self.report_with_help(code, TOO_DEEP.to_owned(), at..at, FLATTEN.to_owned());
        }
        let message = escape(&error.info().to_lowercase());
        match advice(&message) {
            Some(help) => self.report_with_help(code, message, at..at, help.to_owned()),
            None => self.report(code, message, at..at),
        }
    }

    fn stop(&mut self, message: &str, help: &str, range: std::ops::Range<usize>) -> Stop {
        self.report_with_help(Code::TOO_LARGE, message.to_owned(), range, help.to_owned());
        self.abandon();
        Stop
    }

    fn report(&mut self, code: Code, message: impl Into<String>, range: std::ops::Range<usize>) {
        let span = self.tree.source.span(range.start, range.end);
        self.findings.push(Finding::error(code, message).at(span));
    }

    fn report_with_help(
        &mut self,
        code: Code,
        message: String,
        range: std::ops::Range<usize>,
        help: String,
    ) {
        let span = self.tree.source.span(range.start, range.end);
        self.findings.push(Finding::error(code, message).at(span).help(help));
    }

    fn finish(mut self) -> Parsed {
        let characters = self.characters();
        // The parser refuses most of these characters too, in its own words.
        self.findings.retain(|finding| {
            finding.code != Code::SYNTAX
                || !characters.iter().any(|character| near(finding, character))
        });
        self.findings.extend(characters);
        self.findings.append(&mut self.warnings);
        self.tree.finish();
        Parsed { tree: self.tree, roots: self.roots, findings: self.findings }
    }

    /// Findings about the characters that may only stand in quotes and do not.
    fn characters(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (at, character) in std::mem::take(&mut self.suspicious) {
            let after = self.quoted.partition_point(|range| range.start <= at);
            let range = after.checked_sub(1).and_then(|before| self.quoted.get(before));
            if range.is_some_and(|range| range.contains(&at)) {
                continue;
            }
            let is_space = character.is_whitespace() && !character.is_control();
            if is_space && self.blocks.iter().any(|block| block.contains(&at)) {
                continue;
            }
            let span = self.tree.source.span(at, at + character.len_utf8());
            let message = format!("the character U+{:04X} outside quotes", u32::from(character));
            let help = if is_space {
                "it looks like a space and is none: write a space, or put the text in quotes"
            } else {
                "remove it, or write it as an escape in double quotes"
            };
            let finding = Finding::error(Code::CONTROL_CHARACTER, message).at(span);
            findings.push(finding.help(help));
        }
        findings
    }
}

/// What to do about a mistake of syntax, where the words of the parser leave that open.
fn advice(message: &str) -> Option<&'static str> {
    if message.starts_with("mapping values are not allowed") {
        return Some(
            "put text that holds a colon and a space in quotes; a key has at most 1,024 characters",
        );
    }
    message.starts_with("tabs disallowed").then_some("indent with spaces")
}

/// Whether two findings are about the same few characters.
fn near(one: &Finding, other: &Finding) -> bool {
    const FEW: usize = 4;
    match (&one.span, &other.span) {
        (Some(one), Some(other)) => one.start.abs_diff(other.start) <= FEW,
        _ => false,
    }
}
