//! The one gate: from text to a flag set, with every problem.

use std::{cell::RefCell, sync::Arc};

use jiff::civil::Date;

use crate::{
    definition::{
        allowance::{Allowances, name_flags},
        attribute::DeclaredAttributes,
        attribute_uses::AttributeUses,
        definitions::Definitions,
        dependency, flag_keys,
        interner::Interner,
        layer::{Item, Layers, Tree},
        lint, lower, overlap,
        predicate::Referents,
        problems::{
            advice,
            meaning::{self, SectionKind},
        },
        served, spelling,
        variants::{self, Variants},
        written::{
            clause::{Clause, clauses},
            flag::WrittenFlag,
        },
    },
    diagnostics::{
        code::Code,
        diagnostic::{Diagnostic, Related},
        place::{FileId, Paths, Place},
        severity::Severity,
    },
    engine::{
        condition::{FlagIndex, Segment, SegmentIndex},
        flag::{Flag, FlagSet},
    },
    schema::definition_file,
    yaml::{
        document::{self, Document, Numbers},
        node::Node,
    },
};

/// Everything that was read from one root. Roots are layers, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The root as it was given.
    pub name: String,
    /// Its definition files, in path order.
    pub files: Vec<SourceFile>,
}

/// One definition file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The root as given and the path inside it, with `/` between.
    pub path: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file, or why it was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Its bytes.
    Bytes(Arc<[u8]>),
    /// It is larger than [`FILE_SIZE_BYTES_MAX`]: so many bytes.
    TooLarge(u64),
    /// A symbolic link that leaves the root; where it leads.
    LinkOutsideRoot(String),
    /// A symbolic link that leads back to itself or to a directory above it.
    LinkLoop,
}

/// What came of a compilation.
#[derive(Debug)]
pub struct Compilation {
    /// The definitions, if nothing in them is an error.
    pub definitions: Option<Definitions>,
    /// Everything that was found, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The paths that all places point into: [`Root::files`] of all roots, one after the other.
    pub paths: Paths,
    /// How many flags there are, those with errors included.
    pub flag_count: usize,
}

/// How large a file may be, in bytes.
pub const FILE_SIZE_BYTES_MAX: u64 = 1 << 20;
/// How many flags there may be.
pub const FLAG_COUNT_MAX: usize = 100_000;

/// Compiles roots, lowest layer first: the only way from text to flags. `today` decides which flags
/// are past their `expires`; nothing else depends on it.
///
/// Never stops at the first problem, never panics, and gives the same for the same input, whatever
/// the order of files within a root.
#[must_use]
pub fn compile(roots: &[Root], today: Date) -> Compilation {
    Merged::read(roots).compile(today)
}

/// What all files say together: the first half of [`compile`]. It is several times as large as what
/// is made of it, and nothing of that points into it, so who compiles often keeps the two apart.
#[derive(Debug)]
pub struct Merged {
    tree: Tree,
    paths: Paths,
    gate: Gate,
}

impl Merged {
    /// Reads every file and merges what they say, lowest layer first.
    #[must_use]
    pub fn read(roots: &[Root]) -> Self {
        let files = || roots.iter().flat_map(|root| &root.files);
        let paths = files().map(|file| (*file.path).into()).collect();
        let (diagnostics, allowed) = (Vec::new(), Allowances::default());
        let files = files().map(|_| Read::Well).collect();
        let mut gate = Gate { diagnostics, files, allowed };
        let tree = gate.read(roots);
        Self { tree, paths, gate }
    }

    /// The flag of that key, as all layers together write it.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<Unpacked<'_>> {
        let (key, item) = self.tree.flags.get_key_value(key)?;
        Some(Unpacked { key, item, node: item.node.unpack() })
    }

    /// The segment of that name, as all layers together write it.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<Unpacked<'_>> {
        let (key, item) = self.tree.segments.get_key_value(name)?;
        Some(Unpacked { key, item, node: item.node.unpack() })
    }

    /// The second half of [`compile`]: judges what was read.
    #[must_use]
    pub fn compile(&self, today: Date) -> Compilation {
        let Self { tree, paths, gate } = self;
        let mut gate = gate.clone();
        let paths = &paths.copied();
        let definitions = gate.tree(tree, paths, today);
        let diagnostics = gate.finish(paths);
        let is_sound = diagnostics.iter().all(|found| found.severity() < Severity::Error);
        let definitions = definitions.filter(|_| is_sound);
        let (paths, flag_count) = (paths.clone(), tree.flags.len());
        Compilation { definitions, diagnostics, paths, flag_count }
    }
}

