//! The class that JavaScript has: the host's half. `operations.rs` has the client's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use js_sys::Array;
use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{Client, Stage, TransportError, TransportErrorKind};
use mqttka_core::types::Instant;
use wasm_bindgen::prelude::*;

use crate::actions::{self, Tls};
use crate::failure::Failure;
use crate::options::options;
use crate::outbox::Outbox;
use crate::streams::Streams;
use crate::value;
use crate::waits::Waits;

/// Long turns are cut by the core; this only bounds what one call hands out.
const ACTIONS: usize = 1024;

/// A client, driven from outside. `src/engine-api.ts` says what each call is for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    pub(crate) client: Client,
    hosted: Hosted,
    pub(crate) outbox: Outbox,
    pub(crate) streams: Streams,
    pub(crate) waits: Waits,
    /// A turn is due.
    pub(crate) wanted: Arc<AtomicBool>,
    more: bool,
    deadline: f64,
    /// Streams that were asked for and are not open yet.
    opening: Vec<u64>,
    tls: Tls,
    carrier: Carrier,
}

/// JavaScript's clock begins with the page; this one a little earlier, so that "before" can be said.
const ORIGIN: f64 = 1000.0;

/// Milliseconds of JavaScript's clock.
fn instant(now: f64) -> Instant {
    // What is before the origin, or no number, is the origin.
    Instant::from_nanos(((now + ORIGIN) * 1e6) as u64)
}

fn milliseconds(instant: Instant) -> f64 {
    // Upwards, so that a timer which waits for it is not early.
    (instant.as_nanos() as f64 / 1e3).ceil() / 1e3 - ORIGIN
}

/// A number of JavaScript's that says which stream: they count from 1, far below 2^53.
fn number(stream: f64) -> u64 {
    stream as u64
}

fn stage(name: &str) -> Stage {
    let found = Stage::ALL
        .into_iter()
        .find(|it| crate::json::camel_case(it.name()) == name);
    found.unwrap_or(Stage::Tcp)
}

/// What a host can report.
const KINDS: [TransportErrorKind; 16] = {
    use TransportErrorKind as K;
    [
        K::System,
        K::Closed,
        K::NotBuilt,
        K::CertificateExpired,
        K::CertificateNotYetValid,
        K::UnknownIssuer,
        K::WrongHost,
        K::CertificateRevoked,
        K::CertificateInvalid,
        K::PinMismatch,
        K::TlsAlert,
        K::NoCommonTlsVersion,
        K::NoCommonCipher,
        K::TlsProtocol,
        K::UpgradeRefused,
        K::WebSocketClosed,
    ]
};

/// `number` is the system's, as Linux has it, or what the peer gave.
fn error(kind: &str, message: &str, number: Option<i32>) -> TransportError {
    let found = KINDS
        .into_iter()
        .find(|it| crate::json::camel_case(it.name()) == kind);
    let kind = found.unwrap_or(TransportErrorKind::System);
    let mut error = TransportError::of(kind, message);
    match kind {
        TransportErrorKind::System => error.os_error = number,
        _ => error.status = number.and_then(|it| u16::try_from(it).ok()),
    }
    error
}

