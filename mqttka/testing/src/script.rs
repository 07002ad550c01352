use std::collections::BTreeMap;

use mqttka_core::codec::PacketType;
use mqttka_core::types::{Properties, ReasonCode};

use crate::authentication::Way;

/// When a broker acknowledges: PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK. The numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Acknowledging {
    /// At once, as brokers do. The default.
    #[default]
    AtOnce = 0,
    /// When it is told to, by [`AtOnce`](Self::AtOnce): all that was held back leaves then, in order, where the
    /// connection still is.
    Held = 1,
    /// Not at all.
    Never = 2,
}

impl Acknowledging {
    /// All of them, ascending.
    pub const ALL: &'static [Acknowledging] = &[Self::AtOnce, Self::Held, Self::Never];

    /// That of this number.
    pub const fn from_u8(number: u8) -> Option<Acknowledging> {
        match number {
            0 => Some(Self::AtOnce),
            1 => Some(Self::Held),
            2 => Some(Self::Never),
            _ => None,
        }
    }
}

/// What a test has told the broker to do otherwise than brokers do.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Refuses connections with this, so many more; `None`: all.
    pub(crate) refusal: Option<(ReasonCode, Option<u32>)>,
    pub(crate) publish_refusal: Option<ReasonCode>,
    pub(crate) subscription_refusal: Option<ReasonCode>,
    pub(crate) unsubscription_refusal: Option<ReasonCode>,
    pub(crate) acknowledging: Acknowledging,
    pub(crate) ignores_pings: bool,
    pub(crate) ignores_connects: bool,
    pub(crate) uses_topic_aliases: bool,
    /// A message goes to a client once for each subscription that matches.
    pub(crate) sends_copies: bool,
    pub(crate) authentication: Option<Way>,
    pub(crate) authentication_refusal: Option<ReasonCode>,
    /// Of each CONNACK of MQTT 5.0.
    pub(crate) announced: Properties,
    /// Of each packet of a kind.
    pub(crate) properties: BTreeMap<PacketType, Properties>,
}

impl Script {
    /// What refuses the connection that is asked for now.
    pub(crate) fn refuses(&mut self) -> Option<ReasonCode> {
        let (code, times) = self.refusal.as_mut()?;
        let code = *code;
        if let Some(times) = times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.refusal = None;
            }
        }
        Some(code)
    }
}
