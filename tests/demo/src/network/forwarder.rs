//! The hotspot: copies frames from one interface to the other, and loses them when told to.

use super::ethernet::Ethernet;
use super::link::{Direction, Evidence, Link};
use super::segment::{Progress, Segment};
use super::wait_for_line;
use crate::clock::Moment;

/// Forwards one direction for as long as the process lives.
pub(crate) fn forward(from: &Ethernet, to: &Ethernet, direction: Direction, link: &Link) {
    let mut buffer = vec![0; 65536];
    let mut progress = Progress::default();
    let mut line_free_at = Moment::default();
    loop {
        let Ok(frame) = from.receive(&mut buffer) else {
            continue;
        };
        line_free_at = wait_for_line(line_free_at, frame.len());

        let segment = Segment::parse(frame);
        // ARP is between the phone and the hotspot: the Wi-Fi stays up.
        let passed = is_arp(frame) || !link.drops(direction);
        if passed {
            // A full queue loses the frame, as on any network.
            let _ = to.send(frame);
        } else {
            link.note_drop();
        }

        let Some(segment) = segment else { continue };
        if passed || direction == Direction::ToBroker {
            let news = progress.advance(&segment);
            if passed && direction == Direction::ToPhone {
                if news.bytes {
                    link.note_evidence(Evidence::Byte);
                }
                if news.acknowledgement {
                    link.note_evidence(Evidence::Acknowledgement);
                }
            }
            if news.bytes && segment.is_ping() {
                link.note_ping(direction, passed);
            }
        }
    }
}

fn is_arp(frame: &[u8]) -> bool {
    frame.get(12..14) == Some(&[0x08, 0x06])
}
