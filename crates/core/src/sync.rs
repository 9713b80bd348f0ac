//! Locks that survive a panic elsewhere: a poisoned lock still holds data that one owner wrote completely or not at all.

use std::sync::{Mutex, MutexGuard};

/// Locks, also after another holder panicked: every critical section here leaves its data whole.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
