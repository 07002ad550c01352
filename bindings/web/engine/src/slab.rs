//! What JavaScript knows by number: a number is given out again when what had it is gone.

#[derive(Debug)]
pub(crate) struct Slab<T> {
    all: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab {
            all: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// The number that it has from now on.
    pub(crate) fn add(&mut self, it: T) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self.all[number as usize] = Some(it);
                number
            }
            None => {
                self.all.push(Some(it));
                // They are at most as many as messages that are not acknowledged.
                (self.all.len() - 1) as u32
            }
        }
    }

    /// What has this number; [`put_back`](Self::put_back) may follow, before anything is added.
    pub(crate) fn take(&mut self, number: u32) -> Option<T> {
        let taken = self.all.get_mut(number as usize)?.take();
        if taken.is_some() {
            self.free.push(number);
        }
        taken
    }

    /// It was not to be taken.
    pub(crate) fn put_back(&mut self, number: u32, it: T) {
        self.free.retain(|free| *free != number);
        if let Some(place) = self.all.get_mut(number as usize) {
            *place = Some(it);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let mut slab = Slab::default();
        assert_eq!((slab.add('a'), slab.add('b'), slab.add('c')), (0, 1, 2));
        assert_eq!(
            (slab.take(1), slab.take(1), slab.take(9)),
            (Some('b'), None, None)
        );
        slab.put_back(1, 'd');
        assert_eq!(slab.add('e'), 3);
        assert_eq!((slab.take(1), slab.add('f')), (Some('d'), 1));
    }
}
