//! Letters without regard to case, and the patterns that the tests use.

/// Letters, and what Unicode's `CaseFolding.txt` folds them to, alone (status C and S).
const FOLDED: [(char, char); 15] = [
    ('É', 'é'),
    ('Ü', 'ü'),
    ('Σ', 'σ'),
    ('ς', 'σ'),
    ('Ω', 'ω'),
    // The signs of ohm, kelvin and ångström.
    ('\u{2126}', 'ω'),
    ('\u{212A}', 'k'),
    ('\u{212B}', 'å'),
    ('ſ', 's'),
    ('ẞ', 'ß'),
    ('Ǆ', 'ǆ'),
    ('ǅ', 'ǆ'),
    ('Д', 'д'),
    // Cherokee folds to the large letters, Deseret is beyond 16 bits.
    ('\u{AB70}', '\u{13A0}'),
    ('\u{10400}', '\u{10428}'),
];

/// Letters that are often taken for others, and have no simple folding.
pub const UNFOLDED: [char; 4] = ['İ', 'ı', 'ß', 'ŉ'];

/// Simple folding; of letters beyond ASCII, those that the tests use.
pub fn folded(text: &str) -> String {
    let fold = |letter: char| {
        let found = FOLDED.iter().find(|(from, _)| *from == letter);
        found.map_or(letter.to_ascii_lowercase(), |(_, to)| *to)
    };
    text.chars().map(fold).collect()
}

/// Letters that fold alike, and some that do not.
pub fn letters() -> Vec<char> {
    let ascii = ['k', 'K', 's', 'S', 'i', 'I', 'a'];
    let others = FOLDED.iter().flat_map(|(from, to)| [*from, *to]);
    ascii.into_iter().chain(others).chain(UNFOLDED).collect()
}

/// What a pattern means.
type Means = fn(&str) -> bool;

/// Patterns, and what they mean in other words.
pub const PATTERNS: [(&str, Means); 9] = [
    ("^N", |text| text.starts_with('N')),
    ("", |_| true),
    ("^$", str::is_empty),
    ("[a-c]$", |text| text.ends_with(['a', 'b', 'c'])),
    ("^pro|free$", |text| text.starts_with("pro") || text.ends_with("free")),
    (r"^\d+$", |text| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())),
    ("^.$", |text| text.chars().count() == 1 && text != "\n"),
    ("é", |text| text.contains('é')),
    (r"@example\.org$", |text| text.ends_with("@example.org")),
];

pub fn matches(text: &str, pattern: &str) -> bool {
    let (_, means) = PATTERNS.iter().find(|(other, _)| *other == pattern).unwrap();
    means(text)
}
