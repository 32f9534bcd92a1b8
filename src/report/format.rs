//! A form in which results are shown.

/// A form in which results are shown: a row of the table that the results have of their forms.
/// `Render` is a pointer to the function that writes them, such as
/// `fn(&Findings<'_>, bool) -> String`.
#[derive(Clone, Copy, Debug)]
pub struct Format<Render> {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is or who it is for, as `--help` says it.
    pub description: &'static str,
    /// Writes results; the second argument says whether in colour, where the format has colours.
    pub render: Render,
}

impl<Render: Copy> Format<Render> {
    /// The format of that name.
    #[must_use]
    pub fn find(formats: &[Self], name: &str) -> Option<Self> {
        formats.iter().copied().find(|format| format.name == name)
    }
}
