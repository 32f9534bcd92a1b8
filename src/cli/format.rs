//! The formats that an option `--format` takes.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::report::format::Format;

/// Takes the name of one of `formats`. `--help` lists their names and descriptions.
pub(crate) fn one_of<Render>(
    formats: &'static [Format<Render>],
) -> impl TypedValueParser<Value = Format<Render>>
where
    Render: Copy + Send + Sync + 'static,
{
    let values =
        formats.iter().map(|format| PossibleValue::new(format.name).help(format.description));
    PossibleValuesParser::new(values)
        .try_map(|name| Format::find(formats, &name).ok_or("no format has this name"))
}
