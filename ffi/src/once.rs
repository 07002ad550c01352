//! A value that is made where somebody first asks for it, without a lock: a forked child must not
//! wait for a thread that it does not have.
use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Made at most once for those who read it; of two who make it at the same time one's is dropped.
pub(crate) struct Once<T> {
    value: AtomicPtr<T>,
    owns: PhantomData<T>,
}

impl<T> Once<T> {
    pub(crate) const fn new() -> Self {
        Once {
            value: AtomicPtr::new(null_mut()),
            owns: PhantomData,
        }
    }

    /// The value, where somebody has asked for it.
    pub(crate) fn get(&self) -> Option<&T> {
        let value = self.value.load(Ordering::Acquire);
        // SAFETY: NULL, or from Box::into_raw, published with its content, and freed only by drop.
        unsafe { value.as_ref() }
    }

    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        let mut value = self.value.load(Ordering::Acquire);
        if value.is_null() {
            let made = Box::into_raw(Box::new(make()));
            let swapped =
                self.value
                    .compare_exchange(null_mut(), made, Ordering::AcqRel, Ordering::Acquire);
            value = match swapped {
                Ok(_) => made,
                Err(earlier) => {
                    // SAFETY: made above, and nobody else has seen it.
                    drop(unsafe { Box::from_raw(made) });
                    earlier
                }
            };
        }
        // SAFETY: from Box::into_raw, published with its content, and freed only by drop.
        unsafe { &*value }
    }
}

impl<T> Drop for Once<T> {
    fn drop(&mut self) {
        let value = *self.value.get_mut();
        if !value.is_null() {
            // SAFETY: from Box::into_raw in `get_or_make`; nobody borrows from `self` any more.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_who_ask_at_once_get_the_same_value() {
        for _ in 0..200 {
            let once = Once::new();
            let start = Barrier::new(4);
            let seen: Vec<usize> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|number| {
                        let (once, start) = (&once, &start);
                        scope.spawn(move || {
                            start.wait();
                            std::ptr::from_ref(once.get_or_make(|| format!("made by {number}")))
                                as usize
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or_default())
                    .collect()
            });
            assert!(seen.iter().all(|at| *at == seen[0] && *at != 0));
        }
    }

    #[test]
    fn dropping_it_drops_its_value() {
        let value = std::sync::Arc::new(());
        let once = Once::new();
        once.get_or_make(|| std::sync::Arc::clone(&value));
        assert_eq!(std::sync::Arc::strong_count(&value), 2);
        drop(once);
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    }
}
