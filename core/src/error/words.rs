use std::fmt;

/// `, "the broker's own words"`, where it sent some.
pub(super) struct Words<'a>(pub(super) &'a Option<String>);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(words) => write!(f, ", {words:?}"),
            None => Ok(()),
        }
    }
}
