//! The code of every diagnostic and of every hazard: one table each.

use crate::diagnostics::{
    explanation::Explanation, quote::quote, severity::Severity, suggest::nearest,
};

/// Declares the codes of diagnostics: a name, how bad it is, and its id. The texts of a code are in
/// `docs/rules/ID.md`, which is the page for readers, and what `flagstaff explain` prints.
macro_rules! codes {
    ($($code:ident = $severity:ident $id:literal,)*) => {
        /// What a diagnostic is about. Sorted by id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $id, "`")] $code,)*
        }

        impl Code {
            /// All codes, sorted by id.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The stable kebab-case id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$code => $id,)* }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            const fn page(self) -> &'static str {
                match self {
                    $(Self::$code => include_str!(concat!("../../docs/rules/", $id, ".md")),)*
                }
            }
        }
    };
}

/// Declares the codes of hazards: a name and its id.
macro_rules! hazard_codes {
    ($($code:ident = $id:literal,)*) => {
        /// What a change does that its author may not intend. Sorted by id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HazardCode {
            $(#[doc = concat!("`", $id, "`")] $code,)*
        }

        impl HazardCode {
            /// All codes, sorted by id.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The stable kebab-case id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$code => $id,)* }
            }

            const fn page(self) -> &'static str {
                match self {
                    $(Self::$code => include_str!(concat!("../../docs/rules/", $id, ".md")),)*
                }
            }
        }
    };
}

codes! {
    Alias = Error "alias",
    Anchor = Error "anchor",
    AnswersEveryoneAlike = Note "answers-everyone-alike",
    AttributeMisfit = Error "attribute-misfit",
    BadDate = Error "bad-date",
    BadNetwork = Error "bad-network",
    BadRegex = Error "bad-regex",
    BadTime = Error "bad-time",
    BadVersion = Error "bad-version",
    BelowOnePercent = Note "below-one-percent",
    BuiltInAttribute = Error "built-in-attribute",
    Circle = Error "circle",
    ColonWithoutSpace = Warning "colon-without-space",
    ConditionForm = Error "condition-form",
    Contradiction = Warning "contradiction",
    ControlCharacter = Error "control-character",
    CurlyQuotes = Warning "curly-quotes",
    DuplicateAttribute = Error "duplicate-attribute",
    DuplicateFlag = Error "duplicate-flag",
    DuplicateKey = Error "duplicate-key",
    DuplicateRuleName = Error "duplicate-rule-name",
    DuplicateSegment = Error "duplicate-segment",
    DuplicateVariant = Error "duplicate-variant",
    EmptyFile = Error "empty-file",
    EmptyList = Warning "empty-list",
    EmptyValue = Error "empty-value",
    EnabledNotStated = Warning "enabled-not-stated",
    EnumMisfit = Error "enum-misfit",
    Expired = Note "expired",
    FileTooLarge = Error "file-too-large",
    HostBits = Warning "host-bits",
    IgnoreCaseMisfit = Error "ignore-case-misfit",
    IntegerOutOfRange = Error "integer-out-of-range",
    InvalidName = Error "invalid-name",
    JoinedLines = Warning "joined-lines",
    KeyWithColon = Warning "key-with-colon",
    KeysDifferInCase = Warning "keys-differ-in-case",
    LeadingZero = Warning "leading-zero",
    LfsPointer = Error "lfs-pointer",
    LinkLoop = Error "link-loop",
    LinkOutsideRoot = Error "link-outside-root",
    ListComparedWhole = Warning "list-compared-whole",
    ListedUsersAndEveryone = Warning "listed-users-and-everyone",
    MatrixTooLarge = Error "matrix-too-large",
    MergeConflict = Error "merge-conflict",
    MergeKey = Error "merge-key",
    MisplacedNull = Error "misplaced-null",
    MissingComma = Warning "missing-comma",
    MissingField = Error "missing-field",
    MixedForms = Error "mixed-forms",
    MixedNumbers = Warning "mixed-numbers",
    MixedVariantTypes = Error "mixed-variant-types",
    NearExistingKey = Warning "near-existing-key",
    NeedsIs = Error "needs-is",
    NeedsNewerFlagstaff = Error "needs-newer-flagstaff",
    NetworkAsText = Warning "network-as-text",
    NewFlagInOverlay = Note "new-flag-in-overlay",
    NoDefault = Note "no-default",
    NoEffect = Warning "no-effect",
    NoVariants = Error "no-variants",
    NonScalarKey = Error "non-scalar-key",
    NotInEnum = Error "not-in-enum",
    NotUtf8 = Error "not-utf-8",
    NothingToRemove = Error "nothing-to-remove",
    NowInContext = Error "now-in-context",
    NowOperator = Error "now-operator",
    NullNotAllowed = Error "null-not-allowed",
    NumberNotFinite = Error "number-not-finite",
    OperatorMisfit = Error "operator-misfit",
    OutOfRange = Error "out-of-range",
    PartialVersion = Note "partial-version",
    PatchOfUnknownFlag = Error "patch-of-unknown-flag",
    PatternAsText = Warning "pattern-as-text",
    PatternTooLarge = Error "pattern-too-large",
    PercentagePrecision = Error "percentage-precision",
    QuotedValue = Warning "quoted-value",
    RareAttribute = Note "rare-attribute",
    RequirementAsText = Warning "requirement-as-text",
    RequiresOffFlag = Note "requires-off-flag",
    SameIgnoringCase = Note "same-ignoring-case",
    Schema = Error "schema",
    ServeOrSplit = Error "serve-or-split",
    SetTwice = Error "set-twice",
    SeveralDocuments = Error "several-documents",
    ShadowedRamp = Warning "shadowed-ramp",
    SpaceAtAnEnd = Warning "space-at-an-end",
    SplitSum = Error "split-sum",
    StaffOnlyWhileOff = Warning "staff-only-while-off",
    SwallowedField = Warning "swallowed-field",
    Syntax = Error "syntax",
    TabIndentation = Error "tab-indentation",
    Tag = Error "tag",
    TestWithoutAt = Warning "test-without-at",
    TooDeep = Error "too-deep",
    TooExpensive = Error "too-expensive",
    TooManyFlags = Error "too-many-flags",
    TooManyProblems = Error "too-many-problems",
    UndeclaredAttribute = Warning "undeclared-attribute",
    UnitMisfit = Error "unit-misfit",
    UnknownAttribute = Warning "unknown-attribute",
    UnknownChoice = Error "unknown-choice",
    UnknownField = Error "unknown-field",
    UnknownFlag = Error "unknown-flag",
    UnknownOperator = Error "unknown-operator",
    UnknownRule = Error "unknown-rule",
    UnknownSegment = Error "unknown-segment",
    UnknownVariant = Error "unknown-variant",
    UnquotedTargetingKey = Error "unquoted-targeting-key",
    UnreachableRule = Warning "unreachable-rule",
    UnusedAllow = Note "unused-allow",
    UnusedAttribute = Warning "unused-attribute",
    UnusedSegment = Warning "unused-segment",
    UnusualKey = Warning "unusual-key",
    UserTwice = Error "user-twice",
    VariantNeverServed = Note "variant-never-served",
    VersionInOrder = Warning "version-in-order",
    WrongShape = Error "wrong-shape",
    WrongType = Error "wrong-type",
    YamlVersion = Error "yaml-version",
}

