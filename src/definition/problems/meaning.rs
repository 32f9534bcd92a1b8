//! Everything that can be wrong with what definitions mean: one constructor each, all errors.

use crate::{
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place},
    engine::bucket::thousandths,
};

/// What a section of a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `attributes`.
    Attribute,
    /// `segments`.
    Segment,
    /// `flags`.
    Flag,
}

impl SectionKind {
    /// The word for one of them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Segment => "segment",
            Self::Flag => "flag",
        }
    }
}

/// A file that is too large to be read.
#[must_use]
pub fn file_too_large(place: Place, bytes: u64, bytes_max: u64) -> Diagnostic {
    let message = format!(
        "this file has {bytes} bytes, {bytes_max} is the limit: move flags to other files; where \
         one flag lists very many users, compare an attribute that callers send instead"
    );
    Code::FileTooLarge.at(place, message)
}

/// A symbolic link out of the root.
#[must_use]
pub fn link_outside_root(place: Place, target: &str) -> Diagnostic {
    let message = format!("this link leads out of its root, to `{target}`; it is not followed");
    Code::LinkOutsideRoot.at(place, message)
}

/// A file that Git LFS keeps elsewhere; none if it is something else.
#[must_use]
pub fn lfs_pointer(bytes: &[u8], place: Place) -> Option<Diagnostic> {
    // The first line of every pointer, whatever version of the format follows.
    bytes.starts_with(b"version https://git-lfs.github.com/spec/").then(|| {
        let message = "this is a pointer of Git LFS, and not the file that it stands for; keep \
                       definitions in git itself";
        Code::LfsPointer.at(place, message)
    })
}

/// A symbolic link that leads back.
#[must_use]
pub fn link_loop(place: Place) -> Diagnostic {
    Code::LinkLoop.at(place, "this link leads back to itself or to a folder above it")
}

/// The same name twice within one root.
#[must_use]
pub fn defined_twice(kind: SectionKind, key: &str, place: Place, first: Place) -> Diagnostic {
    let (code, noun) = match kind {
        SectionKind::Attribute => (Code::DuplicateAttribute, "attribute"),
        SectionKind::Segment => (Code::DuplicateSegment, "segment"),
        SectionKind::Flag => (Code::DuplicateFlag, "flag"),
    };
    let message = format!("{noun} `{key}` is defined twice; only a later root may change it");
    let problem = code.at(place, message).relate("first defined here", first);
    if kind == SectionKind::Flag { problem.of_flag(key) } else { problem }
}