/// A definition to be read.
#[derive(Debug)]
pub struct Unpacked<'t> {
    key: &'t str,
    item: &'t Item,
    node: Node,
}

impl Unpacked<'_> {
    /// A flag, as it is written. What is wrong with it was said by the gate.
    #[must_use]
    pub fn flag(&self) -> WrittenFlag<'_> {
        let Self { key, item, node } = self;
        WrittenFlag::read(key, (item.place, &item.later), node, &mut Vec::new())
    }

    /// The conditions of a segment, as they are written.
    #[must_use]
    pub fn segment(&self) -> Vec<Clause<'_>> {
        clauses(&self.node, &mut Vec::new())
    }
}

/// What has been found so far.
#[derive(Clone, Debug)]
struct Gate {
    diagnostics: Vec<Diagnostic>,
    /// What came of each file, by [`FileId`].
    files: Vec<Read>,
    /// What flags allow.
    allowed: Allowances,
}

/// What came of reading a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Well,
    /// Its shape is wrong somewhere.
    Misshapen,
    /// It contributes nothing.
    NotAtAll,
}

impl Gate {
    /// Reads every file and merges what they say. Files are taken in path order, so that the order
    /// in which they are given makes no difference.
    fn read(&mut self, roots: &[Root]) -> Tree {
        let mut ids = (0..).map(FileId);
        let mut layers = Layers::default();
        for root in roots {
            let mut files: Vec<(&SourceFile, FileId)> = root.files.iter().zip(&mut ids).collect();
            files.sort_by(|a, b| a.0.path.cmp(&b.0.path));
            for (file, id) in files {
                if let Some(document) = self.file(file, id) {
                    layers.add(document, &mut self.diagnostics);
                }
            }
            layers.end_root(&mut self.diagnostics);
        }
        layers.merged()
    }

    /// Reads one file, if it can be.
    fn file(&mut self, file: &SourceFile, id: FileId) -> Option<Node> {
        let place = Place::start_of(id);
        let problems = match &file.content {
            Content::Bytes(bytes) => match document_of(id, bytes, place) {
                Ok(Document { root: node, mut problems }) => {
                    name_flags(&node, &mut problems);
                    self.diagnostics.extend(problems);
                    spelling::check(bytes, &node, &mut self.diagnostics);
                    let violations = definition_file::validate(&node);
                    if !violations.is_empty() {
                        self.mark(id, Read::Misshapen);
                        self.diagnostics.extend(violations);
                    }
                    return Some(node);
                }
                Err(problems) => problems,
            },
            Content::TooLarge(bytes) => {
                vec![meaning::file_too_large(place, *bytes, FILE_SIZE_BYTES_MAX)]
            }
            Content::LinkOutsideRoot(target) => vec![meaning::link_outside_root(place, target)],
            Content::LinkLoop => vec![meaning::link_loop(place)],
        };
        self.mark(id, Read::NotAtAll);
        self.diagnostics.extend(problems);
        None
    }

    fn mark(&mut self, id: FileId, read: Read) {
        if let Some(slot) = self.files.get_mut(id.0 as usize) {
            *slot = read;
        }
    }

    /// Judges the merged tree and lowers it.
    fn tree(&mut self, tree: &Tree, paths: &Paths, today: Date) -> Option<Definitions> {
        if let Some((_, item)) = tree.flags.iter().nth(FLAG_COUNT_MAX) {
            let problem = meaning::too_many_flags(tree.flags.len(), FLAG_COUNT_MAX, item.place);
            self.diagnostics.push(problem);
            return None;
        }
        flag_keys::check(&tree.flags, &mut self.diagnostics);
        let attributes = DeclaredAttributes::read(&tree.attributes, &mut self.diagnostics);
        let interner = Interner::default();
        let variants: Vec<Variants> = tree
            .flags
            .iter()
            .map(|(key, item)| {
                self.of_flag(key, |found| variants::read(&item.node.unpack(), &interner, found))
            })
            .collect();
        let names = Referents {
            attributes: &attributes,
            segments: tree.segments.keys().map(|key| &**key).zip((0..).map(SegmentIndex)).collect(),
            flags: tree.flags.keys().map(|key| &**key).zip((0..).map(FlagIndex)).collect(),
            variants: &variants,
            interner: &interner,
            used_segments: RefCell::default(),
            uses: AttributeUses::default(),
        };
        let segments = self.segments(tree, &names);
        let flags = self.flags(tree, &names, &segments, today);
        served::check(&flags, &segments, &mut self.diagnostics);
        let searches_weight = dependency::check(&segments, &flags, &mut self.diagnostics);
        self.note_unused(tree, &names);
        let key = |index: FlagIndex| flags.get(index.0 as usize).map(|flag| &*flag.key);
        names.uses.judge(&attributes, key, &mut self.diagnostics);
        let flag_set = FlagSet::new(flags.into(), segments.into(), paths.clone());
        Some(Definitions::new(flag_set, searches_weight, tree))
    }

