//! What the rules about YAML itself mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "alias",
        "an alias: `*name`",
        "Anchors and aliases copy text around in ways that a reviewer cannot see, and can make a
        small file grow without bound. Segments are the way to share conditions: they have a name,
        and every flag of every file can use them.",
        r"
        flags:
          new-checkout:
            enabled: true
            users: *testers
        ",
        r"
        segments:
          testers:
            - where: { group: testers }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - segment: testers
        ",
    ),
    Rule::error(
        "anchor",
        "an anchor: `&name`",
        "Anchors and aliases copy text around in ways that a reviewer cannot see. Segments are the
        way to share conditions: they have a name, and every flag of every file can use them. If
        the `&` belongs to a text, quote the text.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules: &paying
              - where: { plan: [pro, enterprise] }
        ",
        r"
        segments:
          paying:
            - where: { plan: [pro, enterprise] }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - segment: paying
        ",
    ),
    Rule::error(
        "control-character",
        "a control character stands in the file",
        "YAML knows no control characters but tab and line feed; most come in by copying from a
        terminal or a word processor, and nobody sees them. Take it out, or write it as an escape
        in double quotes.",
        "// A bell character, U+0007, in the description of a flag.",
        r#"
        flags:
          new-checkout:
            description: "rings: \x07"
            enabled: true
        "#,
    ),
    Rule::error(
        "duplicate-key",
        "a mapping has the same key twice",
        "Many readers silently take the last of the two, so that one half of an edit has no effect.
        Keep one of them, or merge what is under both.",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage: 10
            rollout_percentage: 25
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage: 25
        ",
    ),
    Rule::error(
        "empty-file",
        "a file has nothing in it",
        "A file that has lost its content looks the same as one that never had any; so that flags
        are never lost by accident, it is an error. Remove the file, or write `flags: {}`.",
        "// An empty file, or one with nothing but comments.",
        r"
        flags: {}
        ",
    ),
    Rule::error(
        "integer-out-of-range",
        "an integer is beyond those that every client keeps exactly",
        "JSON readers in many languages keep numbers as 64-bit floats, which are exact only up to
        9007199254740991; beyond it, two different identifiers become one. An identifier is better
        a string.",
        r"
        flags:
          account:
            enabled: true
            variants: { main: 9007199254740993 }
            default: main
            off_variant: main
        ",
        r#"
        flags:
          account:
            enabled: true
            variants: { main: "9007199254740993" }
            default: main
            off_variant: main
        "#,
    ),
    Rule::warning(
        "leading-zero",
        "digits that begin with a zero are text",
        "`012` without quotes is text here. Readers of YAML 1.1 take it for ten, others for twelve,
        and people for either. Quotes say that text is meant, as in a postal code; a number has no
        zero in front.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { branch: 012 }
        ",
        r#"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { branch: "012" }
        "#,
    ),
    Rule::error(
        "merge-conflict",
        "a merge conflict was left in the file",
        "git has written both sides of a conflict into the file. Keep one of them, or what both
        meant, and take out the lines with `<<<<<<<`, `=======` and `>>>>>>>`.",
        r"
        flags:
          new-checkout:
            enabled: true
        <<<<<<< HEAD
            rollout_percentage: 10
        =======
            rollout_percentage: 25
        >>>>>>> ramp-up
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage: 25
        ",
    ),
    Rule::error(
        "merge-key",
        "a merge key: `<<`",
        "Merge keys are not part of YAML 1.2, and readers disagree about them. Write the fields
        out; to share conditions, use a segment, and to change flags for one environment, a second
        root.",
        r"
        flags:
          new-checkout:
            <<: { enabled: true }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
        ",
    ),
    Rule::error(
        "non-scalar-key",
        "a list or mapping is used as a key",
        "A key is a name. Often this is a template's `{{ name }}` that was not filled in, which
        YAML reads as a mapping inside a mapping.",
        r"
        flags:
          {{ flag_name }}: { enabled: true }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "not-utf-8",
        "a file is not UTF-8",
        "Definition files are UTF-8, with or without a byte order mark. Editors call it an
        encoding; some on Windows save as UTF-16 or in a code page unless told otherwise.",
        "// A file in Latin-1, where `é` is the byte 0xE9.",
        "// The same file saved as UTF-8.",
    ),
    Rule::error(
        "number-not-finite",
        "a number is infinite or none",
        "JSON, in which values reach the clients, has no infinity and no NaN; a number too large
        for a 64-bit float would become one. If it is text, quote it.",
        r"
        flags:
          limit:
            enabled: true
            variants: { none: .inf, low: 10 }
            default: low
            off_variant: low
        ",
        r"
        flags:
          limit:
            enabled: true
            variants: { none: 1000000, low: 10 }
            default: low
            off_variant: low
        ",
    ),
    Rule::error(
        "several-documents",
        "a file holds more than one YAML document",
        "A file is one document; what stands after a second `---` would be read by some programs
        and not by others. Put it into a file of its own, or take the `---` out.",
        r"
        flags:
          new-checkout: { enabled: true }
        ---
        flags:
          old-checkout: { enabled: true }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
          old-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "syntax",
        "a file is not YAML",
        "The text cannot be read as YAML; the message says what was found where. Common causes are
        a bracket or quote that is not closed, a colon without a space after it, and lines that are
        not indented alike.",
        r"
        flags:
          new-checkout: { enabled: true
        ",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "tab-indentation",
        "a tab indents a line",
        "YAML measures indentation in spaces, and leaves open how wide a tab is. Set the editor to
        insert spaces in YAML files.",
        "
        flags:
        \tnew-checkout: { enabled: true }
        ",
        "
        flags:
          new-checkout:
            enabled: true
        ",
    ),
    Rule::error(
        "tag",
        "a tag: `!name`",
        "Tags ask the reader to make something special of a value; a flag file has no use for that.
        Take it out, or quote the value if the `!` belongs to it.",
        r"
        flags:
          new-checkout:
            description: !important one page
            enabled: true
        ",
        r#"
        flags:
          new-checkout:
            description: "!important one page"
            enabled: true
        "#,
    ),
    Rule::error(
        "too-deep",
        "lists, mappings or conditions lie too deep inside one another",
        "At most 32 lists and mappings may lie inside one another in a file, and conditions nest at
        most 32 deep, through segments and other flags too. A condition of that depth is hard to
        read long before: give its parts names, as segments.",
        r"
        flags:
          deep:
            enabled: true
            metadata: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
        ",
        r"
        flags:
          deep:
            enabled: true
            metadata: { depth: shallow }
        ",
    ),
    Rule::error(
        "yaml-version",
        "a file says that it is of another YAML version",
        "Files are read as YAML 1.2, where `yes`, `no`, `on` and `off` are strings. A file that
        asks for 1.1 was written for a reader to whom they are booleans, so it would mean something
        else here.",
        r"
        %YAML 1.1
        ---
        flags:
          new-checkout: { enabled: true }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
];
