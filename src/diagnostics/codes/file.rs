//! What the rules about whole files mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "file-too-large",
        "a file is larger than a definition file may be",
        "A file may have 1 MiB, so that no change can take the daemon's memory. Flags are found in
        any file of a root, so a large file can be split wherever it suits the teams that own
        them.",
        "// A file `flags/all.yaml` of 3 MiB.",
        "// `flags/payments.yaml`, `flags/search.yaml` and so on, each with the flags of one team.",
    ),
    Rule::error(
        "link-loop",
        "a symbolic link leads back to itself or to a directory above it",
        "Links are followed as long as they stay inside the root. Following this one would never
        end. Remove it, or let it lead to a file or to another directory.",
        "// `flags/teams/all`, a symbolic link to `flags`.",
        "// No such link: every directory below a root is read anyway.",
    ),
    Rule::error(
        "link-outside-root",
        "a symbolic link leads out of its root",
        "A pull request must not be able to show another file of the machine that reads it, so
        links are followed only inside the root. Move the file into the root, or give the directory
        that has it as a root of its own.",
        "// `flags/shared.yaml`, a symbolic link to `/etc/shared.yaml`.",
        "// `flags/shared.yaml`, a file.",
    ),
    Rule::error(
        "too-many-flags",
        "there are more flags than one daemon takes",
        "All flags of one load are held in memory and compiled together; 100 000 is the limit.
        Remove flags that nobody asks for any more, or serve parts of the organisation from daemons
        with roots of their own.",
        "// 100 001 flags below one root.",
        "// Two roots for two daemons, each with its own flags.",
    ),
    Rule::error(
        "too-many-problems",
        "a file has more problems than are shown",
        "The first thousand problems of a file are shown; this one counts the others. Problems so
        many usually have one cause: a file that is no definition file, or a tool that wrote it in
        another form.",
        "// A file with 1 200 aliases.",
        "// The same file without them.",
    ),
];
