//! What the client tells its application, as the lab's lines.

use std::sync::Mutex;
use std::sync::mpsc::Sender;

use mqttka_core::client::{Event, EventKind, Handler, Message};
use rustix::time::{ClockId, clock_gettime};

/// Prints one event, with `fields`: further members of the object, each after a comma.
pub(crate) fn say(event: &str, fields: &str) {
    let now = clock_gettime(ClockId::Boottime);
    let nanoseconds = now.tv_sec * 1_000_000_000 + now.tv_nsec;
    // One call, one line.
    println!("{{\"t\":{nanoseconds},\"event\":\"{event}\"{fields}}}");
}

pub(crate) struct Told {
    ended: Mutex<Sender<()>>,
}

impl Told {
    /// `ended`: gets its word when the client has nothing more to tell.
    pub(crate) fn new(ended: Sender<()>) -> Self {
        Told {
            ended: Mutex::new(ended),
        }
    }
}

/// Whether the application asked for this end.
fn is_own(cause: &str) -> bool {
    matches!(cause, "client_closed" | "disconnect_requested")
}

impl Handler for Told {
    fn on_event(&self, event: &Event) {
        let will = event.will_reconnect;
        let number = event.connection_number;
        let (name, fields) = match &event.kind {
            EventKind::Connected(it) => (
                "connected",
                format!(
                    ",\"session_present\":{},\"sent_again\":{},\"resubscribed\":{},\"lost\":{}",
                    it.session_present, it.sent_again, it.resubscribed, it.lost
                ),
            ),
            EventKind::Disconnected(it) => {
                let cause = it.cause.name();
                let is_final = is_own(cause);
                (
                    "disconnected",
                    format!(
                        ",\"cause\":\"{cause}\",\"final\":{is_final},\"will_reconnect\":{will}"
                    ),
                )
            }
            EventKind::ConnectFailed(it) => {
                let (cause, stage) = (it.name(), it.stage().map_or("", |stage| stage.name()));
                let is_final = is_own(cause);
                (
                    "connect_failed",
                    format!(
                        ",\"cause\":\"{cause}\",\"stage\":\"{stage}\",\"final\":{is_final},\
                         \"will_reconnect\":{will}"
                    ),
                )
            }
            EventKind::Reconnecting(it) => (
                "reconnecting",
                format!(
                    ",\"attempt\":{},\"delay_ms\":{}",
                    it.attempt_number,
                    it.delay.as_millis()
                ),
            ),
            EventKind::ReconnectStopped(it) => (
                "reconnect_stopped",
                format!(",\"reason\":\"{}\"", it.reason.name()),
            ),
            EventKind::SubscriptionsLost(_) => ("subscriptions_lost", String::new()),
            EventKind::Suspect(_) => ("suspect", String::new()),
            EventKind::Alive(_) => ("alive", String::new()),
            EventKind::Moved(_) => ("moved", String::new()),
            _ => ("unknown", String::new()),
        };
        say(name, &format!(",\"connection\":{number}{fields}"));
    }

    fn on_message(&self, message: Message, _: u64) {
        let number = std::str::from_utf8(&message.payload).unwrap_or("null");
        // By its topic: so the number is one of that sequence.
        let qos = message.topic.as_str().rsplit('/').next().unwrap_or("null");
        say("got", &format!(",\"qos\":{qos},\"n\":{number}"));
    }

    fn on_terminated(&self) {
        if let Ok(ended) = self.ended.lock() {
            // Nobody waits where the program gave up.
            let _ = ended.send(());
        }
    }
}
