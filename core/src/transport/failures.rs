//! Which addresses of a broker did not work lately (rule L13).

use std::collections::VecDeque;
use std::net::SocketAddr;

/// How many addresses are remembered; the oldest is forgotten first.
const MAX: usize = 32;

/// An address of the broker, and how it is to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) address: SocketAddr,
    /// It accepted a connection lately and then passed no data. In a race it would win again, so
    /// it gets its turn only when the others had much time.
    pub(crate) mute: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Failures(VecDeque<Candidate>);

impl Failures {
    /// The last attempt with it came to nothing; `mute`: after TCP had connected.
    pub(crate) fn add(&mut self, address: SocketAddr, mute: bool) {
        let before = self.remove(address);
        if self.0.len() >= MAX {
            self.0.pop_front();
        }
        let mute = mute || before.is_some_and(|before| before.mute);
        self.0.push_back(Candidate { address, mute });
    }

    /// It works.
    pub(crate) fn remove(&mut self, address: SocketAddr) -> Option<Candidate> {
        let index = self.0.iter().position(|entry| entry.address == address)?;
        self.0.remove(index)
    }

    /// In the given order, but those that failed go last, the latest of them at the very end.
    pub(crate) fn order(&self, addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<Candidate> {
        let mut order: Vec<(usize, Candidate)> = Vec::new();
        for address in addresses {
            let place = self.0.iter().position(|entry| entry.address == address);
            let mute = place.is_some_and(|place| self.0[place].mute);
            order.push((
                place.map_or(0, |place| place + 1),
                Candidate { address, mute },
            ));
        }
        order.sort_by_key(|(place, _)| *place);
        order.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> SocketAddr {
        ([127, 0, 0, number], 1883).into()
    }

    fn order(failures: &Failures, numbers: &[u8]) -> Vec<(u8, bool)> {
        let candidates = failures.order(numbers.iter().copied().map(address));
        let number = |candidate: &Candidate| match candidate.address.ip() {
            std::net::IpAddr::V4(ip) => ip.octets()[3],
            std::net::IpAddr::V6(_) => 0,
        };
        candidates.iter().map(|c| (number(c), c.mute)).collect()
    }

    #[test]
    fn those_that_failed_go_last_until_they_work() {
        let mut failures = Failures::default();
        failures.add(address(1), false);
        failures.add(address(2), true);
        let all = [1, 2, 3, 4];
        assert_eq!(
            order(&failures, &all),
            [(3, false), (4, false), (1, false), (2, true)]
        );
        failures.add(address(1), false);
        assert_eq!(
            order(&failures, &all),
            [(3, false), (4, false), (2, true), (1, false)]
        );
        // That TCP failed this time does not say that data would pass.
        failures.add(address(2), false);
        assert_eq!(order(&failures, &[2, 1]), [(1, false), (2, true)]);
        failures.remove(address(2));
        assert_eq!(order(&failures, &[1, 2]), [(2, false), (1, false)]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut failures = Failures::default();
        for number in 0..200 {
            failures.add(address(number), false);
        }
        assert_eq!(failures.0.len(), MAX);
        assert_eq!(order(&failures, &[199, 0]), [(0, false), (199, false)]);
    }
}
