//! Mistakes that people make, made at random in good files: each is noticed, or a table says why no
//! tool can notice it.
//!
//! A case of `tests/tables/mistakes.txt` is a kind of mistake: its name, a regular expression that
//! finds where it can be made, and what is written there instead (`$0` and `${1}` are what was
//! found, `\n` is a line feed, `@misspell` spoils a letter of the first group). Then comes `because`,
//! where the mistake can be one that says something else and is as good as what was meant. What is
//! expected is how often `check` refused it, warned of it or noted it, with the codes; how often the
//! file still meant the same; and how often it went unnoticed, with an example.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use flagstaff::{definition::compile::Compilation, diagnostics::severity::Severity};
use regex::{Captures, Regex};

use crate::{compile::gate, table};

/// How many mistakes of each kind are made.
const TRIED: usize = 3;
/// How many kinds there are at least.
const KINDS_MIN: usize = 300;

/// Files that are good together, and those of them that mistakes are made in.
struct Good {
    files: Vec<(String, String)>,
    mistaken: Vec<usize>,
    /// What they mean, as one short text.
    version: String,
}

impl Good {
    /// Folders and files of the project, each below a root of its own; mistakes are made in the last.
    fn read(roots: &[&str]) -> Self {
        let mut files = Vec::new();
        let mut mistaken = Vec::new();
        for (index, root) in roots.iter().enumerate() {
            mistaken.clear();
            for path in yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root)) {
                mistaken.push(files.len());
                let name = path.rsplit_once('/').map_or(&*path, |(_, name)| name);
                files.push((format!("{index}/{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
        let mut good = Self { files, mistaken, version: String::new() };
        let compilation = good.with(None);
        assert!(compilation.diagnostics.is_empty(), "{:?}", compilation.diagnostics);
        good.version = compilation.definitions.unwrap().version.to_string();
        good
    }

    /// What is said of the files, one of which has another text.
    fn with(&self, changed: Option<(usize, &str)>) -> Compilation {
        let files = self.files.iter().enumerate();
        let files: Vec<(&str, &str)> = files
            .map(|(index, (path, text))| match changed {
                Some((at, text)) if at == index => (&**path, text),
                _ => (&**path, &**text),
            })
            .collect();
        gate(&files)
    }
}

/// The definition files below a path, sorted; flag tests are none.
fn yaml_files(path: &Path) -> Vec<String> {
    if path.is_file() {
        return vec![path.to_str().unwrap().to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    let mut all: Vec<String> =
        entries.flat_map(|entry| yaml_files(&entry.unwrap().path())).collect();
    all.retain(|path| !path.contains(".test."));
    all.sort();
    all
}

/// Numbers that are the same on every machine for the same name: splitmix64 from FNV-1a.
struct Draw(u64);

impl Draw {
    fn new(name: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
    }

    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }
}

/// A word as somebody types it who hits a key too few, too many, beside the right one, or too early.
fn misspelt(word: &str, draw: &mut Draw) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let places: Vec<usize> =
        (0..letters.len()).filter(|at| letters[*at].is_ascii_alphanumeric()).collect();
    let at = places[draw.below(places.len())];
    match draw.below(4) {
        0 if 1 < letters.len() => _ = letters.remove(at),
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() && letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at] == 'q' { 'w' } else { 'q' },
    }
    letters.into_iter().collect()
}

/// One kind of mistake.
struct Kind<'t> {
    name: &'t str,
    find: Regex,
    write: &'t str,
    because: Option<&'t str>,
}

impl<'t> Kind<'t> {
    fn read(text: &'t str) -> Self {
        let mut lines = text.lines();
        let (name, find) = (lines.next().unwrap(), lines.next().unwrap());
        let write = lines.next().unwrap();
        let because = lines.next().map(|line| line.strip_prefix("because ").expect(line));
        let find = Regex::new(&format!("(?m){find}")).expect(name);
        Self { name, find, write, because }
    }

    /// The text with the mistake in it.
    fn made_at(&self, text: &str, found: &Captures<'_>, draw: &mut Draw) -> String {
        let whole = found.get(0).unwrap();
        let mut instead = String::new();
        if self.write == "@misspell" {
            let word = found.get(1).unwrap();
            instead.push_str(&text[whole.start()..word.start()]);
            instead.push_str(&misspelt(word.as_str(), draw));
            instead.push_str(&text[word.end()..whole.end()]);
        } else {
            found.expand(&self.write.replace("\\n", "\n"), &mut instead);
        }
        format!("{}{instead}{}", &text[..whole.start()], &text[whole.end()..])
    }

