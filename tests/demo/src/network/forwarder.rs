//! The hotspot: copies frames from one interface to the other, and loses them when told to.

use std::net::Ipv4Addr;

use super::ethernet::Ethernet;
use super::link::{Direction, Evidence, Link};
use super::segment::{Progress, Segment};
use super::{Links, wait_for_line};
use crate::clock::Moment;

/// Whose frame it is.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a> {
    links: &'a Links,
    peer: [u8; 4],
}

impl<'a> Lines<'a> {
    /// A peer's frames are known by its address.
    pub(crate) fn new(links: &'a Links, peer: Ipv4Addr) -> Self {
        Self {
            links,
            peer: peer.octets(),
        }
    }

    /// The link of a frame, and whether it is the peer's.
    fn of(&self, frame: &[u8], direction: Direction) -> (&'a Link, bool) {
        // The source and the destination in the header of IPv4, behind that of Ethernet.
        let address = match direction {
            Direction::ToBroker => 26..30,
            Direction::ToPhone => 30..34,
        };
        match &self.links.peer {
            Some(peer) if frame.get(address) == Some(&self.peer) => (peer, true),
            _ => (&self.links.phone, false),
        }
    }
}

/// Forwards one direction for as long as the process lives.
pub(crate) fn forward(from: &Ethernet, to: &Ethernet, direction: Direction, lines: &Lines<'_>) {
    let mut buffer = vec![0; 65536];
    let (mut phone, mut peer) = (Stream::default(), Stream::default());
    let mut line_free_at = Moment::default();
    loop {
        let Ok(frame) = from.receive(&mut buffer) else {
            continue;
        };
        line_free_at = wait_for_line(line_free_at, frame.len());

        let (link, is_peer) = lines.of(frame, direction);
        let stream = if is_peer { &mut peer } else { &mut phone };

        // ARP is between the phone and the hotspot: the Wi-Fi stays up.
        let passed = is_arp(frame) || !link.drops(direction);
        // Into the notebook first: the answer must not come before the question.
        if let Some(segment) = Segment::parse(frame) {
            stream.note(&segment, direction, passed, link);
        }
        if passed {
            // A full queue loses the frame, as on any network.
            let _ = to.send(frame);
        } else {
            link.note_drop();
        }
    }
}

/// How far a stream has come, as sent and as delivered.
#[derive(Debug, Default)]
struct Stream {
    sent: Progress,
    delivered: Progress,
}

impl Stream {
    /// Notes what a segment proves to the phone, and pings; neither for a retransmission.
    fn note(&mut self, segment: &Segment<'_>, direction: Direction, passed: bool, link: &Link) {
        if self.sent.advance(segment).bytes && link.is_ping(direction, segment.payload) {
            link.note_ping(direction, passed);
        }
        if passed && direction == Direction::ToPhone {
            let news = self.delivered.advance(segment);
            if news.bytes {
                link.note_evidence(Evidence::Byte);
            }
            if news.acknowledgement {
                link.note_evidence(Evidence::Acknowledgement);
            }
        }
    }
}

fn is_arp(frame: &[u8]) -> bool {
    frame.get(12..14) == Some(&[0x08, 0x06])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Transport;

    #[test]
    fn a_frame_is_the_peers_by_the_address_at_the_phones_end() {
        let (phone, peer, broker) = ([192, 0, 2, 2], [192, 0, 2, 3], [192, 0, 2, 1]);
        let link = || Link::new(Transport::Tcp, |_| {});
        let mut links = Links {
            phone: link(),
            peer: Some(link()),
        };
        let frame = |source: [u8; 4], destination: [u8; 4]| {
            let mut frame = vec![0; 26];
            frame.extend(source);
            frame.extend(destination);
            frame
        };
        let is_peers = |links: &Links, frame: &[u8], direction| {
            let lines = Lines::new(links, Ipv4Addr::from(peer));
            lines.of(frame, direction).1
        };
        for (client, expected) in [(phone, false), (peer, true)] {
            let (up, down) = (frame(client, broker), frame(broker, client));
            assert_eq!(is_peers(&links, &up, Direction::ToBroker), expected);
            assert_eq!(is_peers(&links, &down, Direction::ToPhone), expected);
        }
        assert!(!is_peers(&links, &[0; 20], Direction::ToBroker));
        // Without a peer all is the phone's.
        links.peer = None;
        assert!(!is_peers(&links, &frame(peer, broker), Direction::ToBroker));
    }
}
