//! The end of a program that fails by a defect of its own, or for want of memory: the exit code and
//! the message still say whether money may have moved.
//!
//! A panic is caught where the command was started. An abort, which is how Rust ends a program that
//! gets no memory or no stack, arrives as a signal: the thread that aborts is held up in its signal
//! handler while another thread, which waits for nothing else, prints words that were made before.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use proxy_orders::Vendor;

use crate::failure::{Failure, INTERRUPTED, LOOK, UNKNOWN, note};
use crate::interrupt::would_exit_with;
use crate::output::is_json_wanted;

/// The kind of such a failure in JSON.
const KIND: &str = "defect";

/// The effects that the program leaves behind if it fails now.
#[derive(Clone, Debug, Default)]
pub enum Stake {
    /// No request is under way that changes anything.
    #[default]
    Nothing,
    /// A request that must not be repeated may have been sent.
    Sent {
        vendor: Vendor,
        /// The idempotency key, unless it is a raw call.
        key: Option<String>,
        /// The command that finds out what became of it.
        found_by: Option<String>,
    },
    /// A purchase was made.
    Done {
        vendor: Vendor,
        key: String,
        order: String,
        /// The command that shows the order.
        shown_by: Option<String>,
    },
}

impl Stake {
    /// Returns the exit code of a program that is interrupted for good now.
    fn code_if_interrupted(&self) -> u8 {
        match self {
            Stake::Nothing => INTERRUPTED,
            Stake::Sent { .. } => UNKNOWN,
            Stake::Done { .. } => LOOK,
        }
    }

    /// Returns the failure of a program that ends for this reason now.
    fn failure(&self, why: &str) -> Failure {
        match self.clone() {
            Stake::Nothing => Failure::defect(KIND, format!("{why}; no purchase was under way")),
            Stake::Sent {
                vendor,
                key,
                found_by,
            } => {
                let what = match &key {
                    Some(key) => format!("{why}: the purchase `{key}` may have been made"),
                    None => format!("{why}: the request may have taken effect"),
                };
                let failure = Failure::unknown(KIND, what)
                    .finding_out(found_by)
                    .at(vendor);
                match key {
                    Some(key) => failure.for_key(key),
                    None => failure,
                }
            }
            Stake::Done {
                vendor,
                key,
                order,
                shown_by,
            } => Failure::look(
                KIND,
                format!("order {order} was made under the key `{key}`, but then {why}"),
            )
            .advising("It stands; to look at it:", shown_by)
            .at(vendor)
            .for_key(key)
            .for_order(&order),
        }
    }
}

/// The stake, and the words for an abort, which must not need memory when they are printed.
#[derive(Default)]
struct LastWords {
    stake: Stake,
    code: u8,
    line: String,
}

static LAST_WORDS: Mutex<LastWords> = Mutex::new(LastWords {
    stake: Stake::Nothing,
    code: 1,
    line: String::new(),
});

fn last_words() -> MutexGuard<'static, LastWords> {
    LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets what is at stake from now on.
pub fn at_stake(stake: Stake) {
    would_exit_with(stake.code_if_interrupted());
    let failure = stake.failure("the program was aborted, perhaps for want of memory");
    let words = LastWords {
        code: failure.code(),
        line: failure.words(is_json_wanted()) + "\n",
        stake,
    };
    *last_words() = words;
}

/// Prepares the program for its own failures: no core dump, no panic message with a vendor's text
/// in it, and words for an abort.
pub fn prepare() {
    at_stake(Stake::Nothing);
    std::panic::set_hook(Box::new(tell_where));
    #[cfg(unix)]
    {
        unix::without_core_dumps();
        // Without them, an abort only loses its exit code.
        let _ = unix::outlive_aborts();
    }
}

/// Tells where a defect is. The panic's message may quote an answer, and with it a secret.
fn tell_where(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    note(format_args!(
        "note: this is a defect of proxy-orders, at {place}; please report it"
    ));
}

/// Runs a part of the program. If it panics, the failure says what is at stake.
pub fn guard<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let stake = last_words().stake.clone();
        Err(stake.failure("the program failed by a defect of its own"))
    })
}

#[cfg(unix)]
mod unix {
    use std::io::{self, Read};
    use std::os::fd::AsFd;

    use rustix::fs::{OFlags, fcntl_setfl};
    use rustix::io::{Errno, write};
    use rustix::process::{Resource, Rlimit, setrlimit};
    use signal_hook::consts::SIGABRT;
    use signal_hook::low_level::{exit, pipe};

    use super::LAST_WORDS;

    /// Turns core dumps off: they would contain the credential.
    pub fn without_core_dumps() {
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
        // Of a dump that goes to another program, only this keeps the kernel.
        #[cfg(target_os = "linux")]
        let _ =
            rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }

    /// Starts the thread that speaks the last words after an abort.
    pub fn outlive_aborts() -> io::Result<()> {
        let (mut aborted, abort) = io::pipe()?;
        pipe::register(SIGABRT, abort)?;
        // The second action of the handler holds the aborting thread up: the pipe is full.
        let (never_read, full) = io::pipe()?;
        pipe::register(SIGABRT, full.try_clone()?)?;
        for size in [4096, 1] {
            while write(&full, &[0; 4096][..size]) != Err(Errno::AGAIN) {}
        }
        fcntl_setfl(&full, OFlags::empty())?;
        std::thread::Builder::new()
            .name("last words".to_owned())
            .spawn(move || {
                let _kept = (never_read, full);
                if aborted.read(&mut [0]).is_ok() {
                    speak();
                }
            })?;
        Ok(())
    }

    /// Prints the words and ends the program, without memory and without the lock on stderr, which
    /// the aborting thread may hold.
    fn speak() -> ! {
        let Ok(words) = LAST_WORDS.try_lock() else {
            exit(1)
        };
        let mut rest = words.line.as_bytes();
        while !rest.is_empty() {
            match write(io::stderr().as_fd(), rest) {
                Ok(written) => rest = &rest[written.min(rest.len())..],
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
        exit(words.code.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_tells_the_truth_about_money() {
        let fail = || guard::<()>(|| panic!("canary")).unwrap_err();
        let vendor = Vendor::all()[0];
        assert_eq!(
            (fail().code(), fail().message().contains("no purchase")),
            (1, true)
        );
        at_stake(Stake::Sent {
            vendor,
            key: Some("invoice-117".to_owned()),
            found_by: Some("proxy-orders journal reconcile".to_owned()),
        });
        let unknown = fail();
        assert_eq!(unknown.code(), UNKNOWN);
        for words in [
            "invoice-117",
            "may have been made",
            "Do not run it again",
            "reconcile",
        ] {
            assert!(unknown.words(false).contains(words), "{unknown:?}");
        }
        assert!(!unknown.words(false).contains("canary"));
        assert!(unknown.words(true).contains(r#""outcome":"unknown""#));
        at_stake(Stake::Done {
            vendor,
            key: "invoice-117".to_owned(),
            order: "7".to_owned(),
            shown_by: None,
        });
        assert_eq!(fail().code(), LOOK);
        assert!(fail().message().contains("order 7 was made"));
        at_stake(Stake::Nothing);
    }
}
