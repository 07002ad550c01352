//! How clients prove who they are: enhanced authentication (section 4.12), by a script or by SCRAM-SHA-256.

use std::collections::VecDeque;

use bytes::Bytes;
use mqttka_core::codec::Connect;
use mqttka_core::types::Text;

#[cfg(feature = "scram")]
use crate::scram;

/// What clients have to go through.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// These challenges, one after the other, whatever is answered; then this with the last packet.
    Scripted {
        method: Text,
        challenges: VecDeque<Bytes>,
        last: Option<Bytes>,
    },
    #[cfg(feature = "scram")]
    Scram(scram::Account),
}

impl Way {
    pub(crate) fn method(&self) -> &str {
        match self {
            Way::Scripted { method, .. } => method.as_str(),
            #[cfg(feature = "scram")]
            Way::Scram(_) => scram::METHOD,
        }
    }
}

/// An exchange that is under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) method: Text,
    /// What is answered at its end; `None`: the client is connected, and authenticates again.
    pub(crate) connect: Option<Box<Connect>>,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Scripted {
        challenges: VecDeque<Bytes>,
        last: Option<Bytes>,
    },
    #[cfg(feature = "scram")]
    Scram(scram::Exchange),
}

/// What follows a step of the client.
#[derive(Debug)]
pub(crate) enum Next {
    Challenge(Bytes),
    Done(Option<Bytes>),
    /// Why it is refused. A script refuses nothing of itself.
    #[cfg_attr(not(feature = "scram"), expect(dead_code))]
    Wrong(&'static str),
}

impl Exchange {
    /// `number` is that of the exchange with this broker, which makes nonces that nobody had before.
    #[cfg_attr(not(feature = "scram"), expect(unused_variables))]
    pub(crate) fn new(way: &Way, method: Text, connect: Option<Box<Connect>>, number: u64) -> Self {
        let progress = match way.clone() {
            Way::Scripted {
                challenges, last, ..
            } => Progress::Scripted { challenges, last },
            #[cfg(feature = "scram")]
            Way::Scram(account) => Progress::Scram(scram::Exchange::new(account, number)),
        };
        Exchange {
            method,
            connect,
            progress,
        }
    }

    /// The client's next step, with this authentication data.
    #[cfg_attr(not(feature = "scram"), expect(unused_variables))]
    pub(crate) fn step(&mut self, data: Option<&Bytes>) -> Next {
        match &mut self.progress {
            Progress::Scripted { challenges, last } => match challenges.pop_front() {
                Some(challenge) => Next::Challenge(challenge),
                None => Next::Done(last.take()),
            },
            #[cfg(feature = "scram")]
            Progress::Scram(exchange) => exchange.step(data.map_or(&[][..], |it| &it[..])),
        }
    }
}