/// Null where there is no layer below.
#[must_use]
pub fn null_in_lowest_root(what: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{what}` has no value; null removes what a lower root has, and this is the lowest root"
    );
    Code::NullNotAllowed.at(place, message)
}

/// Null for something that no lower root has.
#[must_use]
pub fn nothing_to_remove(what: &str, place: Place, nearest: Option<&str>) -> Diagnostic {
    let message = format!("null removes `{what}`, but no lower root has it");
    Code::NothingToRemove.at(place, message).suggest(nearest)
}

/// An overlay's flag that is not below, and does not say `enabled`.
#[must_use]
pub fn patch_of_unknown_flag(key: &str, place: Place, nearest: Option<&str>) -> Diagnostic {
    let message =
        format!("no lower root defines flag `{key}`; to add a flag here, state `enabled`");
    Code::PatchOfUnknownFlag.at(place, message).suggest(nearest)
}

/// Fields of both forms in one flag.
#[must_use]
pub fn mixed_forms(field: &str, place: Place, because: &str, because_place: Place) -> Diagnostic {
    let instead = match field {
        "targeting_rules" => "write it as `if` of a rule",
        "rollout_percentage" => "write it into a rule",
        "staff_only" => "write a rule with `if: [where: { is_staff: true }]`",
        _ => "write it as a map of variant to targeting keys",
    };
    let message = format!(
        "`{field}` belongs to a toggle, but `{because}` makes this a flag with variants; {instead}"
    );
    Code::MixedForms.at(place, message).relate(format!("`{because}` is here"), because_place)
}

/// A variant that the flag does not have.
#[must_use]
pub fn unknown_variant<'n>(
    written: &str,
    of: &str,
    place: Place,
    nearest: Option<&str>,
    names: impl ExactSizeIterator<Item = &'n str>,
) -> Diagnostic {
    let names = listed(names);
    let message = format!("flag `{of}` has no variant `{written}`; it has {names}");
    Code::UnknownVariant.at(place, message).suggest(nearest)
}

/// A segment that is not defined.
#[must_use]
pub fn unknown_segment(name: &str, place: Place, nearest: Option<&str>) -> Diagnostic {
    let message = format!("there is no segment `{name}`");
    Code::UnknownSegment.at(place, message).suggest(nearest)
}

/// A flag that is not defined.
#[must_use]
pub fn unknown_flag(key: &str, place: Place, nearest: Option<&str>) -> Diagnostic {
    let message = format!("there is no flag `{key}`");
    Code::UnknownFlag.at(place, message).suggest(nearest)
}

/// A reference to a flag that is not boolean, without saying which variant.
#[must_use]
pub fn needs_is<'n>(
    key: &str,
    kind: &str,
    place: Place,
    names: impl ExactSizeIterator<Item = &'n str>,
) -> Diagnostic {
    let names = listed(names);
    let message = format!(
        "flag `{key}` has values of type {kind}, so `is` has to say which variant is meant: {names}"
    );
    Code::NeedsIs.at(place, message)
}

/// A value that does not fit the attribute's declared type.
#[must_use]
pub fn attribute_misfit(
    attribute: &str,
    expected: &str,
    found: &str,
    place: Place,
    declared: Option<Place>,
) -> Diagnostic {
    let message = format!("attribute `{attribute}` is {expected}, this compares it with {found}");
    let diagnostic = Code::AttributeMisfit.at(place, message);
    match declared {
        Some(declared) => diagnostic.relate("declared here", declared),
        None => diagnostic,
    }
}

/// An operator that can never hold for the attribute's declared type.
#[must_use]
pub fn operator_misfit(
    attribute: &str,
    is: &str,
    operator: &str,
    place: Place,
    declared: Option<Place>,
) -> Diagnostic {
    let message = format!("operator `{operator}` never matches attribute `{attribute}`, {is}");
    let diagnostic = Code::OperatorMisfit.at(place, message);
    match declared {
        Some(declared) => diagnostic.relate("declared here", declared),
        None => diagnostic,
    }
}

/// A value outside an attribute's declared `enum`.
#[must_use]
pub fn not_in_enum<'n>(
    attribute: &str,
    written: &str,
    place: Place,
    declared: Place,
    nearest: Option<&str>,
    values: impl ExactSizeIterator<Item = &'n str>,
) -> Diagnostic {
    let values = listed(values);
    let message = format!("{written} is no value of attribute `{attribute}`; it has {values}");
    Code::NotInEnum.at(place, message).suggest(nearest).relate("declared here", declared)
}

/// A declared `enum` value of another type than the attribute's.
#[must_use]
pub fn enum_misfit(attribute: &str, expected: &str, found: &str, place: Place) -> Diagnostic {
    let message =
        format!("attribute `{attribute}` is {expected}, this value of its `enum` is {found}");
    Code::EnumMisfit.at(place, message)
}

/// A declaration of a built-in attribute with another type.
#[must_use]
pub fn built_in_attribute(name: &str, is: &str, place: Place) -> Diagnostic {
    let message = format!("attribute `{name}` is built in and is {is}");
    Code::BuiltInAttribute.at(place, message)
}

/// An operator other than `before` and `after` on `now`.
#[must_use]
pub fn now_operator(written: &str, place: Place) -> Diagnostic {
    let message = format!("`now` is compared with `before` or `after` only, this is `{written}`");
    Code::NowOperator.at(place, message)
}

/// A `bucket_by` whose attribute can be no unit.
#[must_use]
pub fn unit_misfit(name: &str, is: &str, place: Place) -> Diagnostic {
    let message = format!("units are strings or whole numbers, but attribute `{name}` is {is}");
    Code::UnitMisfit.at(place, message)
}

/// A percentage finer than a thousandth of a percent.
#[must_use]
pub fn too_precise(written: &str, place: Place, nearest: Option<u32>) -> Diagnostic {
    let message = format!("percentages go down to thousandths (0.001), this is {written}");
    let nearest = nearest.map(|nearest| thousandths(u64::from(nearest)));
    Code::PercentagePrecision.at(place, message).suggest(nearest)
}

/// A split whose entries do not add up to 100.
#[must_use]
pub fn split_sum(sum: u64, entries: usize, place: Place) -> Diagnostic {
    let sum_text = thousandths(sum);
    let mut message =
        format!("the percentages of this split add up to {sum_text}, they must add up to 100");
    if entries == 3 && sum.abs_diff(100_000) <= 1_000 {
        message.push_str("; thirds are 33.333, 33.333 and 33.334");
    }
    Code::SplitSum.at(place, message)
}

/// A targeting key under two variants.
#[must_use]
pub fn user_twice(key: &str, variant: &str, first: &str, place: Place, other: Place) -> Diagnostic {
    let message = format!("user `{key}` is listed under both `{first}` and `{variant}`");
    Code::UserTwice.at(place, message).relate("also listed here", other)
}

/// Two variants of one name, in the list form.
#[must_use]
pub fn variant_twice(name: &str, place: Place, first: Place) -> Diagnostic {
    Code::DuplicateVariant
        .at(place, format!("variant `{name}` is listed twice"))
        .relate("first listed here", first)
}

/// Values of two types among the variants of one flag.
#[must_use]
pub fn mixed_types(
    (name, kind): (&str, &str),
    (first, first_kind): (&str, &str),
    place: Place,
    first_place: Place,
) -> Diagnostic {
    let message = format!(
        "all variants of a flag have values of one type; `{name}` is {kind}, `{first}` is \
         {first_kind}"
    );
    Code::MixedVariantTypes.at(place, message).relate(format!("`{first}` is here"), first_place)
}

/// A flag in the variants form that has none.
#[must_use]
pub fn no_variants(place: Place) -> Diagnostic {
    let message =
        "this flag has no variants left; leave `variants` out for `enabled` and `disabled`";
    Code::NoVariants.at(place, message)
}

/// Two rules of one name in a flag.
#[must_use]
pub fn rule_twice(name: &str, place: Place, first: Place) -> Diagnostic {
    Code::DuplicateRuleName
        .at(place, format!("two rules are named `{name}`"))
        .relate("the first is here", first)
}

/// A day that is none.
#[must_use]
pub fn bad_date(written: &str, place: Place) -> Diagnostic {
    let message = format!("`{written}` is not a day such as `2027-03-31`");
    Code::BadDate.at(place, message)
}

/// Segments or flags that depend on themselves. `names` is the circle, its first one not repeated.
#[must_use]
pub fn circle(names: &[String], places: &[Place]) -> Diagnostic {
    let first = names.first().map_or("", |name| name);
    let chain = names.iter().map(String::as_str).chain([first]).collect::<Vec<_>>().join(" → ");
    let place = places.first().copied().unwrap_or_default();
    let message = format!("{first} depends on itself: {chain}");
    let diagnostic = Code::Circle.at(place, message);
    let others = names.iter().zip(places).zip(names.iter().cycle().skip(1)).skip(1);
    others.fold(diagnostic, |diagnostic, ((from, place), to)| {
        diagnostic.relate(format!("{from} refers to {to} here"), *place)
    })
}

/// Conditions nested too deeply, through segments and flags.
#[must_use]
pub fn too_deep(name: &str, depth: u64, depth_max: u64, place: Place) -> Diagnostic {
    let message = format!(
        "the conditions of {name} nest {depth} deep through segments and flags, {depth_max} is the \
         limit"
    );
    Code::TooDeep.at(place, message)
}

/// Too many conditions in one evaluation.
#[must_use]
pub fn too_expensive(name: &str, conditions: u64, conditions_max: u64, place: Place) -> Diagnostic {
    let message = format!(
        "one evaluation of {name} may cost as much as {conditions} conditions, through segments, \
         flags and what it compares with; {conditions_max} is the limit"
    );
    Code::TooExpensive.at(place, message)
}

/// The comparisons of all segments and flags together cost more than one request may.
#[must_use]
pub fn too_expensive_together(
    name: &str,
    conditions_max: u64,
    what: &str,
    place: Place,
) -> Diagnostic {
    let message = format!(
        "with {name}, a request for all flags may cost as much as more than {conditions_max} \
         conditions, for {what}; that is the limit"
    );
    Code::TooExpensive.at(place, message)
}

/// More flags than one daemon takes.
#[must_use]
pub fn too_many_flags(count: usize, count_max: usize, place: Place) -> Diagnostic {
    let message = format!("these are {count} flags, {count_max} is the limit");
    Code::TooManyFlags.at(place, message)
}

/// A value of another shape than the schema lets through: a gap in the schema.
#[must_use]
pub fn wrong_shape(expected: &str, found: &str, place: Place) -> Diagnostic {
    Code::WrongShape.at(place, format!("expected {expected}, this is {found}"))
}

/// "`a`, `b` and `c`", cut short after a few.
fn listed<'n>(mut names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN_MAX: usize = 8;
    let shown = names.by_ref().take(SHOWN_MAX);
    let quoted: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some(_) if 0 < names.len() => {
            format!("{} and {} more", quoted.join(", "), names.len())
        }
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
