//! The fields of a flag: one table of what each is, which everything reads that goes over fields.
//!
//! A field that is in this table and in the schema is merged, digested, compared and served without
//! another line. What else it means is written where it means something.

/// A field of a flag, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `enabled`
    Enabled,
    /// `requires`
    Requires,
    /// `rollout_percentage`
    RolloutPercentage,
    /// `targeting_rules`
    TargetingRules,
    /// `variants`
    Variants,
    /// `users`
    Users,
    /// `rules`
    Rules,
    /// `default`
    Default,
    /// `staff_only`
    StaffOnly,
    /// `off_variant`
    OffVariant,
    /// `salt`
    Salt,
    /// `bucket_by`
    BucketBy,
    /// `hash`
    Hash,
    /// `metadata`
    Metadata,
    /// `expires`
    Expires,
    /// `allow`
    Allow,
    /// `owner`
    Owner,
    /// `name`
    Name,
    /// `description`
    Description,
}

/// What there is to know about one field.
#[derive(Debug)]
pub struct FieldRow {
    /// The field.
    pub field: Field,
    /// How it is written.
    pub name: &'static str,
    /// The JSON types of its value, as the schema names them, sorted; null is left out.
    pub types: &'static [&'static str],
    /// Which flags have it.
    pub form: FlagForm,
    /// What it is for.
    pub purpose: FieldPurpose,
    /// What becomes of it where a later layer states it, too.
    pub layers: Merging,
    /// What it is when it is left out, as JSON; none if it is nothing, or depends on other fields.
    pub default: Option<&'static str>,
    /// How a difference speaks of it.
    pub told: Told,
}

/// Which flags have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagForm {
    /// Toggles and flags with variants.
    Both,
    /// Toggles only.
    Toggle,
    /// Flags with variants only: stating it makes a flag one.
    Variants,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPurpose {
    /// Whether the flag is on at all.
    Switch,
    /// Who gets which variant: what `staff_only` overrules in a toggle.
    Targeting,
    /// What can be served.
    Serving,
    /// It goes into answers, and decides nothing.
    Answer,
    /// It means something to `check`, and nothing to an evaluation.
    Check,
    /// It is for people.
    People,
}

/// What becomes of a field where a later layer states it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merging {
    /// The later value takes its place.
    Replace,
    /// Where both are mappings, entries are merged one by one.
    Merge,
}

/// How a difference speaks of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// In words of its own.
    InWords,
    /// As it is written, before and after.
    AsWritten,
}

impl FieldRow {
    const fn new(field: Field, name: &'static str, types: &'static [&'static str]) -> Self {
        let (form, purpose) = (FlagForm::Both, FieldPurpose::Targeting);
        let (layers, default, told) = (Merging::Replace, None, Told::InWords);
        Self { field, name, types, form, purpose, layers, default, told }
    }

    const fn of(self, form: FlagForm) -> Self {
        Self { form, ..self }
    }

    const fn purpose(self, purpose: FieldPurpose) -> Self {
        Self { purpose, ..self }
    }

    const fn merged(self) -> Self {
        Self { layers: Merging::Merge, ..self }
    }

    const fn left_out(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn told_as_written(self) -> Self {
        Self { told: Told::AsWritten, ..self }
    }
}

const BOOLEAN: &[&str] = &["boolean"];
const STRING: &[&str] = &["string"];
const ARRAY: &[&str] = &["array"];

/// The table, in the order in which a difference names fields.
pub const FIELDS: [FieldRow; 19] = [
    FieldRow::new(Field::Enabled, "enabled", BOOLEAN)
        .purpose(FieldPurpose::Switch)
        .left_out("false"),
    FieldRow::new(Field::Requires, "requires", ARRAY).purpose(FieldPurpose::Switch).left_out("[]"),
    FieldRow::new(Field::RolloutPercentage, "rollout_percentage", &["number"])
        .of(FlagForm::Toggle)
        .left_out("100"),
    FieldRow::new(Field::TargetingRules, "targeting_rules", ARRAY)
        .of(FlagForm::Toggle)
        .left_out("[]"),
    FieldRow::new(Field::Variants, "variants", &["array", "object"])
        .of(FlagForm::Variants)
        .purpose(FieldPurpose::Serving)
        .merged(),
    FieldRow::new(Field::Users, "users", &["array", "object"]).merged(),
    FieldRow::new(Field::Rules, "rules", ARRAY).of(FlagForm::Variants).left_out("[]"),
    FieldRow::new(Field::Default, "default", &["object", "string"])
        .of(FlagForm::Variants)
        .purpose(FieldPurpose::Serving),
    FieldRow::new(Field::StaffOnly, "staff_only", BOOLEAN)
        .of(FlagForm::Toggle)
        .left_out("false")
        .told_as_written(),
    FieldRow::new(Field::OffVariant, "off_variant", STRING)
        .of(FlagForm::Variants)
        .purpose(FieldPurpose::Serving)
        .told_as_written(),
    FieldRow::new(Field::Salt, "salt", STRING).told_as_written(),
    FieldRow::new(Field::BucketBy, "bucket_by", STRING)
        .left_out("\"targetingKey\"")
        .told_as_written(),
    FieldRow::new(Field::Hash, "hash", STRING).left_out("\"user_flag_md5\"").told_as_written(),
    FieldRow::new(Field::Metadata, "metadata", &["object"])
        .purpose(FieldPurpose::Answer)
        .merged()
        .left_out("{}")
        .told_as_written(),
    FieldRow::new(Field::Expires, "expires", STRING).purpose(FieldPurpose::Check).told_as_written(),
    FieldRow::new(Field::Allow, "allow", ARRAY)
        .purpose(FieldPurpose::Check)
        .left_out("[]")
        .told_as_written(),
    FieldRow::new(Field::Owner, "owner", STRING).purpose(FieldPurpose::People).told_as_written(),
    FieldRow::new(Field::Name, "name", STRING).purpose(FieldPurpose::People).told_as_written(),
    FieldRow::new(Field::Description, "description", STRING)
        .purpose(FieldPurpose::People)
        .left_out("\"\"")
        .told_as_written(),
];

impl Field {
    /// What there is to know about it.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a row for each field, in this order: a test")]
    pub const fn row(self) -> &'static FieldRow {
        &FIELDS[self as usize]
    }

    /// How it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The field that is written so.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        FIELDS.iter().find(|row| row.name == name).map(|row| row.field)
    }
}

impl FieldPurpose {
    /// Whether an evaluation reads fields of this purpose.
    #[must_use]
    pub const fn is_evaluated(self) -> bool {
        match self {
            Self::Switch | Self::Targeting | Self::Serving | Self::Answer => true,
            Self::Check | Self::People => false,
        }
    }
}
