//! The servers of a client, and in which order its next attempt tries them (rule L13).

use std::collections::VecDeque;

use super::reference::referred;
use super::route::Route;
use crate::log::log;

/// Servers, by number: first those of the options, then guests, which are there for one attempt.
pub(super) struct Servers {
    /// At least one, in the order in which they are to be tried.
    routes: Vec<Route>,
    /// What the provider named for the newest attempt, then where a broker sent the client.
    guests: Vec<Route>,
    /// Those that failed since they last worked, the latest at the end.
    failed: Vec<usize>,
    sent: Sent,
    /// For the attempt that is next.
    next: Sent,
    /// Of the newest attempt.
    number: u64,
}

/// Where a broker sent the client.
#[derive(Default)]
struct Sent {
    /// The attempt tries these alone: the server that sent it there would do so again.
    referred: Vec<Route>,
    /// The attempt begins with this server of the options, which has moved.
    moved: Option<usize>,
}

impl Servers {
    pub(super) fn new(routes: Vec<Route>) -> Self {
        Servers {
            routes,
            guests: Vec::new(),
            failed: Vec::new(),
            sent: Sent::default(),
            next: Sent::default(),
            number: 0,
        }
    }

    /// The server that the attempt of this number begins with, and those that follow. `instead`: in
    /// place of all servers of the options. Where a broker has sent the client holds for one number,
    /// however often that begins anew.
    pub(super) fn begin(
        &mut self,
        number: u64,
        instead: Option<Route>,
    ) -> (usize, VecDeque<usize>) {
        if std::mem::replace(&mut self.number, number) != number {
            self.sent = std::mem::take(&mut self.next);
        }
        let mut left = self.order(instead);
        (left.pop_front().unwrap_or(0), left)
    }

    #[cfg(test)]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn order(&mut self, instead: Option<Route>) -> VecDeque<usize> {
        let own = self.routes.len();
        // Guests' numbers mean others now.
        self.failed.retain(|failed| *failed < own);
        self.guests = instead.into_iter().collect();
        let named = self.count();
        self.guests.extend(self.sent.referred.iter().cloned());
        if named < self.count() {
            return (named..self.count()).collect();
        }
        if own < named {
            return VecDeque::from([own]);
        }
        let place = |index: &usize| self.failed.iter().position(|failed| failed == index);
        let mut order: Vec<usize> = (0..own).collect();
        order.sort_by_key(|index| match place(index) {
            _ if self.sent.moved == Some(*index) => 0,
            None => 1,
            Some(place) => place + 2,
        });
        order.into()
    }

    /// Guests included.
    pub(super) fn count(&self) -> usize {
        self.routes.len() + self.guests.len()
    }

    pub(super) fn get(&self, index: usize) -> &Route {
        match index.checked_sub(self.routes.len()) {
            None => &self.routes[index],
            Some(guest) => &self.guests[guest],
        }
    }

    /// It goes last.
    pub(super) fn failed(&mut self, index: usize) {
        self.worked(index);
        self.failed.push(index);
    }

    pub(super) fn worked(&mut self, index: usize) {
        self.failed.retain(|failed| *failed != index);
    }

    /// The broker at this server says that another is to be used (section 4.11): the next attempt
    /// begins there. `for_good`: so do all others, where the server is one of the options.
    pub(super) fn refer(&mut self, index: usize, reference: &str, for_good: bool) {
        let from = &self.get(index).server;
        let servers = referred(reference, from).into_iter();
        let carrier = self.get(index).carrier();
        let routes: Vec<_> = servers
            .flat_map(|server| Route::new(server, carrier))
            .collect();
        let Some(first) = routes.first() else {
            return;
        };
        log!(Debug, "{from} sends its clients to {}", first.server);
        match self.routes.get_mut(index).filter(|_| for_good) {
            Some(route) => {
                *route = first.clone();
                self.worked(index);
                self.next.moved = Some(index);
            }
            None => self.next.referred = routes,
        }
    }
}
