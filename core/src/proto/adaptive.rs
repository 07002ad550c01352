//! How long a path stays open in silence: learned for each network
//! ([`Config::adaptive_ping`](super::Config::adaptive_ping)).
//!
//! A NAT or firewall forgets a connection that is silent for too long: after 30 s here, after an
//! hour there, and nobody says so. Pinging more often than that keeps the path open, pinging much
//! more often wakes the radio for nothing. So the client tries: it begins with [`FIRST`], goes a
//! step up after three silences that the path survived, and a step down after three that it did not
//! (a connection that was found dead at the first ping after such a silence: one may have been
//! chance). A silence that was too long is not tried again for a day, and then one failure is
//! enough.
//!
//! What it gives is only an upper bound for silence. Pings never come later than Keep Alive or the
//! application's `dead_peer_timeout` ask for (rules L5, L14), so with a Keep Alive of 60 s there is
//! little to learn: use a long one (an hour) where the radio matters, and leave `dead_peer_timeout`
//! unset, as a bound of 90 s cannot be kept with a ping in ten minutes. The verdict comes 30 s after
//! a ping that stays unanswered; hints ([`Command::EnteredForeground`](super::Command),
//! `NetworkChanged`, `Probe`) find out earlier.
//!
//! Converges (simulated, `tests/sim/tests/promise/adaptive.rs`; Keep Alive 1 h):
//!
//! | the NAT forgets after | silence learned | pings per hour | found after | connections lost on the way |
//! |---|---|---|---|---|
//! | 30 s | 29 s | 122 | 1 h | 7 |
//! | 60 s | 58 s | 61 | 1 h | 4 |
//! | 2 min | 117 s | 31 | 1 h | 4 |
//! | 5 min | 286 s | 13 | 2 h | 7 |
//! | 10 min | 558 s | 6.5 | 5 h | 10 |
//! | 30 min | 1705 s | 2.1 | 5 h | 4 |
//! | 1 h | 3598 s | 1.1 | 9 h | 0 |
//!
//! The connections lost are those of 40 hours, the daily try among them.

use std::time::Duration;

use crate::types::{Instant, Text};

/// Where learning begins, and what is used while the application is in the foreground.
const FIRST: Duration = Duration::from_secs(60);

/// The shortest.
const SHORTEST: Duration = Duration::from_secs(15);

/// So many silences that the path survived, or did not, decide.
const ENOUGH: u32 = 3;

/// After this time one more try.
const AGAIN: Duration = Duration::from_secs(24 * 3600);

/// How many networks are remembered. The one that was left longest ago goes first.
const NETWORKS: usize = 16;

/// What is known of one network.
#[derive(Clone, Debug)]
struct Network {
    id: Text,
    silence: Duration,
    survived: u32,
    lost: u32,
    /// Too long, and since when that is known.
    too_long: Option<(Duration, Instant)>,
    /// It is tried again: once lost is enough.
    again: bool,
    /// How many steps down in a row.
    falls: u32,
}

impl Network {
    fn new(id: Text) -> Self {
        Network {
            id,
            silence: FIRST,
            survived: 0,
            lost: 0,
            too_long: None,
            again: false,
            falls: 0,
        }
    }

    fn survived(&mut self, now: Instant, most: Duration) {
        self.lost = 0;
        self.falls = 0;
        self.survived = self.survived.saturating_add(1);
        if self.survived < ENOUGH {
            return;
        }
        let next = step_up(self.silence).min(most);
        let forbidden = self.too_long.filter(|(silence, _)| next >= *silence);
        match forbidden {
            Some((_, since)) if now.saturating_since(since) < AGAIN => return,
            known => self.again = known.is_some(),
        }
        if next > self.silence {
            self.silence = next;
            self.survived = 0;
        }
    }

    fn lost(&mut self, now: Instant, silence: Duration) {
        self.survived = 0;
        if std::mem::take(&mut self.again) {
            // As long as it was before the try, and for another day.
            self.too_long = self.too_long.map(|(silence, _)| (silence, now));
            self.silence = step_down(self.silence);
            self.lost = 0;
            return;
        }
        self.lost += 1;
        if self.lost < ENOUGH {
            return;
        }
        self.lost = 0;
        self.too_long = Some((silence.min(self.silence), now));
        // One step may not be enough: a network that changed much is not felt for step by step.
        self.silence = if self.falls == 0 && self.silence > FIRST {
            step_down(self.silence)
        } else {
            self.silence / 2
        };
        self.silence = self.silence.max(SHORTEST);
        self.falls = self.falls.saturating_add(1);
    }
}

fn step_up(silence: Duration) -> Duration {
    silence * 5 / 4
}

fn step_down(silence: Duration) -> Duration {
    silence * 4 / 5
}

/// What is known of all networks. See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Adaptive {
    /// The newest first; never empty.
    networks: Vec<Network>,
    foreground: bool,
    /// The network changed since the path last lived: what is lost now says nothing of silence.
    moved: bool,
}

impl Adaptive {
    /// Of a network of which nothing is known, not even its name.
    pub(super) fn new() -> Self {
        Adaptive {
            networks: vec![Network::new(Text::new())],
            foreground: false,
            moved: false,
        }
    }

    /// The longest silence that the path is to be asked to survive now.
    pub(super) fn silence(&self) -> Duration {
        let learned = self.networks[0].silence;
        if self.foreground {
            learned.min(FIRST)
        } else {
            learned
        }
    }

    /// The application is used now, or is not: short silences keep it quick.
    pub(super) fn set_foreground(&mut self, foreground: bool) {
        self.foreground = foreground;
    }

    /// The client is in this network from now on. Without a name it may be any: learning begins
    /// anew.
    pub(super) fn enter(&mut self, id: &Text) {
        self.moved = true;
        let known = self.networks.iter().position(|network| network.id == *id);
        let network = match known {
            Some(index) => {
                let known = self.networks.remove(index);
                if id.is_empty() {
                    Network::new(known.id)
                } else {
                    known
                }
            }
            None => Network::new(id.clone()),
        };
        self.networks.insert(0, network);
        self.networks.truncate(NETWORKS);
    }

    /// The path survived this silence: the ping after it was answered. Pings are to come no later
    /// than after `most`.
    pub(super) fn survived(&mut self, now: Instant, silence: Duration, most: Duration) {
        self.moved = false;
        let network = &mut self.networks[0];
        // One that was cut short by traffic or by a ping that went early says little.
        if silence >= network.silence * 9 / 10 {
            network.survived(now, most);
        }
    }

    /// A connection came about.
    pub(super) fn connected(&mut self) {
        self.moved = false;
    }

    /// The connection was found dead at the first ping after this silence.
    pub(super) fn lost(&mut self, now: Instant, silence: Duration) {
        let network = &mut self.networks[0];
        // A path that dies in a silence far shorter than that has another reason.
        if !self.moved && silence >= network.silence / 2 {
            network.lost(now, silence);
        }
    }
}
