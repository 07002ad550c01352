//! The topics that JavaScript knows by number, so that it decodes each once.

/// So many are known at a time; then it begins anew.
const MAX: usize = 1024;

/// Longer ones are told each time, under a number of their own, so that few bytes are kept.
const LONG: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Topics {
    /// By name.
    indexes: Vec<(Box<str>, u16)>,
    /// Many messages in a row have one topic.
    last: Option<(Box<str>, u16)>,
}

impl Topics {
    /// The topic's number, and whether JavaScript knows it.
    pub(crate) fn index(&mut self, topic: &str) -> (u16, bool) {
        if topic.len() > LONG {
            return (MAX as u16, false);
        }
        if let Some((last, index)) = &self.last
            && **last == *topic
        {
            return (*index, true);
        }
        let (index, known) = match self.indexes.binary_search_by(|(it, _)| (**it).cmp(topic)) {
            Ok(at) => (self.indexes[at].1, true),
            Err(mut at) => {
                if self.indexes.len() == MAX {
                    self.indexes.clear();
                    at = 0;
                }
                let index = self.indexes.len() as u16;
                self.indexes.insert(at, (topic.into(), index));
                (index, false)
            }
        };
        self.last = Some((topic.into(), index));
        (index, known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_few_are_kept() {
        let mut topics = Topics::default();
        assert_eq!(topics.index("a"), (0, false));
        assert_eq!(topics.index("a"), (0, true));
        assert_eq!(topics.index("b"), (1, false));
        assert_eq!(topics.index("a"), (0, true));
        let long = "x".repeat(LONG + 1);
        assert_eq!(topics.index(&long), (1024, false));
        assert_eq!(topics.index(&long), (1024, false));
        for index in 2..MAX {
            assert_eq!(topics.index(&index.to_string()), (index as u16, false));
        }
        assert_eq!(topics.index("new"), (0, false));
        assert_eq!(topics.index("a"), (1, false), "its number was given away");
    }
}
