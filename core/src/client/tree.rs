//! Topic filters as a tree of levels: who matches a topic is found in time that grows with the
//! topic's levels, not with the number of filters.

use std::collections::HashMap;

use crate::types::{TopicFilter, TopicName};

/// The filters of consumers, named by numbers. Nodes lie in one list, so that a filter of thousands
/// of levels is as good as any other.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Nodes that are not used.
    free: Vec<usize>,
    /// What one search needs, kept for the next.
    level: Vec<usize>,
    next_level: Vec<usize>,
}

#[derive(Debug, Default)]
struct Node {
    children: HashMap<Box<[u8]>, usize>,
    /// The child `+`.
    any: Option<usize>,
    /// Whose filter ends here.
    here: Vec<u64>,
    /// Whose filter ends with `#` below this.
    rest: Vec<u64>,
}

const ROOT: usize = 0;

impl Node {
    fn is_empty(&self) -> bool {
        let leads_on = !self.children.is_empty() || self.any.is_some();
        !leads_on && self.here.is_empty() && self.rest.is_empty()
    }

    /// Where a filter of which nothing or `#` is left belongs.
    fn list(&mut self, rest: bool) -> &mut Vec<u64> {
        match rest {
            true => &mut self.rest,
            false => &mut self.here,
        }
    }
}

/// The levels of a filter, and whether `#` follows them.
fn levels(filter: &[u8]) -> (impl Iterator<Item = &[u8]>, bool) {
    let (levels, rest) = match filter {
        b"#" => (None, true),
        _ => match filter.strip_suffix(b"/#") {
            Some(levels) => (Some(levels), true),
            None => (Some(filter), false),
        },
    };
    let levels = levels.into_iter();
    (levels.flat_map(|it| it.split(|b| *b == b'/')), rest)
}

impl Default for Tree {
    fn default() -> Self {
        Tree {
            nodes: vec![Node::default()],
            free: Vec::new(),
            level: Vec::new(),
            next_level: Vec::new(),
        }
    }
}

impl Tree {
    /// `id` has this filter, once more.
    pub(super) fn insert(&mut self, filter: &TopicFilter, id: u64) {
        for form in filter.forms() {
            let (levels, rest) = levels(form);
            let mut at = ROOT;
            for level in levels {
                at = self.child(at, level);
            }
            self.nodes[at].list(rest).push(id);
        }
    }

