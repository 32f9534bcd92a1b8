//! Several roots to one tree: RFC 7396 merge patches, field by field, places kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definition::{
        problems::{
            meaning::{self, SectionKind},
            slip,
        },
        written::field::{self, Field},
    },
    diagnostics::{
        diagnostic::Diagnostic,
        place::Place,
        suggest::{is_slip, nearest_of_many},
    },
    yaml::{
        node::{Entry, Node, NodeValue},
        packed::Packed,
    },
};

/// How many keys those of new flags in overlays are held against, in one root.
const COMPARED_KEYS_MAX: usize = 1_000_000;

/// All definitions of all roots, merged.
#[derive(Debug, Default)]
pub struct Tree {
    /// The declared attributes by name.
    pub attributes: Section,
    /// The segments by name.
    pub segments: Section,
    /// The flags by key.
    pub flags: Section,
}

/// One section, sorted by name.
pub type Section = BTreeMap<Box<str>, Item>;

/// One definition, merged.
#[derive(Debug)]
pub struct Item {
    /// Where it is defined first: the name, in the lowest root that has it.
    pub place: Place,
    /// Where later roots write to it, lowest first.
    pub later: Vec<Place>,
    /// The merged value.
    pub node: Packed,
}

/// Layers under way: one root after the other, of each one document after the other.
#[derive(Debug, Default)]
pub struct Layers {
    /// The roots so far.
    merged: Tree,
    /// How many roots that are.
    count: usize,
    /// The root that is being read.
    layer: Tree,
}

impl Layers {
    /// Takes a document of the root that is being read; nothing may be defined twice in one root.
    pub fn add(&mut self, document: Node, diagnostics: &mut Vec<Diagnostic>) {
        let NodeValue::Map(sections) = document.value else { return };
        for Entry { key, node, .. } in sections {
            let (kind, section) = match &*key {
                "attributes" => (SectionKind::Attribute, &mut self.layer.attributes),
                "segments" => (SectionKind::Segment, &mut self.layer.segments),
                "flags" => (SectionKind::Flag, &mut self.layer.flags),
                _ => continue,
            };
            let NodeValue::Map(entries) = node.value else { continue };
            for Entry { key, key_place, node } in entries {
                if let Some(first) = section.get(&key) {
                    let problem = meaning::defined_twice(kind, &key, key_place, first.place);
                    diagnostics.push(problem);
                    continue;
                }
                let node = Packed::new(&normalize(kind, node, diagnostics));
                section.insert(key, Item { place: key_place, later: Vec::new(), node });
            }
        }
    }

    /// Lays the root that was read over those below, and says what does not fit.
    pub fn end_root(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let (tree, layer) = (&mut self.merged, std::mem::take(&mut self.layer));
        let mut patch = Patch { is_lowest: self.count == 0, compared: 0, diagnostics };
        patch.section(SectionKind::Attribute, &mut tree.attributes, layer.attributes);
        patch.section(SectionKind::Segment, &mut tree.segments, layer.segments);
        patch.section(SectionKind::Flag, &mut tree.flags, layer.flags);
        self.count += 1;
    }

    /// All roots, merged.
    #[must_use]
    pub fn merged(self) -> Tree {
        self.merged
    }
}

/// Drops what carries no meaning, and brings the list form of `variants` into the map form.
fn normalize(kind: SectionKind, mut node: Node, diagnostics: &mut Vec<Diagnostic>) -> Node {
    let NodeValue::Map(fields) = &mut node.value else { return node };
    fields.retain(|field| !is_extension(&field.key));
    if kind != SectionKind::Flag {
        return node;
    }
    for field in fields {
        match (&*field.key, &mut field.node.value) {
            ("variants", NodeValue::List(names)) => {
                let entries = named_variants(std::mem::take(names), diagnostics);
                field.node.value = NodeValue::Map(entries);
            }
            ("rules", NodeValue::List(rules)) => {
                for rule in rules {
                    if let NodeValue::Map(fields) = &mut rule.value {
                        fields.retain(|field| !is_extension(&field.key));
                    }
                }
            }
            _ => {}
        }
    }
    node
}

fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// `[red, blue]` as `{red: red, blue: blue}`.
fn named_variants(names: Vec<Node>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(names.len());
    let mut seen: BTreeMap<Box<str>, Place> = BTreeMap::new();
    for node in names {
        // What is no name was said by the schema, and is taken for one: it is a variant, too.
        let name: Box<str> = match &node.value {
            NodeValue::String(name) => name.clone(),
            _ => node.to_value().to_string().into(),
        };
        if let Some(first) = seen.get(&name) {
            diagnostics.push(meaning::variant_twice(&name, node.place, *first));
            continue;
        }
        seen.insert(name.clone(), node.place);
        let node = Node { value: NodeValue::String(name.clone()), place: node.place };
        entries.push(Entry { key: name, key_place: node.place, node });
    }
    entries
}