hazard_codes! {
    NotComputed = "not-computed",
    Rebucketed = "rebucketed",
    Removed = "removed",
    Renamed = "renamed",
    RenamedWithoutSalt = "renamed-without-salt",
    TypeChanged = "type-changed",
    Unreachable = "unreachable",
    VariantRemoved = "variant-removed",
    WidenedToEveryone = "widened-to-everyone",
}

impl Code {
    /// The diagnostic of that id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id() == id)
    }

    /// The code of that id, if it is one that can be allowed: a warning or a note.
    ///
    /// # Errors
    ///
    /// Why it cannot be allowed, and what was probably meant.
    pub fn to_allow(id: &str) -> Result<Self, NotAllowed> {
        let of_errors = |code: &Self| code.severity() == Severity::Error;
        match Self::find(id) {
            Some(code) if !of_errors(&code) => Ok(code),
            Some(_) => Err(NotAllowed {
                reason: format!("`{id}` is an error, and errors cannot be allowed"),
                meant: None,
            }),
            None => {
                let known = Self::ALL.iter().filter(|code| !of_errors(code));
                Err(NotAllowed {
                    reason: format!("there is no warning or note `{}`", quote(id)),
                    meant: nearest(id, known.map(|code| code.id())),
                })
            }
        }
    }

    /// What it means, with a bad and a good example.
    #[must_use]
    pub fn explanation(self) -> Explanation {
        Explanation::read(self.id(), Some(self.severity()), self.page())
    }
}

/// Why a code cannot be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAllowed {
    /// In words, without a full stop.
    pub reason: String,
    /// The code that was probably meant.
    pub meant: Option<&'static str>,
}

impl HazardCode {
    /// The hazard of that id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id() == id)
    }

    /// What it means, with a change that has it and one that avoids it.
    #[must_use]
    pub fn explanation(self) -> Explanation {
        Explanation::read(self.id(), None, self.page())
    }
}

/// What every code means, those of hazards included, sorted by id.
#[must_use]
pub fn explanations() -> Vec<Explanation> {
    let diagnostics = Code::ALL.iter().map(|code| code.explanation());
    let mut all: Vec<Explanation> =
        diagnostics.chain(HazardCode::ALL.iter().map(|code| code.explanation())).collect();
    all.sort_unstable_by_key(|explanation| explanation.id);
    all
}

/// What the code of that id means.
#[must_use]
pub fn explanation(id: &str) -> Option<Explanation> {
    let code = Code::find(id).map(Code::explanation);
    code.or_else(|| HazardCode::find(id).map(HazardCode::explanation))
}
