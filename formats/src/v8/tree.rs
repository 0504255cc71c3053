//! The tree of calls, in all its forms: nested, as a list with children, as a list with parents.

use foldhash::HashMap;
use rview_core::{FrameId, Function, Line, ProfileBuilder, StackId};

use crate::json::{Broken, Fields, Scanner, Text, Value};
use crate::{ImportError, Job, Severity};

/// A function where it is called from its parent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node<'a> {
    name: Option<Text<'a>>,
    url: Option<Text<'a>>,
    category: Option<Text<'a>>,
    /// From 0 on; negative if unknown.
    line: i64,
    /// Row of the caller plus 1; 0 without one.
    parent: u32,
    /// How often it was seen running, where the tree says so.
    pub(crate) hits: i64,
    /// Bytes that were allocated there.
    pub(crate) self_size: i64,
}

/// Collects nodes, from one place or from many.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    rows: HashMap<i64, u32>,
    /// Rows and the ids of their parents, told by the child.
    parents: Vec<(u32, i64)>,
    /// Rows and the ids of their children, told by the parent.
    children: Vec<(u32, i64)>,
}

/// Where a node is in the profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) callers: Option<StackId>,
    pub(crate) leaf: FrameId,
}

/// The places of the nodes of a tree.
#[derive(Debug)]
pub(crate) struct Placed<'t, 'a> {
    tree: &'t Tree<'a>,
    places: Vec<Place>,
}

impl Placed<'_, '_> {
    /// Where the node with an id is.
    pub(crate) fn of(&self, id: i64) -> Option<Place> {
        self.places.get(self.tree.row(id)?).copied()
    }
}

/// What is open while nodes are read.
enum Level {
    /// A list of nodes, or of ids of nodes, below a node.
    List(Option<u32>),
    /// The keys of a node.
    Node(u32),
}

impl<'a> Tree<'a> {
    pub(crate) fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// The row of the node with an id.
    pub(crate) fn row(&self, id: i64) -> Option<usize> {
        self.rows.get(&id).map(|&row| row as usize)
    }

    /// Reads a node with all below it, or a list of nodes. Those before a place that cannot be
    /// read are kept.
    pub(crate) fn read(&mut self, value: Value<'a>, job: &Job) -> Result<(), ImportError> {
        let (bytes, mut levels) = match value {
            Value::Array(bytes) => (bytes, vec![Level::List(None)]),
            Value::Object(bytes) => (bytes, vec![Level::Node(self.push(None))]),
            _ => return Ok(()),
        };
        let mut scanner = Scanner::new(bytes, 1);
        let mut n_steps = 0_u64;
        while let Some(level) = levels.last() {
            n_steps = n_steps.wrapping_add(1);
            if n_steps.is_multiple_of(1 << 14) && job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let next = match *level {
                Level::List(parent) => self.element(&mut scanner, parent),
                Level::Node(row) => self.field(&mut scanner, row),
            };
            match next {
                Ok(Step::Into(level)) => levels.push(level),
                Ok(Step::On) => {}
                Ok(Step::Out) => drop(levels.pop()),
                Err(_) => break, // Who reads the file around it knows that it is cut.
            }
        }
        Ok(())
    }

    /// Adds a node of which the parent may come later.
    pub(crate) fn add(
        &mut self,
        id: i64,
        parent: Option<i64>,
        name: Option<Text<'a>>,
        category: Option<Text<'a>>,
    ) {
        let row = self.push(None);
        self.rows.entry(id).or_insert(row);
        self.parents.extend(parent.map(|parent| (row, parent)));
        if let Some(node) = self.nodes.last_mut() {
            (node.name, node.category) = (name, category);
        }
    }

    fn push(&mut self, parent: Option<u32>) -> u32 {
        let row = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let parent = parent.map_or(0, |row| row.saturating_add(1));
        self.nodes.push(Node { parent, line: -1, ..Node::default() });
        row
    }

    fn element(&mut self, scanner: &mut Scanner<'a>, parent: Option<u32>) -> Result<Step, Broken> {
        if !scanner.has_element()? {
            return Ok(Step::Out);
        }
        if scanner.peek() == Some(b'{') {
            scanner.bump();
            return Ok(Step::Into(Level::Node(self.push(parent))));
        }
        if let (Some(parent), Some(child)) = (parent, scanner.value()?.integer()) {
            self.children.push((parent, child));
        }
        Ok(Step::On)
    }