#[wasm_bindgen]
impl Engine {
    /// Makes a client of an object of options; `sockets`: the host opens TCP and TLS, else
    /// WebSockets. `seed`: bits that nobody can guess.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, sockets: bool, seed: u64, now: f64) -> Result<Engine, JsValue> {
        // A browser's build has not what sockets need.
        let sockets = sockets && cfg!(feature = "sockets");
        let outbox = Outbox::default();
        let options = self::options(&options, sockets, &outbox)?;
        set_now(now);
        let carrier = match sockets {
            true => Carrier::TlsSocket,
            false => Carrier::WebSocket,
        };
        let tls = Tls::of(&options);
        let wanted = Arc::new(AtomicBool::new(true));
        let wake = Arc::clone(&wanted);
        let wake = move || wake.store(true, Ordering::Relaxed);
        let (client, hosted) = hosted::open(options, outbox.clone(), true, carrier, seed, wake)
            .map_err(Failure::from)?;
        Ok(Engine {
            client,
            hosted,
            outbox,
            streams: Streams::default(),
            waits: Waits::default(),
            wanted,
            more: false,
            deadline: f64::INFINITY,
            opening: Vec::new(),
            tls,
            carrier,
        })
    }

    /// One bounded turn.
    pub fn turn(&mut self, now: f64, suspended: bool) {
        self.wanted.store(false, Ordering::Relaxed);
        let turn = self.hosted.turn(instant(now), suspended);
        self.streams.lend(&self.outbox);
        self.waits.tell(&self.outbox);
        self.more = turn.more;
        self.deadline = turn.deadline.map_or(f64::INFINITY, milliseconds);
    }

    /// Another turn is wanted at once.
    #[wasm_bindgen(getter)]
    pub fn more(&self) -> bool {
        self.more
    }

    /// When the next turn is due.
    #[wasm_bindgen(getter)]
    pub fn deadline(&self) -> f64 {
        self.deadline
    }

    /// The client has ended, and all of it was told.
    #[wasm_bindgen(getter)]
    pub fn closed(&self) -> bool {
        self.outbox.is_terminated()
    }

    /// A command was queued since the last turn.
    pub fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// What is to be done now.
    #[wasm_bindgen(js_name = takeActions)]
    pub fn take_actions(&mut self) -> Option<Array> {
        let mut array = None;
        for _ in 0..ACTIONS {
            let Some(action) = self.hosted.poll_action() else {
                return array;
            };
            let action = match action {
                Action::Open {
                    stream,
                    server,
                    headers,
                    deadline,
                } => {
                    self.opening.push(stream);
                    let timeout = deadline.saturating_since(hosted::now());
                    actions::open(stream, &server, &headers, timeout, self.carrier, &self.tls)
                }
                Action::Write { stream, bytes } => actions::write(stream, &bytes),
                Action::Finish { stream } => actions::plain("finish", stream),
                Action::Close { stream } => actions::plain("close", stream),
                Action::Abort { stream } if self.is_no_more_opening(stream) => {
                    actions::give_up(stream)
                }
                Action::Abort { stream } => actions::plain("abort", stream),
            };
            array.get_or_insert_with(Array::new).push(&action);
        }
        // The rest after the next turn.
        self.more = true;
        array
    }

    /// Messages and plain outcomes, in bytes: where they are in the memory. They stay there until
    /// `batchRead`, which has to come before any other call.
    #[wasm_bindgen(js_name = batchStart)]
    pub fn batch_start(&self) -> usize {
        self.outbox.batch().0
    }

    /// How many bytes they are.
    #[wasm_bindgen(js_name = batchLength)]
    pub fn batch_length(&self) -> usize {
        self.outbox.batch().1
    }

    /// They were read.
    #[wasm_bindgen(js_name = batchRead)]
    pub fn batch_read(&self) {
        self.outbox.batch_read();
    }

    /// Events and other outcomes, as a JSON array.
    #[wasm_bindgen(js_name = takeReports)]
    pub fn take_reports(&self) -> Option<String> {
        self.outbox.reports()
    }

    /// The opening of a stream is in this stage.
    pub fn stage(&mut self, stream: f64, stage: &str, now: f64) {
        let stage = self::stage(stage);
        self.hosted
            .handle_stage(instant(now), number(stream), stage);
    }

    /// A stream is open.
    pub fn opened(&mut self, stream: f64, now: f64, address: Option<String>) {
        self.is_no_more_opening(number(stream));
        // A browser tells no address.
        let address = address.filter(|_| cfg!(feature = "sockets"));
        let address = address.and_then(|address| address.parse().ok());
        self.hosted
            .handle_opened(instant(now), number(stream), address);
        self.want();
    }

    /// A stream could not be opened.
    #[wasm_bindgen(js_name = openFailed)]
    pub fn open_failed(
        &mut self,
        stream: f64,
        now: f64,
        stage: &str,
        kind: &str,
        message: &str,
        code: Option<i32>,
    ) {
        self.is_no_more_opening(number(stream));
        let (stage, error) = (self::stage(stage), error(kind, message, code));
        self.hosted
            .handle_open_failed(instant(now), number(stream), stage, error);
        self.want();
    }

    /// Bytes came.
    pub fn received(&mut self, stream: f64, _now: f64, bytes: Vec<u8>) {
        self.hosted.handle_received(number(stream), bytes);
        self.want();
    }

    /// How many bytes of what came no turn has read yet.
    pub fn unread(&self, stream: f64) -> f64 {
        self.hosted.unread(number(stream)) as f64
    }

    /// So many bytes wait with the host; a turn is wanted where that makes room.
    pub fn buffered(&mut self, stream: f64, now: f64, bytes: f64) {
        let (stream, bytes) = (number(stream), bytes as usize);
        self.hosted.handle_buffered(instant(now), stream, bytes);
    }

    /// Under the host's TLS more came after `at` than is whole yet.
    pub fn unfinished(&mut self, stream: f64, at: f64) {
        self.hosted.handle_unfinished(number(stream), instant(at));
    }

    /// The peer sends no more.
    pub fn ended(&mut self, stream: f64, _now: f64) {
        self.hosted.handle_end(number(stream));
        self.want();
    }

    /// A stream has failed.
    pub fn failed(&mut self, stream: f64, _now: f64, kind: &str, message: &str, code: Option<i32>) {
        let error = error(kind, message, code);
        self.hosted.handle_failed(number(stream), error);
        self.want();
    }

    /// The page is put away.
    pub fn park(&mut self, now: f64) {
        self.hosted.park(instant(now));
        self.want();
    }

    /// The page is back.
    pub fn unpark(&mut self, now: f64) {
        set_now(now);
        self.hosted.unpark();
        self.want();
    }

    /// A hint of the page's or the application's.
    #[wasm_bindgen(js_name = networkChanged)]
    pub fn network_changed(&self, change: JsValue) -> Result<(), JsValue> {
        let change = value::network_change("change", &change)?;
        Ok(self.client.network_changed(change).map_err(Failure::from)?)
    }

    /// The page is hidden.
    #[wasm_bindgen(js_name = enteredBackground)]
    pub fn entered_background(&self) -> Result<(), JsValue> {
        Ok(self.client.entered_background().map_err(Failure::from)?)
    }

    /// The page is shown.
    #[wasm_bindgen(js_name = enteredForeground)]
    pub fn entered_foreground(&self) -> Result<(), JsValue> {
        Ok(self.client.entered_foreground().map_err(Failure::from)?)
    }
}

impl Engine {
    /// `false`: it was not opening.
    fn is_no_more_opening(&mut self, stream: u64) -> bool {
        let found = self.opening.iter().position(|it| *it == stream);
        found.map(|at| self.opening.swap_remove(at)).is_some()
    }

    pub(crate) fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }
}

/// Tells the core the time, which has no clock on WebAssembly.
pub(crate) fn set_now(now: f64) {
    #[cfg(target_family = "wasm")]
    hosted::set_now(instant(now));
    #[cfg(not(target_family = "wasm"))]
    let _ = now;
}
