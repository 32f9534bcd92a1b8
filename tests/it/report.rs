//! Every format of findings.

use flagstaff::{
    definition::compile::{Compilation, Content, Root, SourceFile},
    diagnostics::{
        code::Code,
        diagnostic::Diagnostic,
        place::{FileId, Place},
    },
    report::{
        findings::{format::FORMATS, view::Findings},
        format::Format,
    },
};
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::{cases::cases, harness::Flags, program::run};

/// What a format makes of diagnostics in files with these texts.
pub fn render(format: &str, colour: bool, files: &[(&str, &str)], found: &[Diagnostic]) -> String {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        content: Content::Bytes(text.as_bytes().into()),
    });
    let roots = [Root { name: "flags".to_owned(), files: files.collect() }];
    let compilation = Compilation {
        definitions: None,
        diagnostics: found.to_vec(),
        paths: roots[0].files.iter().map(|file| (*file.path).into()).collect(),
        flag_count: 1,
    };
    (Format::find(&FORMATS, format).unwrap().render)(&Findings::of(&roots, &compilation), colour)
}

fn human(files: &[(&str, &str)], found: &[Diagnostic]) -> String {
    render("human", false, files, found)
}

/// A place in the first file.
pub fn at(line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
    Place { file: FileId(0), line, column, end_line, end_column }
}

/// A file with a misspelled field.
pub const TEXT: &str = "\
flags:
  new-checkout:
    rolout_percentage: 25
    description: one page
    enabled: true
";

pub fn misspelled() -> Diagnostic {
    Code::UnknownField
        .at(at(3, 5, 3, 22), "unknown field `rolout_percentage`")
        .of_flag("new-checkout")
        .suggest(Some("rollout_percentage"))
}

#[test]
fn counts_have_their_plurals() {
    let one = Code::NoEffect.at(at(1, 1, 1, 6), "m");
    let summary = |found: &[Diagnostic]| {
        human(&[("flags/a.yaml", TEXT)], found).lines().last().unwrap().to_owned()
    };
    let (error, note) =
        (Code::Syntax.at(at(1, 1, 1, 6), "m"), Code::Expired.at(at(1, 1, 1, 6), "m"));
    assert_snapshot!(summary(&[]), @"1 flag in 1 file: no problems");
    assert_snapshot!(summary(std::slice::from_ref(&one)), @"1 flag in 1 file: 1 warning");
    assert_snapshot!(summary(&[one.clone(), one.clone(), error]), @"1 flag in 1 file: 1 error, 2 warnings");
    assert_snapshot!(summary(&[note.clone(), note]), @"1 flag in 1 file: no problems, 2 notes");
    assert_snapshot!(human(&[], &[]), @"1 flag in 0 files: no problems");
}

