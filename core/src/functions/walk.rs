//! Weights added up by function along the stacks, as they were recorded.
//!
//! A function's total is what ends while it is on the stack. So one walk over the tree of stacks
//! that counts how often it is inside of each function finds all totals, and no call paths have
//! to be made for that:
//!
//! ```text
//! main        enter main               on stack: main
//!   parse     enter parse                        main parse
//!             a sample of eval: 5                self eval 5
//!   main      leave parse: total 5, enter main   main main
//!             leave main: still inside, total of neither
//!             leave main: total 5
//! ```
//!
//! Slices of threads are such a tree too.

use std::ops::AddAssign;

use crate::id::row_number;

/// What each group weighs.
pub(crate) struct Sums<W> {
    pub(crate) self_: Vec<W>,
    pub(crate) total: Vec<W>,
}

impl<W> Default for Sums<W> {
    fn default() -> Self {
        Self { self_: Vec::new(), total: Vec::new() }
    }
}

impl<W: Copy> Sums<W> {
    pub(super) fn map<V>(&self, part: fn(W) -> V) -> Sums<V> {
        let column = |weights: &[W]| weights.iter().copied().map(part).collect();
        Sums { self_: column(&self.self_), total: column(&self.total) }
    }
}

impl<W: Copy + AddAssign> Sums<W> {
    /// Adds what the same groups weigh elsewhere.
    pub(super) fn add(&mut self, other: &Self) {
        self.self_.iter_mut().zip(&other.self_).for_each(|(sum, &other)| *sum += other);
        self.total.iter_mut().zip(&other.total).for_each(|(sum, &other)| *sum += other);
    }
}

/// Where a walk is, and what it has added up.
pub(super) struct Inside<W> {
    /// By group: how many calls of it the walk is inside of.
    n_calls: Vec<u32>,
    /// The rows from the root to here.
    open: Vec<Open<W>>,
    /// The groups of all of them.
    groups: Vec<u32>,
    sums: Sums<W>,
}

struct Open<W> {
    row: u32,
    n_groups: u32,
    /// What ended in it and in what it called so far.
    sum: W,
}

impl<W: Copy + Default + AddAssign> Inside<W> {
    pub(super) fn new(n_groups: usize) -> Self {
        Self {
            n_calls: vec![0; n_groups],
            open: Vec::new(),
            groups: Vec::new(),
            sums: Sums { self_: vec![W::default(); n_groups], total: vec![W::default(); n_groups] },
        }
    }

    /// Enters a row that has functions of these groups, the outermost first.
    #[inline]
    pub(super) fn enter(&mut self, row: u32, groups: &[u32]) {
        for &group in groups {
            self.n_calls[group as usize] += 1;
            self.groups.push(group);
        }
        self.open.push(Open { row, n_groups: row_number(groups.len()), sum: W::default() });
    }

    /// Leaves all rows that are not `row` or above it. What ended inside a function counts when
    /// the outermost call of it is left.
    #[inline]
    pub(super) fn leave_to(&mut self, row: Option<u32>) {
        while let Some(Open { n_groups, sum, .. }) = self.open.pop_if(|o| Some(o.row) != row) {
            for _ in 0..n_groups {
                let Some(group) = self.groups.pop() else { break };
                let n_calls = &mut self.n_calls[group as usize];
                *n_calls -= 1;
                if *n_calls == 0 {
                    self.sums.total[group as usize] += sum;
                }
            }
            if let Some(caller) = self.open.last_mut() {
                caller.sum += sum;
            }
        }
    }

    /// Adds what ends in functions of these groups, called from here.
    #[inline]
    pub(super) fn add(&mut self, groups: &[u32], weight: W) {
        for (at, &group) in groups.iter().enumerate() {
            if self.n_calls[group as usize] == 0 && !groups[..at].contains(&group) {
                self.sums.total[group as usize] += weight;
            }
        }
        if let Some(&leaf) = groups.last() {
            self.sums.self_[leaf as usize] += weight;
        }
        if let Some(caller) = self.open.last_mut() {
            caller.sum += weight;
        }
    }

    /// Leaves everything.
    pub(super) fn finish(mut self) -> Sums<W> {
        self.leave_to(None);
        self.sums
    }
}
