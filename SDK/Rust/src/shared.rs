//! `torii.shared/1`: bytes by key that all workers see and that outlive reloads.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use crate::abi::{self, SharedEntryArgs, Slice};
use crate::host::Tables;
use crate::Error;

/// The store of the gateway, as [`crate::Handle::shared`] gives it; to be used from any thread.
///
/// The keys are the plugin's own, whatever its version and instance: 1 to 256 bytes each, with values of at most 64 KiB. Each call
/// is atomic. All of them fail with `abi::E_UNSUPPORTED` where the host has no store (one of ABI 1.0, or while inspecting), and
/// with `abi::E_FAILED` when another process holds it up: then do what is done without. Let the key contain the number of the
/// value's format, for older and newer builds run side by side during a reload.
#[derive(Clone)]
pub struct SharedStore {
    pub(crate) tables: Arc<Tables>,
    pub(crate) instance: u64,
}

/// A value as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedValue {
    /// The value.
    pub bytes: Vec<u8>,
    /// Another with every write, and never that of an earlier value of this key; never 0.
    pub revision: u64,
    /// When its lifetime is over, in nanoseconds of [`crate::Handle::monotonic_time`]; 0: never.
    pub expires: u64,
}

impl SharedValue {
    /// The number that [`SharedStore::add`] keeps; `None` when the value is not of eight bytes.
    pub fn number(&self) -> Option<i64> {
        Some(i64::from_ne_bytes(self.bytes.as_slice().try_into().ok()?))
    }
}

impl SharedStore {
    /// The value of a key, or `None`.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<SharedValue>, Error> {
        let size = std::mem::size_of::<SharedEntryArgs>() as u32;
        let mut entry = SharedEntryArgs { struct_size: size, reserved: 0, size: 0, revision: 0, expires: 0 };
        // Most values are small. A larger one is asked for once more, and again if it has grown since.
        let mut bytes = vec![0; 256];
        let mut outcome = Ok(());
        for _ in 0..8 {
            outcome = self.call(|table, context| unsafe {
                (table.get)(context, self.instance, Slice::of(key.as_ref()), bytes.as_mut_ptr(), bytes.len(), &mut entry)
            });
            match &outcome {
                Err(error) if error.status == abi::E_LIMIT => bytes = vec![0; entry.size as usize],
                _ => break,
            }
        }
        match outcome {
            Ok(()) => {
                bytes.truncate(entry.size as usize);
                Ok(Some(SharedValue { bytes, revision: entry.revision, expires: entry.expires }))
            }
            Err(error) if error.status == abi::E_NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets a value for so many milliseconds; 0: until it is replaced or removed. Memory is limited: give a lifetime to whatever
    /// need not stay.
    pub fn put(&self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>, lifetime: u64) -> Result<(), Error> {
        self.write(key.as_ref(), value.as_ref(), lifetime, None).map(|_| ())
    }

    /// As [`SharedStore::put`], but only in place of the value of this revision, 0 being none. `false`: there is another; read it
    /// and try again.
    pub fn replace(
        &self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
        lifetime: u64,
        revision: u64,
    ) -> Result<bool, Error> {
        self.write(key.as_ref(), value.as_ref(), lifetime, Some(&revision))
    }

    /// Removes a value; says whether there was one.
    pub fn remove(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.delete(key.as_ref(), None)
    }

    /// Removes a value of this revision; says whether there was one.
    pub fn remove_revision(&self, key: impl AsRef<[u8]>, revision: u64) -> Result<bool, Error> {
        self.delete(key.as_ref(), Some(&revision))
    }

    /// Adds to a number, and gives the sum. One that is not there is 0, and lives for so many milliseconds from now on (0: until it
    /// is replaced or removed); one that is there keeps its end.
    pub fn add(&self, key: impl AsRef<[u8]>, addend: i64, lifetime: u64) -> Result<i64, Error> {
        let mut sum = 0;
        self.call(|table, context| unsafe {
            let key = Slice::of(key.as_ref());
            (table.add)(context, self.instance, key, addend, lifetime, &mut sum, std::ptr::null_mut())
        })?;
        Ok(sum)
    }

    fn write(&self, key: &[u8], value: &[u8], lifetime: u64, expected: Option<&u64>) -> Result<bool, Error> {
        let outcome = self.call(|table, context| unsafe {
            let (key, value) = (Slice::of(key), Slice::of(value));
            (table.put)(context, self.instance, key, value, lifetime, pointer(expected), std::ptr::null_mut())
        });
        unless(outcome, &[abi::E_STALE])
    }

    fn delete(&self, key: &[u8], expected: Option<&u64>) -> Result<bool, Error> {
        let outcome = self.call(|table, context| unsafe {
            (table.remove)(context, self.instance, Slice::of(key), pointer(expected))
        });
        unless(outcome, &[abi::E_STALE, abi::E_NOT_FOUND])
    }

    fn call(
        &self,
        body: impl FnOnce(&abi::SharedInterface, *mut std::os::raw::c_void) -> i32,
    ) -> Result<(), Error> {
        // Not STALE, which whoever replaces a value takes for another's write, and tries again.
        if self.tables.stopped.load(Ordering::Acquire) {
            return Err(Error::status(abi::E_UNSUPPORTED));
        }
        self.tables.with(self.tables.shared, |table| body(table, self.tables.context))
    }
}

fn pointer(expected: Option<&u64>) -> *const u64 {
    expected.map_or(std::ptr::null(), |revision| revision)
}

/// Whether a call was carried out; these statuses say that it was not, and are no errors.
fn unless(outcome: Result<(), Error>, refusals: &[i32]) -> Result<bool, Error> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if refusals.contains(&error.status) => Ok(false),
        Err(error) => Err(error),
    }
}
