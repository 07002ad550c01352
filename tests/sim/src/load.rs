//! The loads of the test matrix.

use mqttka_core::types::QoS;

use crate::app::Publishing;
use crate::broker::Push;
use crate::secs;
use crate::world::WorldConfig;

/// What passes over the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Nothing.
    Idle,
    /// The client publishes QoS 0 every 0.1 K.
    Qos0,
    /// The client publishes QoS 0 as fast as it can.
    Flood,
    /// The client publishes 10 MB at QoS 1.
    Upload,
    /// The client publishes QoS 1 as fast as a window of 20 allows.
    Qos1Window,
    /// The broker publishes QoS 0 every 0.1 K.
    Inbound,
    /// The broker publishes 10 MB at QoS 1.
    Download,
    /// Both publish QoS 0 as fast as they can.
    BothWays,
}

const BULK: u64 = 10_000_000;

impl Load {
    /// All of them.
    pub const ALL: [Load; 8] = [
        Load::Idle,
        Load::Qos0,
        Load::Flood,
        Load::Upload,
        Load::Qos1Window,
        Load::Inbound,
        Load::Download,
        Load::BothWays,
    ];

    /// Puts the load on a world; packets of bulk transfers have `size` bytes.
    pub fn apply(self, config: &mut WorldConfig, size: usize) {
        let often = secs(u64::from(config.client.keep_alive)) / 10;
        let count = BULK / size as u64;
        let publishing = |qos, size, every, count| {
            Some(Publishing {
                qos,
                size,
                every,
                count,
            })
        };
        let push = |qos, size, every, count| {
            Some(Push {
                qos,
                size,
                every,
                count,
            })
        };
        let (qos0, qos1) = (QoS::AtMostOnce, QoS::AtLeastOnce);
        match self {
            Load::Idle => {}
            Load::Qos0 => config.publishing = publishing(qos0, 64, Some(often), u64::MAX),
            Load::Flood => config.publishing = publishing(qos0, size.min(1000), None, u64::MAX),
            Load::Upload => config.publishing = publishing(qos1, size, None, count),
            Load::Qos1Window => {
                config.publishing = publishing(qos1, 256, None, u64::MAX);
                config.broker.receive_maximum = Some(20);
            }
            Load::Inbound => config.broker.push = push(qos0, 64, Some(often), u64::MAX),
            Load::Download => config.broker.push = push(qos1, size, None, count),
            Load::BothWays => {
                config.publishing = publishing(qos0, size.min(5000), None, u64::MAX);
                config.broker.push = push(qos0, size.min(5000), None, u64::MAX);
            }
        }
    }
}
