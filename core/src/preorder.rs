//! Trees in preorder: a row, then all that is below it.

use crate::id::row_number;

/// Whether each row comes right after its parent and all that is below rows before it.
pub(crate) fn is_in_preorder(n_rows: usize, parent: impl Fn(usize) -> Option<usize>) -> bool {
    let mut path: Vec<usize> = Vec::new();
    (0..n_rows).all(|row| {
        let parent = parent(row);
        while path.pop_if(|above| Some(*above) != parent).is_some() {}
        let is_below = parent.is_none() || !path.is_empty();
        path.push(row);
        is_below
    })
}

/// By row, its place in preorder: parents must be before their children, which stay in the order
/// of the table.
pub(crate) fn places(n_rows: usize, parent: impl Fn(usize) -> Option<usize>) -> Vec<u32> {
    // Children come after their parents, so backward each size is complete when it is added.
    let mut size = vec![1_u32; n_rows];
    for row in (0..n_rows).rev() {
        if let Some(parent) = parent(row) {
            size[parent] += size[row];
        }
    }
    // In place of its size, each row then gets where the next of its children goes.
    let mut next_root = 0;
    let mut places = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let n = size[row];
        let next = parent(row).map_or(&mut next_root, |parent| &mut size[parent]);
        let place = *next;
        *next += n;
        size[row] = place + 1;
        places.push(place);
    }
    places
}

/// The rows of a tree in the order of their [`places`].
pub(crate) fn order(n_rows: usize, parent: impl Fn(usize) -> Option<usize>) -> Vec<u32> {
    let mut order = vec![0; n_rows];
    for (row, place) in places(n_rows, parent).into_iter().enumerate() {
        order[place as usize] = row_number(row);
    }
    order
}
