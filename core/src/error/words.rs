use std::fmt;
use std::ops::Deref;

/// `, "the broker's own words"`, where it sent some.
pub(crate) struct Words<'a, T>(pub(crate) &'a Option<T>);

impl<T: Deref<Target = str>> fmt::Display for Words<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(words) => write!(f, ", {:?}", &**words),
            None => Ok(()),
        }
    }
}
