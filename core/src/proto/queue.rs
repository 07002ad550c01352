//! Operations that were not sent yet, in the order in which they leave. What the policy of a full
//! queue takes out of its turn leaves a gap, so that this costs no more than sending.

use std::collections::VecDeque;

use super::operation::Operation;
use crate::types::QoS;

/// Where numbering begins: there is room on both sides for longer than any process lives.
const START: u64 = u64::MAX / 2;

/// So many gaps are left before the queue is packed anew, and as many as it has operations.
const GAPS: usize = 64;

#[derive(Debug)]
pub(super) struct Queue<T> {
    items: VecDeque<Option<Operation<T>>>,
    /// The number of the first item.
    first: u64,
    gaps: usize,
    /// The numbers of the QoS 0 publishes, the oldest first; only where `tracks`.
    at_most_once: VecDeque<u64>,
    /// Whether QoS 0 publishes are to be found at once.
    tracks: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(tracks: bool) -> Self {
        Queue {
            items: VecDeque::new(),
            first: START,
            gaps: 0,
            at_most_once: VecDeque::new(),
            tracks,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        // There is never a gap at the front.
        self.items.is_empty()
    }

    /// How many places it has, gaps included.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    #[inline]
    pub(super) fn push_back(&mut self, operation: Operation<T>) {
        if self.tracks && is_at_most_once(&operation) {
            self.at_most_once
                .push_back(self.first + self.items.len() as u64);
        }
        self.items.push_back(Some(operation));
    }

    pub(super) fn push_front(&mut self, operation: Operation<T>) {
        self.first -= 1;
        if self.tracks && is_at_most_once(&operation) {
            self.at_most_once.push_front(self.first);
        }
        self.items.push_front(Some(operation));
    }

    pub(super) fn front(&self) -> Option<&Operation<T>> {
        self.items.front().and_then(Option::as_ref)
    }

    #[inline]
    pub(super) fn front_mut(&mut self) -> Option<&mut Operation<T>> {
        self.items.front_mut().and_then(Option::as_mut)
    }

    /// Drops the first where it lies: moving it costs more than sending it.
    #[inline]
    pub(super) fn drop_front(&mut self) {
        if let Some(front) = self.items.front_mut() {
            *front = None;
            self.gaps += 1;
            if self.at_most_once.front() == Some(&self.first) {
                self.at_most_once.pop_front();
            }
            self.trim();
        }
    }

    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<Operation<T>> {
        let operation = self.items.pop_front()?;
        if self.at_most_once.front() == Some(&self.first) {
            self.at_most_once.pop_front();
        }
        self.first += 1;
        self.trim();
        operation
    }

    /// Takes the oldest QoS 0 publish.
    pub(super) fn take_at_most_once(&mut self) -> Option<Operation<T>> {
        let number = self.at_most_once.pop_front()?;
        self.take((number - self.first) as usize)
    }

    /// Takes the oldest publish; the last operation, the newest, is not looked at.
    pub(super) fn take_publish(&mut self) -> Option<Operation<T>> {
        let newest = self.items.len().saturating_sub(1);
        let index = self.items.iter().take(newest).position(is_publish)?;
        let number = self.first + index as u64;
        if self.at_most_once.front() == Some(&number) {
            self.at_most_once.pop_front();
        }
        self.take(index)
    }

    /// Takes the newest operation, where it is a publish.
    pub(super) fn pop_publish(&mut self) -> Option<Operation<T>> {
        self.items.back().filter(|it| is_publish(it))?;
        let operation = self.items.pop_back()?;
        let number = self.first + self.items.len() as u64;
        if self.at_most_once.back() == Some(&number) {
            self.at_most_once.pop_back();
        }
        while let Some(None) = self.items.back() {
            self.items.pop_back();
            self.gaps -= 1;
        }
        operation
    }

    /// Takes those for which `which` says so, in order.
    pub(super) fn extract(
        &mut self,
        mut which: impl FnMut(&Operation<T>) -> bool,
    ) -> Vec<Operation<T>> {
        let mut taken = Vec::new();
        if self.iter().any(&mut which) {
            let mut left = Queue::new(self.tracks);
            for operation in std::mem::take(self).into_iter() {
                if which(&operation) {
                    taken.push(operation);
                } else {
                    left.push_back(operation);
                }
            }
            *self = left;
        }
        taken
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Operation<T>> {
        self.items.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Operation<T>> {
        self.items.iter_mut().flatten()
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Operation<T>> {
        self.items.into_iter().flatten()
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() {
            self.items = VecDeque::new();
            self.at_most_once = VecDeque::new();
        }
    }

    fn take(&mut self, index: usize) -> Option<Operation<T>> {
        let operation = self.items.get_mut(index)?.take();
        self.gaps += 1;
        self.trim();
        if self.gaps > GAPS && self.gaps > self.items.len() / 2 {
            let mut packed = Queue::new(self.tracks);
            for operation in std::mem::take(self).into_iter() {
                packed.push_back(operation);
            }
            *self = packed;
        }
        operation
    }

    fn trim(&mut self) {
        while let Some(None) = self.items.front() {
            self.items.pop_front();
            self.first += 1;
            self.gaps -= 1;
        }
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue::new(false)
    }
}

fn is_publish<T>(operation: &Option<Operation<T>>) -> bool {
    matches!(operation, Some(Operation::Publish(..)))
}

fn is_at_most_once<T>(operation: &Operation<T>) -> bool {
    match operation {
        Operation::Publish(outbound, _) => outbound.message.qos == QoS::AtMostOnce,
        Operation::Request(..) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Publish;
    use crate::proto::outbound::Outbound;
    use crate::types::{Instant, Message, TopicName, Version};

    fn publish(qos: QoS, token: u32) -> Operation<u32> {
        let topic = TopicName::try_from("t").unwrap();
        let mut message = Message::new(topic, "x");
        message.qos = qos;
        let len = Publish::measure(&message, Version::V5).unwrap();
        let outbound = Outbound::new(message, len, Instant::ORIGIN, None);
        Operation::Publish(outbound, Some(token))
    }

    fn token(operation: Option<Operation<u32>>) -> Option<u32> {
        operation.and_then(Operation::into_token)
    }

    fn left(queue: Queue<u32>) -> Vec<u32> {
        queue
            .into_iter()
            .filter_map(Operation::into_token)
            .collect()
    }

    #[test]
    fn the_oldest_of_qos_0_leaves_wherever_it_stands() {
        let mut queue = Queue::new(true);
        for n in 0..10 {
            let qos = if n % 3 == 1 {
                QoS::AtMostOnce
            } else {
                QoS::AtLeastOnce
            };
            queue.push_back(publish(qos, n));
        }
        queue.push_front(publish(QoS::AtMostOnce, 100));
        assert_eq!(token(queue.take_at_most_once()), Some(100));
        assert_eq!(token(queue.take_at_most_once()), Some(1));
        assert_eq!(token(queue.pop_front()), Some(0));
        // 1 left its gap, which is gone with what stood before it.
        assert_eq!(token(queue.pop_front()), Some(2));
        assert_eq!(token(queue.take_at_most_once()), Some(4));
        assert_eq!(token(queue.take_at_most_once()), Some(7));
        assert_eq!(token(queue.take_at_most_once()), None);
        assert_eq!(left(queue), [3, 5, 6, 8, 9]);
    }

    #[test]
    fn the_oldest_publish_is_never_the_newest_operation() {
        let mut queue = Queue::new(true);
        queue.push_back(publish(QoS::AtMostOnce, 1));
        assert!(queue.take_publish().is_none());
        queue.push_back(publish(QoS::AtLeastOnce, 2));
        assert_eq!(token(queue.take_publish()), Some(1));
        assert_eq!(token(queue.pop_publish()), Some(2));
        assert!(queue.is_empty());
        assert!(queue.take_at_most_once().is_none());
    }

    /// A queue that drops one for each that comes stays as small as it is.
    #[test]
    fn gaps_do_not_pile_up() {
        let mut queue = Queue::new(true);
        queue.push_back(publish(QoS::AtLeastOnce, 0));
        for n in 1..100_000 {
            queue.push_back(publish(QoS::AtMostOnce, n));
            if n > 10 {
                assert_eq!(token(queue.take_at_most_once()), Some(n - 10));
            }
        }
        assert!(queue.items.len() < 200, "{}", queue.items.len());
        assert_eq!(queue.iter().count(), 11);
    }

    #[test]
    fn what_is_extracted_leaves_the_order_of_the_rest() {
        let mut queue = Queue::new(true);
        for n in 0..6 {
            queue.push_back(publish(QoS::AtMostOnce, n));
        }
        let even = |operation: &Operation<u32>| match operation {
            Operation::Publish(_, Some(n)) => n % 2 == 0,
            _ => false,
        };
        let taken = queue.extract(even);
        let taken: Vec<u32> = taken
            .into_iter()
            .filter_map(Operation::into_token)
            .collect();
        assert_eq!(taken, [0, 2, 4]);
        assert_eq!(token(queue.take_at_most_once()), Some(1));
        assert_eq!(left(queue), [3, 5]);
    }
}
