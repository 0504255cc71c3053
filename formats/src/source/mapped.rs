//! Mapped files that stay readable when they shrink.
//!
//! Reading a page of a mapping that lies behind the end of its file raises SIGBUS, which kills
//! the process. Profilers rewrite their output in place, so that does happen. The handler here
//! puts a page of zeros where the file has none any more, notes that on the mapping, and lets
//! the read go on; readers of untrusted bytes survive zeros. A SIGBUS elsewhere is none of its
//! business and goes to who handled it before: the standard library, which tells of a stack that
//! overflowed, or a reporter of crashes. On Windows a mapped file cannot be made shorter.
#![expect(unsafe_code, reason = "mapping a file and surviving its loss need the system's calls")]

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

/// A file as memory.
#[derive(Debug)]
pub(super) struct Mapped {
    // Dropped before the mapping, so that no guard ever covers memory of somebody else.
    #[cfg(unix)]
    guard: Option<guard::Guard>,
    map: Mmap,
}

impl Mapped {
    pub(super) fn new(file: &File) -> io::Result<Self> {
        // SAFETY: a change of the file under the mapping can at worst change the bytes between
        // two reads, which is no worse than any other hostile input: nothing is read twice and
        // trusted the second time. A file that shrinks is what the guard is for.
        let map = unsafe { Mmap::map(file)? };
        Ok(Self {
            #[cfg(unix)]
            guard: guard::Guard::new(&map),
            map,
        })
    }

    /// Whether a page was read that the file had no more.
    pub(super) fn was_cut(&self) -> bool {
        #[cfg(unix)]
        return self.guard.as_ref().is_some_and(guard::Guard::was_hit);
        #[cfg(not(unix))]
        false
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(unix)]
mod guard {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Once, OnceLock};

    /// How many mappings are guarded at once. A fixed table, because the handler must not lock
    /// or allocate. Mappings beyond it are not guarded.
    const N_SLOTS: usize = 256;

    static SLOTS: [Slot; N_SLOTS] = [const { Slot::new() }; N_SLOTS];

    /// A guarded range of addresses; free when `end` is 0.
    struct Slot {
        taken: AtomicBool,
        start: AtomicUsize,
        end: AtomicUsize,
        hit: AtomicBool,
    }

    impl Slot {
        const fn new() -> Self {
            Self {
                taken: AtomicBool::new(false),
                start: AtomicUsize::new(0),
                end: AtomicUsize::new(0),
                hit: AtomicBool::new(false),
            }
        }
    }

    /// Guards one mapping for as long as it lives.
    pub(super) struct Guard {
        slot: &'static Slot,
    }

    impl std::fmt::Debug for Guard {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Guard")
        }
    }

    impl Guard {
        pub(super) fn new(bytes: &[u8]) -> Option<Self> {
            install_handler();
            let slot = SLOTS.iter().find(|slot| !slot.taken.swap(true, Ordering::AcqRel))?;
            slot.hit.store(false, Ordering::Relaxed);
            slot.start.store(bytes.as_ptr() as usize, Ordering::Relaxed);
            let end = (bytes.as_ptr() as usize).saturating_add(bytes.len());
            slot.end.store(end, Ordering::Release);
            Some(Self { slot })
        }

        pub(super) fn was_hit(&self) -> bool {
            self.slot.hit.load(Ordering::Acquire)
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            self.slot.end.store(0, Ordering::Release);
            self.slot.taken.store(false, Ordering::Release);
        }
    }

    /// As the system calls it.
    type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

    /// What was done about SIGBUS before the handler here was installed.
    static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

    fn install_handler() {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            let handler: Handler = on_sigbus;
            // SAFETY: a sigaction of zeros is valid; `before` is filled by the system, and the
            // handler of `action` has the signature that SA_SIGINFO asks for.
            unsafe {
                let mut before: libc::sigaction = std::mem::zeroed();
                libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut before);
                // Known before the handler can run.
                BEFORE.get_or_init(|| before);
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = handler as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                libc::sigemptyset(&raw mut action.sa_mask);
                libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
            }
        });
    }

    /// Hands a signal to who handled it before. Without one, the default action follows, on the
    /// instruction that is tried again.
    ///
    /// # Safety
    ///
    /// `before` is as the system gave it, and the rest is what it hands to a handler.
    pub(super) unsafe fn hand_on(
        before: Option<&libc::sigaction>,
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        match before {
            Some(before) if !matches!(before.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN) => {
                // SAFETY: the flags tell which of two signatures the handler has.
                unsafe {
                    if before.sa_flags & libc::SA_SIGINFO != 0 {
                        let handler: Handler = std::mem::transmute(before.sa_sigaction);
                        handler(signal, info, context);
                    } else {
                        let handler: extern "C" fn(libc::c_int) =
                            std::mem::transmute(before.sa_sigaction);
                        handler(signal);
                    }
                }
            }
            // SAFETY: setting the default action touches no state of this process.
            _ => unsafe {
                libc::signal(signal, libc::SIG_DFL);
            },
        }
    }

    extern "C" fn on_sigbus(
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: the kernel hands a valid siginfo to a handler with SA_SIGINFO, and si_addr is
        // set for SIGBUS. mmap and sysconf touch no state of this process but the mapping that
        // is replaced, which lies within a live guarded mapping of ours.
        unsafe {
            let address = (*info).si_addr() as usize;
            let guarded = SLOTS.iter().find(|slot| {
                address < slot.end.load(Ordering::Acquire)
                    && address >= slot.start.load(Ordering::Relaxed)
            });
            if let (Some(slot), Ok(page)) =
                (guarded, usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)))
            {
                slot.hit.store(true, Ordering::Release);
                let start = address & !page.wrapping_sub(1);
                let zeros = libc::mmap(
                    start as *mut libc::c_void,
                    page,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                );
                if zeros != libc::MAP_FAILED {
                    return;
                }
            }
            hand_on(BEFORE.get(), signal, info, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_shrinks_reads_as_zeros() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; 64 * 1024]).unwrap();
        let mapped = Mapped::new(&file).unwrap();
        assert_eq!(mapped.last(), Some(&7));
        assert!(!mapped.was_cut());
        file.set_len(100).unwrap();
        assert_eq!(mapped.last(), Some(&0));
        assert_eq!(mapped.first(), Some(&7));
        assert!(mapped.was_cut());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_ours_goes_to_who_handled_it_before() {
        use std::ptr::null_mut;
        use std::sync::atomic::{AtomicI32, Ordering};

        static SEEN: AtomicI32 = AtomicI32::new(0);
        extern "C" fn plain(signal: libc::c_int) {
            SEEN.store(signal, Ordering::Relaxed);
        }
        extern "C" fn with_info(
            signal: libc::c_int,
            _info: *mut libc::siginfo_t,
            _context: *mut libc::c_void,
        ) {
            SEEN.store(signal + 100, Ordering::Relaxed);
        }
        // SAFETY: a sigaction of zeros is valid, and its handler has the signature of its flags.
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            before.sa_sigaction = plain as extern "C" fn(libc::c_int) as usize;
            guard::hand_on(Some(&before), libc::SIGBUS, null_mut(), null_mut());
            assert_eq!(SEEN.load(Ordering::Relaxed), libc::SIGBUS);
            before.sa_sigaction = with_info
                as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void)
                as usize;
            before.sa_flags = libc::SA_SIGINFO;
            guard::hand_on(Some(&before), libc::SIGBUS, null_mut(), null_mut());
            assert_eq!(SEEN.load(Ordering::Relaxed), libc::SIGBUS + 100);
        }
    }
}
