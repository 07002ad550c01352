//! Where packets end.

use mqttka_core::codec::packet_len;

/// Finds the packets in a stream of bytes.
#[derive(Debug, Default)]
pub struct Scanner {
    head: Vec<u8>,
    left: usize,
    offset: u64,
}

impl Scanner {
    /// More of the stream; `found` gets first byte and end offset of each packet that it completes.
    pub fn feed(&mut self, mut bytes: &[u8], mut found: impl FnMut(u8, u64)) {
        while !bytes.is_empty() {
            if self.left == 0 {
                self.head.push(bytes[0]);
                bytes = &bytes[1..];
                self.offset += 1;
                if let Some(length) = packet_len(&self.head) {
                    self.left = length - self.head.len();
                } else {
                    continue;
                }
            }
            let step = self.left.min(bytes.len());
            self.left -= step;
            self.offset += step as u64;
            bytes = &bytes[step..];
            if self.left == 0 {
                found(self.head[0], self.offset);
                self.head.clear();
            }
        }
    }

    /// Whether the stream stands in the middle of a packet.
    pub fn is_mid_packet(&self) -> bool {
        !self.head.is_empty()
    }
}
