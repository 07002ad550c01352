//! What the machine's network looks like at one moment, and what it means that it looks different
//! at the next.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use crate::proto::NetworkChange;

/// The network, as far as clients depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// The ways to the world, of IPv4 and IPv6.
    pub(super) ways: [Option<Way>; 2],
    /// An interface that is up, and is not the loopback one, has an address.
    pub(super) has_link: bool,
    /// The addresses of interfaces that are up and reach something outside, each with its
    /// interface. Those that only containers use are none of them.
    pub(super) addresses: BTreeSet<(u32, IpAddr)>,
}

/// How packets to the world leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) interface: u32,
    pub(super) gateway: Option<IpAddr>,
    pub(super) source: Option<IpAddr>,
}

/// How far packets come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// To this machine only.
    Nothing,
    /// To neighbours, and where single routes lead.
    Links,
    /// To the world.
    World,
}

impl Picture {
    fn reach(&self) -> Reach {
        if self.ways.iter().any(Option::is_some) {
            Reach::World
        } else if self.has_link {
            Reach::Links
        } else {
            Reach::Nothing
        }
    }

    /// What clients are to be told where this is followed by `next`.
    ///
    /// [`NetworkChange::Lost`] makes a client wait, so it is said only where no broker can be
    /// reached, not a neighbouring one either. The other two cost a ping at most.
    pub(super) fn hint(&self, next: &Picture) -> Option<NetworkChange> {
        let (before, after) = (self.reach(), next.reach());
        if after > before {
            return Some(NetworkChange::Available);
        }
        if after == Reach::Nothing {
            return (before != Reach::Nothing).then_some(NetworkChange::Lost);
        }
        let same = after == before && self.ways == next.ways && self.addresses == next.addresses;
        (!same).then_some(NetworkChange::Changed)
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reach() {
            Reach::Nothing => "no network",
            Reach::Links => "neighbours only",
            Reach::World => "a default route",
        })?;
        for way in self.ways.iter().flatten() {
            write!(f, ", by interface {}", way.interface)?;
            if let Some(gateway) = way.gateway {
                write!(f, " via {gateway}")?;
            }
            if let Some(source) = way.source {
                write!(f, " from {source}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(interface: u32, gateway: &str, source: &str) -> Option<Way> {
        Some(Way {
            interface,
            gateway: gateway.parse().ok(),
            source: source.parse().ok(),
        })
    }

    /// A laptop in its Wi-Fi.
    fn home() -> Picture {
        let mut picture = Picture {
            ways: [way(2, "192.168.1.1", "192.168.1.7"), None],
            has_link: true,
            addresses: BTreeSet::new(),
        };
        picture.add(2, "192.168.1.7");
        picture
    }

    fn changed(change: impl FnOnce(&mut Picture)) -> Picture {
        let mut picture = home();
        change(&mut picture);
        picture
    }

    impl Picture {
        fn add(&mut self, interface: u32, address: &str) {
            self.addresses.insert((interface, address.parse().unwrap()));
        }
    }

    #[test]
    fn lost_is_said_only_where_nothing_can_be_reached() {
        let nothing = Picture::default();
        let neighbours = Picture {
            has_link: true,
            ..Picture::default()
        };
        let hints = [
            (&home(), &nothing, Some(NetworkChange::Lost)),
            (&neighbours, &nothing, Some(NetworkChange::Lost)),
            (&home(), &neighbours, Some(NetworkChange::Changed)),
            (&nothing, &neighbours, Some(NetworkChange::Available)),
            (&neighbours, &home(), Some(NetworkChange::Available)),
            (&nothing, &home(), Some(NetworkChange::Available)),
            (&nothing, &nothing, None),
            (&neighbours, &neighbours, None),
            (&home(), &home(), None),
        ];
        for (before, after, hint) in hints {
            assert_eq!(before.hint(after), hint, "{before} -> {after}");
        }
    }

    #[test]
    fn another_way_or_address_is_a_change() {
        for other in [
            // Another network on the same interface, or the same on another.
            changed(|it| it.ways[0] = way(2, "10.0.0.1", "192.168.1.7")),
            changed(|it| it.ways[0] = way(3, "192.168.1.1", "192.168.1.7")),
            changed(|it| it.ways[0] = way(2, "192.168.1.1", "192.168.1.8")),
            // IPv6 comes as well, or instead.
            changed(|it| it.ways[1] = way(2, "fe80::1", "2001:db8::7")),
            changed(|it| it.ways.swap(0, 1)),
            // A private network beside the world, and the end of one.
            changed(|it| it.add(5, "10.8.0.2")),
            changed(|it| it.addresses.clear()),
        ] {
            assert_eq!(home().hint(&other), Some(NetworkChange::Changed));
            assert_eq!(other.hint(&home()), Some(NetworkChange::Changed));
        }
    }

    #[test]
    fn a_picture_is_described_in_a_line() {
        assert_eq!(
            home().to_string(),
            "a default route, by interface 2 via 192.168.1.1 from 192.168.1.7"
        );
        assert_eq!(Picture::default().to_string(), "no network");
    }
}
