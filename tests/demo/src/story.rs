//! The story: connect, exchange messages, break something, wait for the event, repair it, see the
//! phone come back.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::broker::Broker;
use crate::certificates::{Certificates, authority_file};
use crate::clock::Moment;
use crate::network::{Direction, Link, Links, Network, Ping};
use crate::options::{Fault, Load, Options};
use crate::peer::Peer;
use crate::phone::{Line, Phone, Way};
use crate::screen::Half;
use crate::timeline::{Timeline, Tone, Who, liveness};
use crate::verdict::Verdict;

/// Something to tell.
enum Happening {
    Line(Line),
    Ping(Ping),
    /// The phone's program ended.
    Gone,
    PeerLine(Line),
    PeerPing(Ping),
    /// The peer's program ended, which may come of itself.
    PeerGone,
}

/// How long the phone may take for anything but its event.
const PATIENCE: f64 = 10.0;
/// How often a peer's silence is shown.
const GAUGE: f64 = 0.25;
/// How long a second event gets to show up.
const AFTERMATH: f64 = 1.5;

/// Tells the story; true if it ended well.
pub(crate) fn tell(network: &dyn Network, options: &Options) -> io::Result<bool> {
    let timeline = Timeline::new(options)?;
    timeline.head(
        Half::Upper,
        &format!("mqttka, keep-alive {} s", options.keep_alive),
    );
    timeline.head(Half::Lower, "a peer on the same hotspot");
    timeline.tell(Moment::now(), Who::Hotspot, Tone::Plain, network.describe());

    let (sender, happenings) = channel();
    // The storyteller may be gone when the last packets and lines come: that is fine.
    let pings = sender.clone();
    let link = Link::new(options.transport, move |ping| {
        drop(pings.send(Happening::Ping(ping)))
    });
    let pings = sender.clone();
    let peer_link = options.peer.as_ref().map(|_| {
        Link::new(options.transport, move |ping| {
            drop(pings.send(Happening::PeerPing(ping)))
        })
    });
    let has_tls = options.transport.has_tls();
    let certificates = has_tls.then(|| Certificates::new(network.listen_address().ip()));
    let certificates = certificates.transpose()?;
    let folder = certificates.as_ref().map(Certificates::folder);
    let broker = Broker::start(network, options, folder.unwrap_or(Path::new("")))?;
    let links = Links {
        phone: Arc::clone(&link),
        peer: peer_link.clone(),
    };
    let ways = network.start(broker.address, links)?;
    let authority = folder.map(authority_file);
    let authority = authority.as_deref();
    let peer = match (&options.peer, peer_link) {
        (Some(program), Some(link)) => {
            let way = Way {
                broker: ways.peer,
                authority,
                from: ways.peer_address,
            };
            let sender = sender.clone();
            let on_line = move |line: Option<_>| {
                drop(sender.send(line.map_or(Happening::PeerGone, Happening::PeerLine)));
            };
            Some(Peer::start(program, network, way, options, link, on_line)?)
        }
        _ => None,
    };
    let on_line =
        move |line: Option<_>| drop(sender.send(line.map_or(Happening::Gone, Happening::Line)));
    let way = Way {
        broker: ways.phone,
        authority,
        from: None,
    };
    let phone = Phone::start(&options.phone, network, way, options, on_line)?;

    Story {
        network,
        options,
        timeline,
        link,
        broker,
        phone,
        peer,
        certificates,
        happenings,
        events: Vec::new(),
        is_cut: false,
        peer_is_ready: false,
        repaired_at: None,
        back_at: None,
        messages: None,
    }
    .run()
}

struct Story<'a> {
    network: &'a dyn Network,
    options: &'a Options,
    timeline: Timeline,
    link: Arc<Link>,
    broker: Broker,
    phone: Phone,
    peer: Option<Peer>,
    /// Until they are read.
    certificates: Option<Certificates>,
    happenings: Receiver<Happening>,
    /// The disconnect events so far.
    events: Vec<Line>,
    is_cut: bool,
    peer_is_ready: bool,
    /// When the internet was back.
    repaired_at: Option<Moment>,
    /// When the phone was connected again.
    back_at: Option<Moment>,
    /// How many messages came back in all; none before all of them did.
    messages: Option<u64>,
}