    fn flags(
        &mut self,
        tree: &Tree,
        names: &Referents<'_>,
        segments: &[Segment],
        today: Date,
    ) -> Vec<Flag> {
        let mut allowed = Allowances::default();
        let indexes = (0..).map(FlagIndex);
        let flags = tree.flags.iter().zip(names.variants).zip(indexes);
        let flags = flags.map(|(((key, item), variants), index)| {
            names.uses.owner.set(Some(index));
            self.of_flag(key, |found| {
                let node = item.node.unpack();
                let place = (item.place, &*item.later);
                let written = WrittenFlag::read(key, place, &node, found);
                allowed.of_flag(&written);
                let flag = lower::flag(names, &written, variants, today, found);
                lint::rules(&flag, &lint::rule_texts(&written), segments, found);
                flag
            })
        });
        let flags = flags.collect();
        self.allowed = allowed;
        flags
    }

    fn segments(&mut self, tree: &Tree, names: &Referents<'_>) -> Vec<Segment> {
        let mut segments = Vec::with_capacity(tree.segments.len());
        for (name, item) in &tree.segments {
            let node = item.node.unpack();
            let clauses = clauses(&node, &mut self.diagnostics);
            let conditions = names.conditions(&clauses, &mut self.diagnostics);
            segments.push(Segment { name: name.clone(), conditions, place: item.place });
        }
        for segment in &segments {
            lint::contradictions(&segment.conditions, &segments, &mut self.diagnostics);
        }
        segments
    }

    /// Does something that concerns a flag, and says so on what it finds.
    fn of_flag<T>(&mut self, key: &str, work: impl FnOnce(&mut Vec<Diagnostic>) -> T) -> T {
        let before = self.diagnostics.len();
        let result = work(&mut self.diagnostics);
        for found in self.diagnostics.iter_mut().skip(before) {
            found.flag.get_or_insert_with(|| key.to_owned());
        }
        result
    }

    /// Warns of what nothing uses. A file that could not be read may use it, so then nothing is
    /// said.
    fn note_unused(&mut self, tree: &Tree, names: &Referents<'_>) {
        if self.files.contains(&Read::NotAtAll) {
            return;
        }
        names.attributes.note_unused(&mut self.diagnostics);
        let used = names.used_segments.borrow();
        for ((name, item), index) in tree.segments.iter().zip((0..).map(SegmentIndex)) {
            if !used.contains(&index) {
                self.diagnostics.push(advice::unused(SectionKind::Segment, name, item.place));
            }
        }
    }

    /// All that was found, sorted by path and place.
    fn finish(self, paths: &Paths) -> Vec<Diagnostic> {
        let Self { mut diagnostics, files, allowed } = self;
        let read = |place: Place| files.get(place.file.0 as usize).copied().unwrap_or(Read::Well);
        // Said already by the schema, in better words.
        diagnostics
            .retain(|found| found.code != Code::WrongShape || read(found.place) == Read::Well);
        overlap::leave_out(&mut diagnostics);
        allowed.apply(&mut diagnostics);
        let broken = files.iter().position(|read| *read == Read::NotAtAll);
        if let Some(file) = broken.and_then(|index| u32::try_from(index).ok()).map(FileId) {
            for found in &mut diagnostics {
                if matches!(
                    found.code,
                    Code::UnknownFlag | Code::UnknownSegment | Code::PatchOfUnknownFlag
                ) {
                    found.related.push(Related {
                        message: "this file could not be read; it may be defined there".into(),
                        place: Place::start_of(file),
                    });
                }
            }
        }
        diagnostics.sort_by(|a, b| {
            let key = |found: &Diagnostic| (found.place.line, found.place.column);
            let path = |found: &Diagnostic| paths.path(found.place.file);
            path(a)
                .cmp(path(b))
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| b.severity().cmp(&a.severity()))
                .then_with(|| a.by_words(b))
        });
        diagnostics.dedup_by(|a, b| a.is_same(b));
        diagnostics
    }
}

/// What is in a file, if that is a document.
fn document_of(id: FileId, bytes: &[u8], place: Place) -> Result<Document, Vec<Diagnostic>> {
    let pointer = meaning::lfs_pointer(bytes, place);
    pointer.map_or_else(|| document::read(id, bytes, Numbers::Exact), |found| Err(vec![found]))
}
