//! What comes of an import: for each flag of the source a definition, and a verdict.

use std::fmt::Write as _;

use crate::{
    diagnostics::place::{Paths, Place},
    import::{
        draft::Draft,
        tree::ImportTree,
        verdict::{ImportRefusal, ImportVerdict},
    },
    report::text::on_one_line,
};

/// What comes of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// The flags, in the source's order.
    pub flags: Vec<ImportedFlag>,
}

/// What comes of one flag.
#[derive(Debug)]
pub struct ImportedFlag {
    /// Its key.
    pub key: String,
    /// Where the source has it.
    pub place: Place,
    /// How far it answers as it did.
    pub verdict: ImportVerdict,
    /// The definition; none if it is refused.
    pub draft: Option<Draft>,
    /// What changed its look, as comments.
    pub notes: Vec<String>,
}

impl Imported {
    /// Everything that is imported as one definition file. `system` is where it is from.
    #[must_use]
    pub fn document(&self, system: &str, paths: &Paths) -> String {
        let mut text = format!("# Imported from {system}\nflags:\n");
        for flag in &self.flags {
            flag.write(&mut text, 2, paths);
        }
        text
    }

    /// Refuses what `check` would find an error in.
    pub fn refuse(&mut self, key: &str, why: &str) {
        let flag = self.flags.iter_mut().find(|flag| flag.key == key && flag.draft.is_some());
        if let Some(flag) = flag {
            let help = "change that in the source, then import again";
            flag.verdict = ImportVerdict::Refused(ImportRefusal::new(flag.place, why, help));
            flag.draft = None;
        }
    }

    /// How many flags have a verdict of that name.
    #[must_use]
    pub fn count(&self, verdict: &str) -> usize {
        self.flags.iter().filter(|flag| flag.verdict.name() == verdict).count()
    }
}

impl ImportedFlag {
    /// The definition file of this flag alone; none if it is refused. `system` is where it is from.
    #[must_use]
    pub fn file(&self, system: &str, paths: &Paths) -> Option<String> {
        self.draft.as_ref()?;
        let mut text = format!("# Imported from {system}\nflags:\n");
        self.write(&mut text, 2, paths);
        Some(text)
    }

    /// Appends the definition, with what there is to know above.
    fn write(&self, text: &mut String, indent: usize, paths: &Paths) {
        let Some(draft) = &self.draft else { return };
        let _ = writeln!(text, "{:indent$}# {}", "", paths.link(self.place));
        if let ImportVerdict::ExactIf(conditions) = &self.verdict {
            let _ = writeln!(text, "{:indent$}# exact if:", "");
            for condition in conditions {
                let _ = writeln!(text, "{:indent$}# - {}", "", on_one_line(condition));
            }
        }
        for note in &self.notes {
            let _ = writeln!(text, "{:indent$}# {}", "", on_one_line(note));
        }
        ImportTree::Map(vec![(draft.key.clone(), draft.tree())]).write(text, indent);
    }
}