#[test]
fn related_places_near_and_far() {
    let far = format!("{TEXT}{}last: 1\n", "# nothing\n".repeat(40));
    let found = misspelled()
        .relate("of this flag", at(2, 3, 2, 15))
        .relate("and here", at(46, 1, 46, 5))
        .relate("in another file", Place { file: FileId(1), ..at(1, 1, 1, 6) });
    assert_snapshot!(human(&[("flags/a.yaml", &far), ("flags/b.yaml", "flags: {}")], &[found]), @r"
    error[unknown-field]: unknown field `rolout_percentage`
      --> flags/a.yaml:3:5
       |
     2 |   new-checkout:
       |   ------------ of this flag
     3 |     rolout_percentage: 25
       |     ^^^^^^^^^^^^^^^^^
       |
      ::: flags/a.yaml:46:1
       |
    46 | last: 1
       | ---- and here
       |
      ::: flags/b.yaml:1:1
       |
     1 | flags: {}
       | ----- in another file
       |
       = help: did you mean `rollout_percentage`?

    more about a rule: `flagstaff explain unknown-field`
    1 flag in 2 files: 1 error
    ");
}

#[test]
fn many_related_places_are_cut_short() {
    let found = (1..=5).cycle().take(12).fold(misspelled(), |found, line| {
        found.relate(format!("place {line}"), at(line, 1, line, 2))
    });
    let said = human(&[("flags/a.yaml", TEXT)], &[found]);
    assert_eq!(said.matches("place ").count(), 8);
    assert!(said.contains("= note: and 4 more places\n"), "{said}");
}

#[test]
fn a_suggestion_that_the_message_has_is_not_repeated() {
    let found = Code::IntegerOutOfRange.at(at(3, 24, 3, 26), "write `\"25\"`");
    let said = human(&[("flags/a.yaml", TEXT)], &[found.suggest(Some("\"25\""))]);
    assert!(!said.contains("did you mean"), "{said}");
}

#[test]
fn places_at_every_edge() {
    let files = [("flags/a.yaml", TEXT)];
    // All of a flag; the end of the file; beyond it; a file that could not be read.
    let whole = Code::Syntax.at(at(2, 3, 5, 18), "several lines");
    let end = Code::Syntax.at(at(6, 1, 6, 1), "after the last line");
    let beyond = Code::Syntax.at(at(9, 7, 9, 8), "no such line");
    let column = Code::Syntax.at(at(1, 90, 1, 95), "no such column");
    let file = Code::Syntax.at(Place::start_of(FileId(7)), "no such file");
    assert_snapshot!(human(&files, &[whole, end, beyond, column, file]), @r"
    error[syntax]: several lines
     --> flags/a.yaml:2:3
      |
    2 |   new-checkout:
      |   ^^^^^^^^^^^^^

    error[syntax]: after the last line
     --> flags/a.yaml:6:1
      |
    6 |
      | ^

    error[syntax]: no such line
    --> flags/a.yaml:9:7

    error[syntax]: no such column
     --> flags/a.yaml:1:7
      |
    1 | flags:
      |       ^

    error[syntax]: no such file
    --> :1:1

    more about a rule: `flagstaff explain syntax`
    1 flag in 1 file: 5 errors
    ");
}

#[test]
fn lines_end_and_columns_count_as_in_yaml() {
    let text = "\u{feff}a: 1\r\nb: 2\rc: 'é日本' # x\n";
    let found = Code::Syntax.at(at(3, 4, 3, 9), "three kinds of line ends");
    assert_snapshot!(human(&[("flags/a.yaml", text)], &[found]), @r"
    error[syntax]: three kinds of line ends
     --> flags/a.yaml:3:4
      |
    3 | c: 'é日本' # x
      |    ^^^^^^^

    more about a rule: `flagstaff explain syntax`
    1 flag in 1 file: 1 error
    ");
}

#[test]
fn nothing_in_a_file_commands_the_terminal() {
    let text = "a\u{1b}[31m\u{9b}2J\u{202e}b\u{2028}c: \u{7}x\u{0}\n";
    let found = Code::Syntax
        .at(at(1, 18, 1, 19), "message \u{1b}[31m\u{9b}2J")
        .relate("related \u{1b}[0m", at(1, 1, 1, 2))
        .suggest(Some("\u{1b}]0;title\u{7}\n"));
    let files = [("flags/\u{1b}[31m.yaml", text)];
    for format in ["human", "github", "json", "sarif"] {
        let said = render(format, false, &files, std::slice::from_ref(&found));
        let is_raw = |letter: char| letter.is_control() && letter != '\n';
        assert!(!said.contains(is_raw), "{format}: {said:?}");
    }
    assert_snapshot!(human(&files, &[found]), @r"
    error[syntax]: message ␛[31m�2J
     --> flags/␛[31m.yaml:1:18
      |
    1 | a␛[31m�2J�b�c: ␇x␀
      | - related ␛[0m   ^
      |
      = help: did you mean `␛]0;title␇␊`?

    more about a rule: `flagstaff explain syntax`
    1 flag in 1 file: 1 error
    ");
}

#[test]
fn long_lines_are_shown_in_part() {
    let text = format!("flags: {{{}}}\n", "0123456789".repeat(90_000));
    let files = [("flags/a.yaml", &*text)];
    let early = Code::Syntax.at(at(1, 1, 1, 6), "a").relate("b", at(1, 200_000, 1, 200_009));
    let middle = Code::Syntax.at(at(1, 5_000, 1, 5_003), "a");
    let wide = Code::Syntax.at(at(1, 8, 1, 900_000), "a");
    let said = human(&files, &[early, middle, wide]);
    assert!(said.lines().all(|line| line.chars().count() < 200), "{said}");
    for place in ["a.yaml:1:1\n", "a.yaml:1:200000\n", "a.yaml:1:5000\n", "a.yaml:1:8\n"] {
        assert!(said.contains(place), "{place} in {said}");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let files = [("flags/a.yaml", TEXT)];
    let coloured = render("human", true, &files, &[misspelled()]);
    let mut plain = String::new();
    for (index, part) in coloured.split("\u{1b}[").enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, human(&files, &[misspelled()]));
    assert!(coloured.contains("\u{1b}[1m\u{1b}[91merror"), "{coloured:?}");
}

#[test]
fn json() {
    let found = misspelled().relate("of this flag", at(2, 3, 2, 15));
    let note = Code::Expired.at(at(5, 1, 5, 2), "old");
    assert_snapshot!(render("json", false, &[("flags/a.yaml", TEXT)], &[found, note]), @r#"
    {
      "diagnostics": [
        {
          "rule": "unknown-field",
          "severity": "error",
          "message": "unknown field `rolout_percentage`",
          "path": "flags/a.yaml",
          "line": 3,
          "column": 5,
          "end_line": 3,
          "end_column": 22,
          "flag": "new-checkout",
          "suggestion": "rollout_percentage",
          "related": [
            {
              "message": "of this flag",
              "path": "flags/a.yaml",
              "line": 2,
              "column": 3
            }
          ]
        },
        {
          "rule": "expired",
          "severity": "note",
          "message": "old",
          "path": "flags/a.yaml",
          "line": 5,
          "column": 1,
          "end_line": 5,
          "end_column": 2,
          "flag": null,
          "suggestion": null,
          "related": []
        }
      ],
      "summary": {
        "flags": 1,
        "files": 1,
        "errors": 1,
        "warnings": 0,
        "notes": 1
      }
    }
    "#);
    assert_snapshot!(render("json", false, &[], &[]), @r#"
    {
      "diagnostics": [],
      "summary": {
        "flags": 1,
        "files": 0,
        "errors": 0,
        "warnings": 0,
        "notes": 0
      }
    }
    "#);
}

#[test]
fn github() {
    let files = [("./flags/a,b:c%.yaml", TEXT)];
    let found = Code::Syntax
        .at(at(2, 3, 4, 5), "100 % of\r\nlines: a, b")
        .relate("of this flag", at(2, 3, 2, 15));
    let note = Code::Expired.at(at(5, 1, 5, 2), "old");
    let warning = Code::NoEffect.at(at(5, 1, 5, 2), "unwise");
    let said = render("github", false, &files, &[found, misspelled(), warning, note]);
    assert_snapshot!(said, @r"
    ::error title=syntax,file=flags/a%2Cb%3Ac%25.yaml,line=2,endLine=4::100 %25 of␍␊lines: a, b%0A./flags/a,b:c%25.yaml:2:3: of this flag
    ::error title=unknown-field,file=flags/a%2Cb%3Ac%25.yaml,line=3,endLine=3,col=5,endColumn=22::unknown field `rolout_percentage`%0Adid you mean `rollout_percentage`?
    ::warning title=no-effect,file=flags/a%2Cb%3Ac%25.yaml,line=5,endLine=5,col=1,endColumn=2::unwise
    ::notice title=expired,file=flags/a%2Cb%3Ac%25.yaml,line=5,endLine=5,col=1,endColumn=2::old
    1 flag in 1 file: 2 errors, 1 warning, 1 note
    ");
    let command = regex::Regex::new(
        "^::(error|warning|notice) title=[^,:\r\n]+,file=[^,:\r\n]+,line=\\d+,endLine=\\d+\
         (,col=\\d+,endColumn=\\d+)?::[^\r\n]+$",
    );
    let command = command.unwrap();
    assert_eq!(said.lines().filter(|line| command.is_match(line)).count(), 4);
}

#[test]
fn every_format_of_the_real_thing() {
    let flags = Flags::with([("flags/a.yaml", TEXT)]);
    assert_snapshot!(run(&flags, &["check", "--format", "github"]), @r"
    ::error title=unknown-field,file=flags/a.yaml,line=3,endLine=3,col=5,endColumn=22::unknown field `rolout_percentage` in flag `new-checkout`%0Adid you mean `rollout_percentage`?
    1 flag in 1 file: 1 error
    --- exit 1
    ");
    for format in ["json", "github", "sarif"] {
        let said = run(&flags, &["check", "--format", format]);
        assert!(said.ends_with("--- exit 1"), "{said}");
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// Wherever a place points, and whatever is there.
    #[test]
    fn no_place_is_too_odd(
        text in "[a: é日\u{200d}\u{301}👩\t\r\n\u{1b}\u{0}\u{feff}]{0,60}",
        long in prop::bool::weighted(0.1),
        places in prop::collection::vec((0_u32..3, 0_u32..9, 0_u32..70, 0_u32..9, 0_u32..70), 1..4),
        colour: bool,
    ) {
        let text = if long { text.repeat(40) } else { text };
        let mut places = places.into_iter().map(|(file, line, column, end_line, end_column)| {
            Place { file: FileId(file), line, column, end_line, end_column }
        });
        let found = Code::Syntax.at(places.next().unwrap(), "m").suggest(Some(&text));
        let found = places.fold(found, |found, place| found.relate("related", place));
        for format in ["human", "json", "github"] {
            let files = [("a", &*text), ("b", "b")];
            let said = render(format, colour, &files, std::slice::from_ref(&found));
            let is_raw = |letter: char| letter.is_control() && letter != '\n' && letter != '\u{1b}';
            prop_assert!(!said.contains(is_raw), "{}", said.escape_debug());
        }
    }
}