    fn child(&mut self, at: usize, level: &[u8]) -> usize {
        let known = match level {
            b"+" => self.nodes[at].any,
            _ => self.nodes[at].children.get(level).copied(),
        };
        if let Some(known) = known {
            return known;
        }
        let new = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(Node::default());
            self.nodes.len() - 1
        });
        match level {
            b"+" => self.nodes[at].any = Some(new),
            _ => {
                self.nodes[at].children.insert(level.into(), new);
            }
        }
        new
    }

    /// `id` has this filter no more.
    pub(super) fn remove(&mut self, filter: &TopicFilter, id: u64) {
        for form in filter.forms() {
            self.remove_form(form, id);
        }
    }

    fn remove_form(&mut self, form: &[u8], id: u64) {
        let (levels, rest) = levels(form);
        let mut way = Vec::new();
        let mut at = ROOT;
        for level in levels {
            let next = match level {
                b"+" => self.nodes[at].any,
                _ => self.nodes[at].children.get(level).copied(),
            };
            let Some(next) = next else { return };
            way.push((at, level));
            at = next;
        }
        let list = self.nodes[at].list(rest);
        if let Some(position) = list.iter().position(|known| *known == id) {
            list.swap_remove(position);
        }
        while let Some((above, level)) = way.pop()
            && self.nodes[at].is_empty()
        {
            self.nodes[at] = Node::default();
            self.free.push(at);
            match level {
                b"+" => self.nodes[above].any = None,
                _ => {
                    self.nodes[above].children.remove(level);
                }
            }
            at = above;
        }
        if self.free.len() + 1 == self.nodes.len() {
            *self = Tree::default();
        }
    }

    /// Whether some topic matches this filter and another one that is here. What `own` has does not
    /// count.
    pub(super) fn overlaps(&self, filter: &TopicFilter, own: Option<u64>) -> bool {
        // Of a shared subscription the filter counts, which is its last form.
        let form = filter.forms().last().unwrap_or_default();
        let (levels, rest) = levels(form);
        let levels: Vec<&[u8]> = levels.collect();
        let others = |list: &[u64]| list.iter().any(|id| Some(*id) != own);
        // [MQTT-4.7.2-1]: what is hidden from a wildcard at the beginning.
        let is_hidden = |depth, level: &[u8]| depth == 0 && level.first() == Some(&b'$');
        // Where in the tree, at which level, and whether the levels so far are one empty one: there
        // is no empty topic.
        let mut open = vec![(ROOT, 0, false)];
        while let Some((at, depth, empty)) = open.pop() {
            let node = &self.nodes[at];
            let visible = |name: &[u8]| !is_hidden(depth, name);
            let level = levels.get(depth).copied();
            let wild = level.is_none_or(visible);
            let Some(level) = level else {
                // Each node leads to a filter.
                let below =
                    || node.any.is_some() || node.children.iter().any(|(name, _)| visible(name));
                let ends_here = || others(&node.here) || others(&node.rest);
                let goes_on = || others(&node.rest) || below();
                if !empty && ends_here() || rest && goes_on() {
                    return true;
                }
                continue;
            };
            if wild && others(&node.rest) {
                return true;
            }
            let next = depth + 1;
            if wild {
                let empty = depth == 0 && level.is_empty();
                open.extend(node.any.map(|node| (node, next, empty)));
            }
            if level == b"+" {
                let all = node.children.iter().filter(|(name, _)| visible(name));
                open.extend(all.map(|(name, node)| (*node, next, depth == 0 && name.is_empty())));
            } else {
                let empty = depth == 0 && level.is_empty();
                let found = node.children.get(level);
                open.extend(found.map(|node| (*node, next, empty)));
            }
        }
        false
    }

    /// Adds those who have a filter that matches, in no order; whoever has several that do, more
    /// than once.
    pub(super) fn matching(&mut self, topic: &TopicName, found: &mut Vec<u64>) {
        let topic = topic.as_bytes();
        // [MQTT-4.7.2-1]
        let hidden = topic.first() == Some(&b'$');
        let Tree {
            nodes,
            level: nodes_here,
            next_level,
            ..
        } = self;
        nodes_here.clear();
        nodes_here.push(ROOT);
        for (depth, level) in topic.split(|b| *b == b'/').enumerate() {
            next_level.clear();
            for at in nodes_here.iter() {
                let node = &nodes[*at];
                if depth > 0 || !hidden {
                    found.extend_from_slice(&node.rest);
                    next_level.extend(node.any);
                }
                if !node.children.is_empty() {
                    next_level.extend(node.children.get(level).copied());
                }
            }
            std::mem::swap(nodes_here, next_level);
            if nodes_here.is_empty() {
                return;
            }
        }
        for at in nodes_here.iter() {
            let node = &nodes[*at];
            found.extend_from_slice(&node.here);
            // `a/#` matches `a`, too.
            found.extend_from_slice(&node.rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::try_from(text).unwrap()
    }

    fn found(tree: &mut Tree, topic: &TopicName) -> Vec<u64> {
        let mut found = Vec::new();
        tree.matching(topic, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// All filters and topics of few levels over few names.
    #[test]
    fn it_finds_whom_the_filters_themselves_find() {
        let mut filters = Vec::new();
        for first in [
            "a",
            "",
            "+",
            "$s",
            "#",
            "$share/g/a",
            "$share/g/+",
            "$share/g/#",
        ] {
            filters.push(first.to_owned());
            for second in ["a", "", "+", "b", "#"] {
                filters.push(format!("{first}/{second}"));
                filters.push(format!("{first}/{second}/#"));
                filters.push(format!("{first}/{second}/+"));
            }
        }
        let filters: Vec<TopicFilter> = filters
            .into_iter()
            .filter_map(|text| TopicFilter::try_from(text).ok())
            .collect();
        assert!(filters.len() > 80);
        let mut topics = Vec::new();
        for first in ["a", "b", "", "$s", "$share"] {
            for rest in ["", "/", "/a", "/b", "/a/b", "//", "/g/a", "/g"] {
                topics.extend(TopicName::try_from(format!("{first}{rest}")));
            }
        }
        let mut tree = Tree::default();
        for (id, filter) in filters.iter().enumerate() {
            tree.insert(filter, id as u64);
        }
        let mut present = vec![true; filters.len()];
        // As they go, one after the other, the rest stays.
        for gone in 0..=filters.len() {
            for topic in &topics {
                let all = filters.iter().enumerate();
                let expected: Vec<u64> = all
                    .filter(|(id, filter)| present[*id] && filter.matches(topic))
                    .map(|(id, _)| id as u64)
                    .collect();
                assert_eq!(found(&mut tree, topic), expected, "{topic}, {gone} gone");
            }
            if let Some(filter) = filters.get(gone) {
                tree.remove(filter, gone as u64);
                present[gone] = false;
            }
        }
        assert_eq!(tree.nodes.len(), 1, "something is left");
    }

    /// Two filters overlap where some topic matches both.
    #[test]
    fn it_finds_what_overlaps() {
        let names = ["a", "", "$s"];
        let mut filters = Vec::new();
        for first in ["a", "", "+", "$s", "#", "$share/g/a", "$share/g/+"] {
            filters.push(first.to_owned());
            for second in ["a", "", "+", "#", "+/#", "a/#", "+/a", "a/+"] {
                filters.push(format!("{first}/{second}"));
            }
        }
        let filters: Vec<TopicFilter> = filters
            .into_iter()
            .filter_map(|text| TopicFilter::try_from(text).ok())
            .collect();
        let mut topics: Vec<String> = names.map(str::to_owned).into();
        for _ in 0..3 {
            let longer = topics.iter();
            let longer: Vec<String> = longer
                .flat_map(|topic| names.map(|name| format!("{topic}/{name}")))
                .collect();
            topics.extend(longer);
            topics.sort();
            topics.dedup();
        }
        let topics: Vec<TopicName> = topics
            .into_iter()
            .filter_map(|text| TopicName::try_from(text).ok())
            .collect();
        assert!(filters.len() > 40 && topics.len() > 100);
        let mut found = [0, 0];
        for (id, one) in filters.iter().enumerate() {
            let mut tree = Tree::default();
            tree.insert(one, id as u64);
            assert!(!tree.overlaps(one, Some(id as u64)), "{one}");
            for other in &filters {
                let both = |topic: &&TopicName| one.matches(topic) && other.matches(topic);
                let expected = topics.iter().find(both);
                // No topic is empty, of which the tree knows nothing: it says more, not less.
                let empty = |it: &TopicFilter| it.forms().any(|it| matches!(it, b"/#" | b"+"));
                if expected.is_none() && empty(one) && empty(other) {
                    continue;
                }
                let overlaps = tree.overlaps(other, None);
                assert_eq!(overlaps, expected.is_some(), "{one} {other} {expected:?}");
                found[usize::from(overlaps)] += 1;
            }
        }
        assert!(found[0] > 300 && found[1] > 300, "{found:?}");
    }

    #[test]
    fn a_filter_counts_for_each_of_those_who_have_it() {
        let mut tree = Tree::default();
        for id in [1, 2, 2] {
            tree.insert(&filter("a/+"), id);
        }
        let topic = TopicName::try_from("a/b").unwrap();
        tree.remove(&filter("a/+"), 2);
        tree.remove(&filter("a/b"), 1);
        assert_eq!(found(&mut tree, &topic), [1, 2]);
        tree.remove(&filter("a/+"), 2);
        assert_eq!(found(&mut tree, &topic), [1]);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = vec!["+"; 30_000].join("/");
        let mut tree = Tree::default();
        tree.insert(&filter(&deep), 1);
        let topic = TopicName::try_from(vec!["a"; 30_000].join("/")).unwrap();
        assert_eq!(found(&mut tree, &topic), [1]);
        drop(tree);
    }
}