impl Story<'_> {
    fn run(mut self) -> io::Result<bool> {
        let ready = self.expect("ready")?;
        self.expect_peer()?;
        // Whatever ends this program now leaves no files behind.
        self.certificates = None;
        self.say_load();
        self.listen(ready.at.plus(self.options.cut_after), None)?;
        if !self.events.is_empty() {
            return Err(io::Error::other(
                "a disconnect event, though nothing was broken",
            ));
        }

        self.cut()?;
        let limit = Moment::now().plus(2.0 * self.options.bound() + PATIENCE);
        self.listen(limit, Some("disconnected"))?;
        self.wait_for_peer()?;
        let lost = self.link.dropped();
        // Before the repair: afterwards late packets would come through.
        let is_slow = self.options.load == Load::Upload
            && (self.options.fault == Fault::BrokerStopped || self.network.acknowledges_itself());
        let verdict = self.events.first();
        let verdict = verdict.map(|event| Verdict::new(event, &self.link, self.options, is_slow));

        self.repair(lost)?;
        self.welcome()?;
        self.listen(Moment::now().plus(AFTERMATH), None)?;
        self.phone.finish();
        if let Some(peer) = &mut self.peer {
            peer.finish();
        }
        let end = self.expect("end")?;
        let events = end.fields().number("events").unwrap_or_default();
        let ended_well = self.phone.wait()?.success();
        Ok(self.conclude(verdict, events) && ended_well)
    }

    fn say(&self, who: Who, tone: Tone, text: &str) {
        self.timeline.tell(Moment::now(), who, tone, text);
    }

    /// Listens until a line of this kind.
    fn expect(&mut self, kind: &str) -> io::Result<Line> {
        let line = self.listen(Moment::now().plus(PATIENCE), Some(kind))?;
        line.ok_or_else(|| io::Error::other(format!("the phone's {kind:?} did not come")))
    }

    /// Waits until the peer, if there is one, is connected.
    fn expect_peer(&mut self) -> io::Result<()> {
        let limit = Moment::now().plus(PATIENCE);
        while self.peer.is_some() && !self.peer_is_ready {
            if Moment::now() >= limit {
                return Err(io::Error::other("the peer did not connect"));
            }
            self.listen(Moment::now().plus(0.05), None)?;
        }
        Ok(())
    }

    /// Waits until the peer has been told as well, for as long as it is worth it.
    fn wait_for_peer(&mut self) -> io::Result<()> {
        let limit = |story: &Self| story.peer.as_ref().and_then(Peer::limit);
        if let Some(end) = limit(self) {
            let text = format!(
                "the peer has not been told: it has {:.0} s more",
                end.since(Moment::now()).max(0.0)
            );
            self.say(Who::HotspotToPeer, Tone::Plain, &text);
        }
        while limit(self).is_some_and(|end| Moment::now() < end) {
            self.listen(Moment::now().plus(2.0 * GAUGE), None)?;
        }
        Ok(())
    }

    /// Waits until the phone is back, and until it has got what it published meanwhile: in any
    /// order, as events and messages come on threads of their own.
    fn welcome(&mut self) -> io::Result<()> {
        // It may be in the middle of an attempt.
        let limit = Moment::now().plus(PATIENCE + self.options.bound());
        if self.back_at.is_none() {
            self.listen(limit, Some("back"))?;
        }
        if self.back_at.is_some() && self.messages.is_none() {
            self.listen(limit, Some("whole"))?;
        }
        Ok(())
    }

    /// Retells what happens, until `limit` or until the phone says `kind`.
    fn listen(&mut self, limit: Moment, kind: Option<&str>) -> io::Result<Option<Line>> {
        loop {
            let wait = limit.since(Moment::now()).max(0.0);
            let step = if self.peer.is_some() {
                GAUGE.min(wait)
            } else {
                wait
            };
            match self.happenings.recv_timeout(Duration::from_secs_f64(step)) {
                Ok(Happening::Ping(ping)) => self.retell_ping(ping),
                Ok(Happening::PeerPing(ping)) => {
                    if self.peer.as_ref().is_some_and(Peer::is_waiting) {
                        self.tell_ping(ping, Who::HotspotToPeer, "peer");
                    }
                }
                Ok(Happening::PeerLine(line)) => {
                    self.peer_is_ready |= line.kind == "ready";
                    if let Some(peer) = &mut self.peer {
                        peer.retell(&line, &self.timeline)?;
                    }
                }
                Ok(Happening::PeerGone) => {}
                Err(RecvTimeoutError::Timeout) if step < wait => {
                    if let Some(peer) = &self.peer {
                        peer.show_silence(&self.timeline);
                    }
                }
                Ok(Happening::Line(line)) => {
                    self.retell(&line)?;
                    let is_wanted = kind == Some(line.kind.as_str());
                    match line.kind.as_str() {
                        "back" => self.back_at = Some(line.at),
                        "whole" => self.messages = line.fields().number("messages"),
                        _ => {}
                    }
                    if line.kind == "disconnected" {
                        self.events.push(line);
                        if is_wanted {
                            return Ok(None);
                        }
                    } else if is_wanted {
                        return Ok(Some(line));
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Ok(Happening::Gone) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the phone's program ended"));
                }
            }
        }
    }

    fn retell(&self, line: &Line) -> io::Result<()> {
        let tell = |tone, text: &str| self.timeline.tell(line.at, Who::Phone, tone, text);
        match line.kind.as_str() {
            "say" => tell(Tone::Plain, &line.text),
            "status" if self.is_cut && self.events.is_empty() => {
                let text = liveness(&line.fields(), self.options.bound());
                self.timeline
                    .gauge(line.at, Who::Phone, Some((Tone::Quiet, &text)));
            }
            "disconnected" => {
                self.timeline.gauge(line.at, Who::Phone, None);
                let fields = line.fields();
                tell(
                    Tone::Bad,
                    &format!("EVENT: disconnected, {}", fields.text("cause")),
                );
                tell(Tone::Plain, &format!("\"{}\"", fields.text("description")));
            }
            "back" => {
                let session = match line.fields().number("session") {
                    Some(1) => "the broker still has its session",
                    _ => "with a new session",
                };
                tell(Tone::Good, &format!("EVENT: connected, {session}"));
            }
            "failed" => return Err(io::Error::other(line.text.clone())),
            _ => {}
        }
        Ok(())
    }

    fn retell_ping(&self, ping: Ping) {
        if self.events.is_empty() {
            self.tell_ping(ping, Who::HotspotToPhone, "phone");
        } // else inside TLS it may be a goodbye
    }

    fn tell_ping(&self, ping: Ping, who: Who, whose: &str) {
        let (tone, text) = match (ping.direction, ping.passed) {
            (Direction::ToBroker, true) => (Tone::Plain, format!("PINGREQ  {whose} -> broker")),
            (Direction::ToBroker, false) => (
                Tone::Bad,
                format!("PINGREQ  {whose} -> nowhere: it will get no answer"),
            ),
            (Direction::ToPhone, true) => (Tone::Plain, format!("PINGRESP {whose} <- broker")),
            (Direction::ToPhone, false) => (
                Tone::Bad,
                format!("PINGRESP nowhere <- broker: the {whose} will not see it"),
            ),
        };
        self.timeline.tell(ping.at, who, tone, &text);
    }

    fn say_load(&self) {
        let text = match self.options.load {
            Load::Idle => "load: three messages, then silence; mqttka pings when it has to",
            Load::Qos0 => "load: a QoS 0 message every tenth of the keep-alive, also into the hole",
            Load::Upload => {
                "load: QoS 0 messages as fast as the link takes them, also into the hole"
            }
            Load::Download => "load: the broker sends nearly as fast as the link carries",
        };
        self.say(Who::Phone, Tone::Plain, text);
    }

    fn cut(&mut self) -> io::Result<()> {
        self.is_cut = true;
        let fault = self.options.fault;
        self.link.cut(fault);
        if let Some(peer) = &mut self.peer {
            peer.link().cut(fault);
            peer.note_cut();
        }
        let who = if fault == Fault::BrokerStopped {
            self.broker.stop()?;
            Who::Broker
        } else {
            Who::Hotspot
        };
        self.say(who, Tone::Bad, self.network.describe_fault(fault));
        Ok(())
    }

    fn repair(&mut self, lost: u64) -> io::Result<()> {
        self.link.restore();
        if let Some(peer) = &self.peer {
            peer.link().restore();
        }
        self.repaired_at = Some(Moment::now());
        let (who, what) = if self.options.fault == Fault::BrokerStopped {
            self.broker.resume()?;
            (Who::Broker, "awake again".to_owned())
        } else if lost > 0 {
            (
                Who::Hotspot,
                format!("the internet is back ({lost} packets lost)"),
            )
        } else {
            (Who::Hotspot, "the internet is back".to_owned())
        };
        self.say(who, Tone::Plain, &what);
        let question = "does a late byte cause a second event?";
        self.say(Who::Phone, Tone::Plain, question);
        Ok(())
    }

    /// Prints the last lines; true if the promise was kept.
    fn conclude(&self, verdict: Option<Verdict>, events: u64) -> bool {
        let Some(verdict) = verdict else {
            self.timeline.remark("");
            self.say_peer();
            let text = format!("no disconnect event (bound {:.2} s)", self.options.bound());
            self.timeline.conclude(Tone::Bad, &text);
            return false;
        };
        let kept = verdict.is_kept(events);
        let tone = if kept { Tone::Good } else { Tone::Bad };
        self.say(
            Who::Phone,
            tone,
            if events == 1 {
                "no: exactly one event"
            } else {
                "yes"
            },
        );
        let back = self.repaired_at.zip(self.back_at);
        let (tone, text) = match (back, self.messages) {
            (Some((repaired, back)), Some(messages)) => (
                Tone::Good,
                format!(
                    "back {:.2} s after the repair, nothing lost: {messages} of {messages} messages",
                    back.since(repaired).max(0.0)
                ),
            ),
            (Some(_), None) => (Tone::Bad, "back, but messages were lost".to_owned()),
            (None, _) => (Tone::Bad, "it did not come back".to_owned()),
        };
        self.say(Who::Phone, tone, &text);
        let kept = kept && tone == Tone::Good;
        let tone = if kept { Tone::Good } else { Tone::Bad };
        self.timeline.remark("");
        verdict
            .explain()
            .iter()
            .for_each(|remark| self.timeline.remark(remark));
        self.say_peer();
        self.timeline.conclude(tone, &verdict.summary(events));
        kept
    }

    fn say_peer(&self) {
        if let Some(peer) = &self.peer {
            let (tone, text) = peer.summary();
            self.timeline.conclude(tone, &text);
        }
    }
}
