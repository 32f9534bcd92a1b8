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
    /// `owner`
    Owner,
    /// `name`
    Name,
    /// `description`
    Description,
}

/// What there is to know about one field.
#[derive(Debug)]
pub struct Row {
    /// The field.
    pub field: Field,
    /// How it is written.
    pub name: &'static str,
    /// The JSON types of its value, as the schema names them, sorted; null is left out.
    pub types: &'static [&'static str],
    /// Which flags have it.
    pub form: Form,
    /// What it is for.
    pub purpose: Purpose,
    /// What becomes of it where a later layer states it, too.
    pub layers: Layers,
    /// What it is when it is left out, as JSON; none if it is nothing, or depends on other fields.
    pub default: Option<&'static str>,
    /// How a difference speaks of it.
    pub told: Told,
}

/// Which flags have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Toggles and flags with variants.
    Both,
    /// Toggles only.
    Toggle,
    /// Flags with variants only: stating it makes a flag one.
    Variants,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
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
pub enum Layers {
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

impl Row {
    const fn new(field: Field, name: &'static str, types: &'static [&'static str]) -> Self {
        let (form, purpose) = (Form::Both, Purpose::Targeting);
        let (layers, default, told) = (Layers::Replace, None, Told::InWords);
        Self { field, name, types, form, purpose, layers, default, told }
    }

    const fn of(self, form: Form) -> Self {
        Self { form, ..self }
    }

    const fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    const fn merged(self) -> Self {
        Self { layers: Layers::Merge, ..self }
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
pub const FIELDS: [Row; 18] = [
    Row::new(Field::Enabled, "enabled", BOOLEAN).purpose(Purpose::Switch).left_out("false"),
    Row::new(Field::Requires, "requires", ARRAY).purpose(Purpose::Switch).left_out("[]"),
    Row::new(Field::RolloutPercentage, "rollout_percentage", &["number"])
        .of(Form::Toggle)
        .left_out("100"),
    Row::new(Field::TargetingRules, "targeting_rules", ARRAY).of(Form::Toggle).left_out("[]"),
    Row::new(Field::Variants, "variants", &["array", "object"])
        .of(Form::Variants)
        .purpose(Purpose::Serving)
        .merged(),
    Row::new(Field::Users, "users", &["array", "object"]).merged(),
    Row::new(Field::Rules, "rules", ARRAY).of(Form::Variants).left_out("[]"),
    Row::new(Field::Default, "default", &["object", "string"])
        .of(Form::Variants)
        .purpose(Purpose::Serving),
    Row::new(Field::StaffOnly, "staff_only", BOOLEAN)
        .of(Form::Toggle)
        .left_out("false")
        .told_as_written(),
    Row::new(Field::OffVariant, "off_variant", STRING)
        .of(Form::Variants)
        .purpose(Purpose::Serving)
        .told_as_written(),
    Row::new(Field::Salt, "salt", STRING).told_as_written(),
    Row::new(Field::BucketBy, "bucket_by", STRING).left_out("\"targetingKey\"").told_as_written(),
    Row::new(Field::Hash, "hash", STRING).left_out("\"user_flag_md5\"").told_as_written(),
    Row::new(Field::Metadata, "metadata", &["object"])
        .purpose(Purpose::Answer)
        .merged()
        .left_out("{}")
        .told_as_written(),
    Row::new(Field::Expires, "expires", STRING).purpose(Purpose::Check).told_as_written(),
    Row::new(Field::Owner, "owner", STRING).purpose(Purpose::People).told_as_written(),
    Row::new(Field::Name, "name", STRING).purpose(Purpose::People).told_as_written(),
    Row::new(Field::Description, "description", STRING)
        .purpose(Purpose::People)
        .left_out("\"\"")
        .told_as_written(),
];

impl Field {
    /// What there is to know about it.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a row for each field, in this order: a test")]
    pub const fn row(self) -> &'static Row {
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

impl Purpose {
    /// Whether an evaluation reads fields of this purpose.
    #[must_use]
    pub const fn is_evaluated(self) -> bool {
        match self {
            Self::Switch | Self::Targeting | Self::Serving | Self::Answer => true,
            Self::Check | Self::People => false,
        }
    }
}
