//! The systems that flags are imported from: one table, one row each.

use crate::{
    engine::scheme::Hash,
    import::{flagd, goff, imported::ImportedFlag, verdict::ImportRefusal},
    yaml::node::Node,
};

/// A system that flags are imported from.
#[derive(Debug)]
pub struct ForeignSystem {
    /// How it is named on the command line.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The versions between which its hashing differs, the latest last.
    pub versions: &'static [ForeignVersion],
    /// Reads its definitions.
    pub read: fn(&Node, Hash) -> Result<Vec<ImportedFlag>, ImportRefusal>,
}

/// Versions of a system that hash alike.
#[derive(Debug)]
pub struct ForeignVersion {
    /// How it is named on the command line.
    pub name: &'static str,
    /// Which these are.
    pub title: &'static str,
    /// How they hash.
    pub hash: Hash,
}

/// The table.
pub const FOREIGN_SYSTEMS: [ForeignSystem; 2] = [
    ForeignSystem {
        name: "flagd",
        title: "flagd",
        versions: &[
            ForeignVersion {
                name: "v1",
                title: "`fractional` version 1: Go core before 0.15, JavaScript core before 2.0",
                hash: Hash::FlagdV1,
            },
            ForeignVersion {
                name: "v3",
                title: "`fractional` version 3: Python core 2.0",
                hash: Hash::FlagdV3,
            },
            ForeignVersion {
                name: "v2",
                title: "`fractional` version 2: Go core 0.15 and later, JavaScript core 2",
                hash: Hash::FlagdV2,
            },
        ],
        read: flagd::flags,
    },
    ForeignSystem {
        name: "goff",
        title: "GO Feature Flag",
        versions: &[ForeignVersion { name: "v1", title: "1.x", hash: Hash::GoFeatureFlag }],
        read: goff::flags,
    },
];

impl ForeignSystem {
    /// The versions of that name; without a name, the latest.
    #[must_use]
    pub fn version(&self, name: Option<&str>) -> Option<&'static ForeignVersion> {
        match name {
            Some(name) => self.versions.iter().find(|version| version.name == name),
            None => self.versions.last(),
        }
    }
}
