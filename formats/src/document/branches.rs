//! The branches of a sample, in words.

use std::fmt::Write as _;

use rview_core::{FrameId, Function, Profile};

use crate::{Branch, Details};

/// What is to be said of some branches, newest first: which it is and how it went, then from
/// where to where.
pub(super) fn branch_details(profile: &Profile, space: u32, branches: &[Branch]) -> Details {
    let name = |address| match profile.branches().frame(space, address) {
        Some(frame) => described(profile, frame, address),
        None => format!("0x{address:x}"),
    };
    let details = branches.iter().zip(1_u32..).map(|(branch, n)| {
        (title(n, branch), format!("{} → {}", name(branch.from), name(branch.to)))
    });
    details.collect()
}

fn title(n: u32, branch: &Branch) -> String {
    let mut title = format!("branch {n}");
    let remarks = [
        branch.was_predicted.map(|it| if it { "predicted" } else { "mispredicted" }),
        branch.in_transaction.then_some("in a transaction"),
        branch.is_abort.then_some("abort"),
    ];
    for remark in remarks.into_iter().flatten() {
        title.push_str(", ");
        title.push_str(remark);
    }
    match branch.cycles {
        0 => {}
        1 => title.push_str(", 1 cycle"),
        n => {
            let _ = write!(title, ", {n} cycles");
        }
    }
    title
}

/// The innermost function at a frame and its line; the address if nobody knows.
fn described(profile: &Profile, frame: FrameId, address: u64) -> String {
    let Some(line) = profile.symbols().lines(frame).last() else {
        return format!("0x{address:x}");
    };
    let function = profile.symbols().functions().row(line.function);
    match (profile.text(function.name), function.file) {
        (Function::UNKNOWN, _) => match profile.function_module(line.function) {
            "" => format!("0x{address:x}"),
            module => format!("0x{address:x} in {module}"),
        },
        (name, Some(file)) if line.line != 0 => {
            format!("{name} ({}:{})", rview_core::file_name(profile.text(file)), line.line)
        }
        (name, _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_says_how_it_went() {
        let branch = Branch {
            from: 1,
            to: 2,
            was_predicted: Some(false),
            in_transaction: true,
            is_abort: false,
            cycles: 7,
        };
        assert_eq!(title(3, &branch), "branch 3, mispredicted, in a transaction, 7 cycles");
        let plain = Branch { was_predicted: None, in_transaction: false, cycles: 0, ..branch };
        assert_eq!(title(1, &plain), "branch 1");
    }
}