    fn field(&mut self, scanner: &mut Scanner<'a>, row: u32) -> Result<Step, Broken> {
        let Some(key) = scanner.key()? else { return Ok(Step::Out) };
        if key.raw == b"children" && scanner.peek() == Some(b'[') {
            scanner.bump();
            return Ok(Step::Into(Level::List(Some(row))));
        }
        let value = scanner.value()?;
        match (key.raw, value.integer()) {
            (b"id", Some(id)) => {
                self.rows.entry(id).or_insert(row);
            }
            (b"parent", Some(parent)) => self.parents.push((row, parent)),
            (key, number) => {
                let Some(node) = self.nodes.get_mut(row as usize) else { return Ok(Step::On) };
                match key {
                    b"callFrame" => Fields::of(value).for_each(|(key, value)| {
                        node.set(key.raw, value);
                    }),
                    b"hitCount" => node.hits = number.unwrap_or_default(),
                    b"selfSize" => node.self_size = number.unwrap_or_default(),
                    key => node.set(key, value),
                }
            }
        }
        Ok(Step::On)
    }

    /// Connects children with parents, once all are read.
    pub(crate) fn connect(&mut self) {
        let by_parents = self.children.drain(..).filter_map(|(parent, child)| {
            self.rows.get(&child).map(|&child| (child, parent.saturating_add(1)))
        });
        let by_parents: Vec<(u32, u32)> = by_parents.collect();
        let by_children = self.parents.drain(..).filter_map(|(child, parent)| {
            self.rows.get(&parent).map(|&parent| (child, parent.saturating_add(1)))
        });
        for (child, parent) in by_parents.into_iter().chain(by_children) {
            if let Some(node) = self.nodes.get_mut(child as usize) {
                node.parent = parent;
            }
        }
    }

    /// The place of each node. The root of the tree is no function of the program and no part of
    /// a stack, unless a sample is at it.
    pub(crate) fn places(&self, builder: &mut ProfileBuilder, job: &Job) -> Vec<Place> {
        let mut done: Vec<Option<Place>> = vec![None; self.nodes.len()];
        let mut is_open = vec![false; self.nodes.len()];
        let mut path: Vec<usize> = Vec::new();
        for row in 0..self.nodes.len() {
            // Up to the first node that is done, then down again.
            let mut next = Some(row);
            while let Some(at) = next
                && let Some(None) = done.get(at)
                && let Some(open) = is_open.get_mut(at)
            {
                if *open {
                    job.note(Severity::Repair, "call-tree-cycle", || {
                        "a node of the call tree is its own caller; it is taken for a root"
                            .to_owned()
                    });
                    break;
                }
                *open = true;
                path.push(at);
                next = self.parent(at);
            }
            while let Some(at) = path.pop() {
                let caller = self.parent(at);
                let above = caller.and_then(|caller| {
                    let place = done.get(caller).copied().flatten()?;
                    Some((place, self.nodes.get(caller)?))
                });
                let callers = above.and_then(|(place, node)| {
                    let (callers, leaf) = (place.callers, place.leaf);
                    if node.is_root() { callers } else { Some(builder.stack(callers, leaf)) }
                });
                let leaf = self.nodes.get(at).map(|node| node.frame(builder));
                if let (Some(slot), Some(leaf)) = (done.get_mut(at), leaf) {
                    *slot = Some(Place { callers, leaf });
                }
            }
        }
        done.into_iter().flatten().collect()
    }

    /// The places of all nodes, by their ids.
    pub(crate) fn placed(&self, builder: &mut ProfileBuilder, job: &Job) -> Placed<'_, 'a> {
        Placed { tree: self, places: self.places(builder, job) }
    }

    fn parent(&self, row: usize) -> Option<usize> {
        self.nodes.get(row)?.parent.checked_sub(1).map(|row| row as usize)
    }
}

/// What comes after a step through the nodes.
enum Step {
    Into(Level),
    On,
    Out,
}

impl<'a> Node<'a> {
    fn set(&mut self, key: &[u8], value: Value<'a>) {
        match key {
            b"functionName" => self.name = value.text(),
            b"url" => self.url = value.text().filter(|url| !url.raw.is_empty()),
            b"lineNumber" => self.line = value.integer().unwrap_or(-1),
            _ => {}
        }
    }

    fn is_root(&self) -> bool {
        self.parent == 0 && self.name.is_some_and(|name| name.raw == b"(root)")
    }

    fn frame(&self, builder: &mut ProfileBuilder) -> FrameId {
        let name = self.name.map(Text::decode).unwrap_or_default();
        let told = self.category.map(Text::decode);
        let category = match &*name {
            "(garbage collector)" => Some("GC"),
            "(idle)" => Some("idle"),
            "(program)" | "(native)" => Some("native"),
            _ => told.as_deref(),
        };
        let name = builder.string(if name.is_empty() { "(anonymous)" } else { &name });
        let category = category.map(|category| builder.string(category));
        let file = self.url.map(|url| builder.string(&url.decode()));
        // Where nothing is known of the file, 0 is no line.
        let line = file.and_then(|_| u32::try_from(self.line.saturating_add(1)).ok());
        let line = line.unwrap_or_default();
        let function = builder.function(Function { file, line, category, ..Function::named(name) });
        builder.named_frame(Line { function, line: 0 })
    }
}
