//! A day of faults leaves nothing behind in memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Packet, SubAck, UnsubAck};
use mqttka_core::error::TransportError;
use mqttka_core::proto::{Command, Config, State};
use mqttka_core::types::{Properties, QoS, ReasonCode, TopicFilter};
use mqttka_sim::rng::Rng;
use mqttka_sim::script::{Script, from_broker, subscribe};
use mqttka_sim::secs;

thread_local! {
    /// Bytes in use.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator unchanged; the counter is a
// constant-initialised cell of a plain number, which allocates nothing itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller keeps `dealloc`'s contract, and `alloc` came from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// A broker that answers all of it.
fn answer(script: &mut Script, mut packets: Vec<Packet>) {
    while !packets.is_empty() {
        let ack = |id: NonZeroU16| Ack::new(id, ReasonCode::Success);
        let answers = packets.iter().filter_map(|packet| match packet {
            Packet::Publish(it) if it.qos == QoS::AtLeastOnce => {
                it.packet_id.map(|id| Packet::PubAck(ack(id)))
            }
            Packet::Publish(it) => it.packet_id.map(|id| Packet::PubRec(ack(id))),
            Packet::PubRel(it) => Some(Packet::PubComp(ack(it.packet_id))),
            Packet::PubRec(it) => Some(Packet::PubRel(ack(it.packet_id))),
            Packet::PingReq => Some(Packet::PingResp),
            Packet::Subscribe(it) => Some(Packet::SubAck(SubAck {
                packet_id: it.packet_id,
                reason_codes: vec![ReasonCode::Success; it.subscriptions.len()],
                properties: Properties::new(),
            })),
            Packet::Unsubscribe(it) => Some(Packet::UnsubAck(UnsubAck {
                packet_id: it.packet_id,
                reason_codes: vec![ReasonCode::Success; it.filters.len()],
                properties: Properties::new(),
            })),
            _ => None,
        });
        let answers: Vec<Packet> = answers.collect();
        packets = script.receive(answers);
    }
}

/// The broker is there for so long.
fn live(script: &mut Script, seconds: u64) {
    for _ in 0..seconds {
        let sent = script.wait(secs(1));
        answer(script, sent);
    }
}

fn publish(script: &mut Script, rng: &mut Rng, count: u64) {
    for n in 0..count {
        script.publish(
            n,
            rng.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]),
        );
    }
}

/// What happens in some minutes, with the end of a connection in it.
fn happens(script: &mut Script, rng: &mut Rng) {
    let count = rng.below(200);
    publish(script, rng, count);
    script.ask(if rng.chance(0.5) {
        subscribe(1000)
    } else {
        Command::Unsubscribe {
            filters: TopicFilter::try_from("f").into_iter().collect(),
            properties: Properties::new(),
            token: Some(1001),
        }
    });
    // Some of it is answered.
    let mut sent = script.sent();
    sent.truncate(rng.below(100) as usize);
    answer(script, sent);
    let id = rng.range(1, 50) as u16;
    let came = script.receive([from_broker(QoS::ExactlyOnce, id, false)]);
    script.release(1, usize::MAX);
    let sent = [came, script.sent()].concat();
    if rng.chance(0.5) {
        answer(script, sent);
    }
    if rng.chance(0.5) {
        script.lose();
    } else {
        script.fail_with(TransportError::new("no route"));
    }
    publish(script, rng, 50);
    for _ in 0..rng.below(8) {
        script.attempt();
        match rng.below(3) {
            0 => script.refuse(ReasonCode::ServerBusy),
            1 => script.lose(),
            _ => {
                script.wait(secs(31));
            }
        }
    }
    let present = rng.chance(0.5);
    let sent = script.come_back(present, []);
    answer(script, sent);
    let minutes = rng.range(1, 10);
    live(script, 60 * minutes);
}

#[test]
fn after_a_day_of_faults_it_holds_no_more_than_after_an_hour() {
    let mut rng = Rng::new(24);
    let mut script = Script::coming_back(Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: u32::MAX,
        ..Config::default()
    });
    script.connect();
    script.accept(false, []);
    let (begin, mut samples, mut ends) = (script.now, Vec::new(), 0);
    while script.now < begin + secs(24 * 3600) {
        happens(&mut script, &mut rng);
        ends += 1;
        assert_eq!(script.machine.state(), State::Connected);
        // What the script itself remembers.
        (
            script.events,
            script.messages,
            script.completed,
            script.closes,
            script.wire,
        ) = Default::default();
        if samples.len() < script.now.saturating_since(begin).as_secs() as usize / 3600 {
            // It has been idle for a minute, and has pinged.
            live(&mut script, 120);
            (script.events, script.messages, script.completed) = Default::default();
            samples.push(LIVE.get());
        }
    }
    println!("{ends} connections ended; bytes in use each hour: {samples:?}");
    assert!(samples.len() >= 20 && ends > 100, "{ends}");
    // Buffers that grow and shrink make some difference, and it is no trend.
    let first = samples[..3].iter().max().copied().unwrap_or_default();
    let most = samples.iter().max().copied().unwrap_or_default();
    assert!(most <= first + 8192, "{samples:?}");
}