    /// What comes of a few such mistakes in some of the files.
    fn tried_in(&self, all: &[Good]) -> Tried {
        let mut draw = Draw::new(self.name);
        let mut places = Vec::new();
        for good in all {
            for index in &good.mistaken {
                let text = &good.files[*index].1;
                places.extend(self.find.captures_iter(text).map(|found| (good, *index, found)));
            }
        }
        let mut tried = Tried::default();
        for _ in 0..TRIED.min(places.len()) {
            let (good, index, found) = places.swap_remove(draw.below(places.len()));
            let text = &good.files[index].1;
            let mistaken = self.made_at(text, &found, &mut draw);
            if mistaken != *text {
                tried.add(good, index, &mistaken);
            }
        }
        tried
    }
}

/// What came of the mistakes of one kind.
#[derive(Default)]
struct Tried {
    /// How often and with which codes, the worst first.
    noticed: BTreeMap<u8, (usize, BTreeSet<&'static str>)>,
    same: usize,
    unnoticed: Vec<String>,
}

impl Tried {
    fn add(&mut self, good: &Good, index: usize, mistaken: &str) {
        let compilation = good.with(Some((index, mistaken)));
        if let Some(worst) = compilation.diagnostics.iter().map(|it| it.severity()).max() {
            let rank = match worst {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Note => 2,
            };
            let (count, codes) = self.noticed.entry(rank).or_default();
            *count += 1;
            let of_worst = compilation.diagnostics.iter().filter(|it| it.severity() == worst);
            codes.extend(of_worst.map(|found| found.code.id()));
            if std::env::var_os("SHOW_MISTAKES").is_some() {
                eprintln!(
                    "{}\n{}",
                    difference(&good.files[index], mistaken),
                    crate::compile::said(&compilation)
                );
            }
            return;
        }
        if *compilation.definitions.unwrap().version == *good.version {
            self.same += 1;
        } else {
            self.unnoticed.push(difference(&good.files[index], mistaken));
        }
    }

    fn words(&self) -> String {
        let mut words = String::new();
        for (rank, (count, codes)) in &self.noticed {
            let verb = ["refused", "warned of", "noted"][usize::from(*rank)];
            let codes = codes.iter().copied().collect::<Vec<_>>().join(", ");
            writeln!(words, "{verb} {count}: {codes}").unwrap();
        }
        if 0 < self.same {
            writeln!(words, "the same {}", self.same).unwrap();
        }
        if let Some(first) = self.unnoticed.first() {
            writeln!(words, "unnoticed {}, such as {first}", self.unnoticed.len()).unwrap();
        }
        words.trim_end().to_owned()
    }
}

/// The first line in which a text differs from another.
fn difference((path, good): &(String, String), mistaken: &str) -> String {
    let mut lines = (1..).zip(good.lines().zip(mistaken.lines()));
    let differs = |(_, (before, after)): &(i32, (&str, &str))| before != after;
    match lines.find(differs) {
        Some((number, (before, after))) => {
            format!("{path}:{number} `{}` → `{}`", before.trim(), after.trim())
        }
        None => format!("{path} at its end"),
    }
}

#[test]
fn every_mistake_is_noticed_or_cannot_be() {
    let all = [
        Good::read(&["flags"]),
        Good::read(&["src/cli/starter/checkout.yaml"]),
        Good::read(&["tests/mistakes/every-operator.yaml"]),
        Good::read(&["flags", "deploy/environments/production"]),
        Good::read(&["tests/mistakes/every-operator.yaml", "tests/mistakes/overlay.yaml"]),
    ];
    let (kinds, problems) = (RefCell::new(BTreeSet::new()), RefCell::new(String::new()));
    table::check("mistakes.txt", |text| {
        let kind = Kind::read(text);
        let tried = kind.tried_in(&all);
        let problem = |what: &str| {
            let example = tried.unnoticed.first().map_or("", |first| first);
            writeln!(problems.borrow_mut(), "{}: {what} {example}", kind.name).unwrap();
        };
        if !kinds.borrow_mut().insert(kind.name.to_owned()) {
            problem("this name is taken");
        }
        match (kind.because, tried.unnoticed.is_empty()) {
            (None, false) => problem("is not noticed, and no reason is given:"),
            (Some(_), true) => problem("is always noticed: take the reason out"),
            _ => {}
        }
        if tried.noticed.is_empty() && tried.unnoticed.is_empty() {
            problem("changes nothing: it is no mistake");
        }
        tried.words()
    });
    assert!(problems.borrow().is_empty(), "\n{}", problems.borrow());
    let count = kinds.borrow().len();
    assert!(KINDS_MIN <= count, "only {count} kinds");
}
