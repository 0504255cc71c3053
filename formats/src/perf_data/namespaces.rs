//! The namespaces that processes are in: which of them are in containers, and in the same.

use rustc_hash::FxHashMap;

use super::fields::{ByteOrder, Fields};
use super::record::Record;

/// What the kernel has namespaces for, in the order of the record.
const KINDS: [&str; 7] = ["net", "uts", "ipc", "pid", "user", "mnt", "cgroup"];

/// The number of the namespace of each kind; 0 if unknown.
type Set = [u64; KINDS.len()];

/// How many sets are told, and how many processes of each.
const MAX_TOLD: usize = 8;

/// The namespaces of each process.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    by_process: FxHashMap<usize, Set>,
}

/// Process, thread and namespaces of a record.
pub(super) fn read(record: &Record<'_>, order: ByteOrder) -> Option<(i32, i32, Set)> {
    let mut fields: Fields<'_> = record.fields(order);
    let (pid, tid) = (fields.id()?, fields.id()?);
    let n_sets = usize::try_from(fields.u64()?).ok()?;
    let mut set = Set::default();
    for number in set.iter_mut().take(n_sets) {
        fields.skip(8)?; // The device that the number is of, the same for all.
        *number = fields.u64()?;
    }
    Some((pid, tid, set))
}

impl Namespaces {
    /// A process enters namespaces.
    pub(super) fn set(&mut self, process: usize, set: Set) {
        self.by_process.insert(process, set);
    }

    /// A process starts in the namespaces of its parent.
    pub(super) fn inherit(&mut self, process: usize, parent: usize) {
        if let Some(&set) = self.by_process.get(&parent) {
            self.by_process.insert(process, set);
        }
    }

    /// Which of the processes are where, those together that are in the same namespaces; each
    /// is given with what it is called.
    pub(super) fn facts(&self, processes: impl Iterator<Item = (usize, String)>) -> Vec<String> {
        let mut groups: Vec<(Set, Vec<String>)> = Vec::new();
        let mut rows: FxHashMap<Set, usize> = FxHashMap::default();
        for (process, name) in processes {
            let Some(&set) = self.by_process.get(&process) else { continue };
            let row = *rows.entry(set).or_insert_with(|| {
                groups.push((set, Vec::new()));
                groups.len().saturating_sub(1)
            });
            if let Some((_, names)) = groups.get_mut(row) {
                names.push(name);
            }
        }
        groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        let common = groups.first().map_or(Set::default(), |(set, _)| *set);
        let mut told: Vec<String> = Vec::new();
        for (row, (set, names)) in groups.iter().take(MAX_TOLD).enumerate() {
            let numbers = KINDS.iter().zip(set.iter().zip(&common));
            // Of the others, what sets them apart.
            let numbers =
                numbers.filter(|(_, (own, common))| **own != 0 && (row == 0 || own != common));
            let numbers: Vec<String> =
                numbers.map(|(kind, (own, _))| format!("{kind} {own}")).collect();
            let listed = names.get(..MAX_TOLD).unwrap_or(names).join(", ");
            let more = match names.len().saturating_sub(MAX_TOLD) {
                0 => String::new(),
                n_more => format!(" and {n_more} more"),
            };
            told.push(format!("{}: {listed}{more}", numbers.join(", ")));
        }
        if let n_more @ 1.. = groups.len().saturating_sub(MAX_TOLD) {
            told.push(format!("{n_more} more"));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_in_the_same_namespaces_are_told_together() {
        let mut namespaces = Namespaces::default();
        namespaces.set(0, [1, 2, 3, 4, 5, 6, 7]);
        namespaces.set(1, [1, 2, 3, 40, 5, 60, 7]);
        namespaces.inherit(2, 0);
        namespaces.inherit(4, 3);
        let processes = ["init 1", "app 7", "sh 9", "who 10"].map(str::to_owned);
        assert_eq!(
            namespaces.facts((0..).zip(processes)),
            [
                "net 1, uts 2, ipc 3, pid 4, user 5, mnt 6, cgroup 7: init 1, sh 9",
                "pid 40, mnt 60: app 7",
            ]
        );
    }
}