/// One root being laid over those below.
struct Patch<'d> {
    is_lowest: bool,
    /// How many keys new ones were held against.
    compared: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Patch<'_> {
    fn section(&mut self, kind: SectionKind, below: &mut Section, layer: Section) {
        for (key, item) in layer {
            let before = self.diagnostics.len();
            self.definition(kind, below, &key, item);
            if kind == SectionKind::Flag {
                for found in self.diagnostics.iter_mut().skip(before) {
                    found.flag = Some(key.to_string());
                }
            }
        }
    }

    /// Lays one definition over what is below.
    fn definition(&mut self, kind: SectionKind, below: &mut Section, key: &str, item: Item) {
        let Some(old) = below.get_mut(key) else {
            self.new_definition(kind, below, key, item);
            return;
        };
        let node = item.node.unpack();
        if matches!(node.value, NodeValue::Null) {
            let known = below.keys().map(|key| &**key);
            if self.may_remove(key, item.place, true, known) {
                below.remove(key);
            }
            return;
        }
        old.later.push(item.place);
        old.node = Packed::new(&self.merge(kind, old.node.unpack(), node));
    }

    /// A definition that has nothing below it: a null inside it is an error all the same.
    fn new_definition(&mut self, kind: SectionKind, below: &mut Section, key: &str, item: Item) {
        let known = || below.keys().map(|key| &**key);
        if self.is_lowest && !item.node.has_null() {
            below.insert(key.into(), item);
            return;
        }
        let node = item.node.unpack();
        if matches!(node.value, NodeValue::Null) {
            self.may_remove(key, item.place, false, known());
            return;
        }
        if kind == SectionKind::Flag && !self.is_lowest && !states_enabled(&node) {
            let near = nearest_of_many(self.diagnostics.len(), key, known());
            self.diagnostics.push(meaning::patch_of_unknown_flag(key, item.place, near));
        }
        if kind == SectionKind::Flag && !self.is_lowest && states_enabled(&node) {
            self.new_flag(below, key, (item.place, &node));
        }
        let fresh = Node { value: NodeValue::Map(Vec::new()), place: node.place };
        let node = Packed::new(&self.merge(kind, fresh, node));
        below.insert(key.into(), Item { node, ..item });
    }

    /// A flag that an overlay adds: perhaps it was meant to change another.
    fn new_flag(&mut self, below: &Section, key: &str, (place, node): (Place, &Node)) {
        self.compared = self.compared.saturating_add(below.len());
        let is_worth_it = self.compared <= COMPARED_KEYS_MAX;
        let mut known = below.iter().filter(|_| is_worth_it);
        if let Some((near, other)) = known.find(|(known, _)| is_slip(key, known)) {
            self.diagnostics.push(slip::near_existing_key(key, near, place, other.place));
        } else if node.as_map().is_some_and(|fields| fields.len() == 1) {
            self.diagnostics.push(slip::new_flag_in_overlay(key, place));
        }
    }

    /// Lays a definition over the one below, field by field where both are mappings.
    fn merge(&mut self, kind: SectionKind, mut below: Node, node: Node) -> Node {
        let (NodeValue::Map(fields), NodeValue::Map(_)) = (&mut below.value, &node.value) else {
            return node;
        };
        let NodeValue::Map(mut patch) = node.value else { return below };
        for Entry { key, node, .. } in &mut patch {
            if let NodeValue::Map(entries) = &mut node.value
                && kind == SectionKind::Flag
                && Field::find(key).is_some_and(|field| field.row().layers == field::Merging::Merge)
            {
                let field = fields.iter_mut().find(|field| field.key == *key);
                let mut merged = match field.map(|field| &mut field.node.value) {
                    Some(NodeValue::Map(below)) => std::mem::take(below),
                    _ => Vec::with_capacity(entries.len()),
                };
                self.entries(&mut merged, std::mem::take(entries));
                *entries = merged;
            }
        }
        self.entries(fields, patch);
        below
    }

    /// Lays entries over those below, one by one.
    fn entries(&mut self, below: &mut Vec<Entry>, entries: Vec<Entry>) {
        // A flag may list very many users: look them up by name, not by scanning. Where nothing is
        // below, as in most definitions, there is nothing to look up.
        let indexes: BTreeMap<Box<str>, usize> =
            below.iter().enumerate().map(|(index, entry)| (entry.key.clone(), index)).collect();
        let mut removed = BTreeSet::new();
        for entry in entries {
            let index = indexes.get(&entry.key).copied();
            if matches!(entry.node.value, NodeValue::Null) {
                let known = indexes.keys().map(|key| &**key);
                if self.may_remove(&entry.key, entry.key_place, index.is_some(), known) {
                    removed.extend(index);
                }
                continue;
            }
            match index.and_then(|index| below.get_mut(index)) {
                Some(existing) => *existing = entry,
                None => below.push(entry),
            }
        }
        let mut index = 0..;
        below.retain(|_| index.next().is_none_or(|index| !removed.contains(&index)));
    }

    /// Whether there is something to remove; if not, says so.
    fn may_remove<'n>(
        &mut self,
        name: &str,
        place: Place,
        exists: bool,
        known: impl ExactSizeIterator<Item = &'n str>,
    ) -> bool {
        if self.is_lowest {
            self.diagnostics.push(meaning::null_in_lowest_root(name, place));
            return false;
        }
        if !exists {
            let near = nearest_of_many(self.diagnostics.len(), name, known);
            self.diagnostics.push(meaning::nothing_to_remove(name, place, near));
        }
        exists
    }
}

fn states_enabled(node: &Node) -> bool {
    matches!(&node.value, NodeValue::Map(fields)
    if fields.iter().any(|field| {
        &*field.key == "enabled" && !matches!(field.node.value, NodeValue::Null)
    }))
}
