//! What is learned of silence ([`adaptive`](crate::proto::adaptive)), and how pings follow.

use std::time::Duration;

use super::Machine;
use crate::error::DisconnectCause;
use crate::proto::{Command, NetworkChange};
use crate::types::Instant;

impl<T> Machine<T> {
    /// Hints tell which network it is, and whether somebody looks.
    pub(super) fn learn_from(&mut self, command: &Command<T>) {
        let Some(adaptive) = &mut self.adaptive else {
            return;
        };
        match command {
            Command::NetworkChanged(update) if update.change != NetworkChange::Lost => {
                adaptive.enter(&update.id);
            }
            Command::EnteredForeground => adaptive.set_foreground(true),
            Command::EnteredBackground => adaptive.set_foreground(false),
            _ => return,
        }
        self.apply_silence();
    }

    /// A connection begins.
    pub(super) fn learn_connected(&mut self) {
        if let Some(adaptive) = &mut self.adaptive {
            adaptive.connected();
        }
        self.apply_silence();
    }

    /// A ping after this silence was answered.
    pub(super) fn learn_survived(&mut self, now: Instant, silence: Option<Duration>) {
        if let (Some(adaptive), Some(liveness)) = (&mut self.adaptive, &self.liveness)
            && let Some(silence) = silence
            && let Some(most) = liveness.longest_silence()
        {
            adaptive.survived(now, silence, most);
            self.apply_silence();
        }
    }

    /// The connection ends.
    pub(super) fn learn_lost(&mut self, now: Instant, cause: &DisconnectCause) {
        let path = matches!(
            cause,
            DisconnectCause::KeepAliveTimeout | DisconnectCause::Transport(_)
        );
        if let (Some(adaptive), Some(liveness)) = (&mut self.adaptive, &self.liveness)
            && let Some(silence) = liveness.unanswered_silence().filter(|_| path)
        {
            adaptive.lost(now, silence);
        }
    }

    fn apply_silence(&mut self) {
        if let (Some(adaptive), Some(liveness)) = (&self.adaptive, &mut self.liveness) {
            liveness.set_silence(adaptive.silence());
        }
    }
}
