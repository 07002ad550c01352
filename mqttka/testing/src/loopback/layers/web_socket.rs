//! WebSocket (section 6 of the specification, RFC 6455), by tungstenite over memory.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tungstenite::handshake::server::{ErrorResponse, Request, Response, ServerHandshake};
use tungstenite::handshake::{HandshakeError, MidHandshake};
use tungstenite::http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};
use tungstenite::protocol::WebSocketConfig;

use tungstenite::{Error, Message};

use super::Layer;
use crate::connection::LARGEST;

/// Both directions of the stream below.
#[derive(Debug, Default)]
struct Pipe {
    incoming: VecDeque<u8>,
    /// Outlives a handshake that fails, whose answer is here.
    outgoing: Arc<Mutex<Vec<u8>>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.incoming.is_empty() {
            true => Err(ErrorKind::WouldBlock.into()),
            false => self.incoming.read(buffer),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outgoing = self.outgoing.lock();
        outgoing
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Answer = fn(&Request, Response) -> Result<Response, ErrorResponse>;

#[derive(Debug)]
enum State {
    Opening(MidHandshake<ServerHandshake<Pipe, Answer>>),
    Open(tungstenite::WebSocket<Pipe>),
    /// It was not what it should be.
    Over,
}

#[derive(Debug)]
pub(super) struct WebSocket {
    state: State,
    outgoing: Arc<Mutex<Vec<u8>>>,
    /// What is sent before it is open.
    waits: Vec<u8>,
    ended: bool,
}

impl WebSocket {
    pub(super) fn new() -> Self {
        let pipe = Pipe::default();
        let outgoing = Arc::clone(&pipe.outgoing);
        let most = Some(LARGEST as usize);
        let config = WebSocketConfig::default()
            .max_message_size(most)
            .max_frame_size(most);
        // Nothing has come yet, so that it waits.
        let answer: Answer = answer;
        let state = match tungstenite::accept_hdr_with_config(pipe, answer, Some(config)) {
            Err(HandshakeError::Interrupted(waits)) => State::Opening(waits),
            _ => State::Over,
        };
        WebSocket {
            state,
            outgoing,
            waits: Vec::new(),
            ended: false,
        }
    }

    fn open(
        &mut self,
        mut waits: MidHandshake<ServerHandshake<Pipe, Answer>>,
        bytes: &[u8],
    ) -> Result<(), String> {
        waits.get_mut().get_mut().incoming.extend(bytes);
        match waits.handshake() {
            Ok(open) => self.state = State::Open(open),
            Err(HandshakeError::Interrupted(waits)) => self.state = State::Opening(waits),
            Err(HandshakeError::Failure(error)) => return Err(format!("WebSocket: {error}")),
        }
        Ok(())
    }

    fn read(&mut self, up: &mut Vec<u8>) -> Result<(), String> {
        let State::Open(socket) = &mut self.state else {
            return Ok(());
        };
        if !self.waits.is_empty() {
            let waits = std::mem::take(&mut self.waits);
            // Into memory, which does not fail.
            let _ = socket.send(Message::Binary(waits.into()));
        }
        loop {
            match socket.read() {
                Ok(Message::Binary(bytes)) => up.extend_from_slice(&bytes),
                Ok(Message::Text(_)) => {
                    return Err("WebSocket: a text frame [MQTT-6.0.0-1]".to_owned());
                }
                Ok(Message::Close(_)) => self.ended = true,
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                    self.ended = true;
                    break;
                }
                Err(error) => return Err(format!("WebSocket: {error}")),
            }
        }
        // Pongs, and the answer to Close.
        let _ = socket.flush();
        Ok(())
    }
}

impl Layer for WebSocket {
    fn receive(&mut self, below: &[u8], up: &mut Vec<u8>) -> Result<(), String> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Opening(waits) => self.open(waits, below)?,
            State::Open(mut socket) => {
                socket.get_mut().incoming.extend(below);
                self.state = State::Open(socket);
            }
            State::Over => return Ok(()),
        }
        self.read(up)
    }

    fn send(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Opening(_) => self.waits.extend_from_slice(bytes),
            State::Open(socket) => {
                // Into memory; where it was closed, nothing is sent any more.
                let _ = socket.send(Message::Binary(bytes.to_vec().into()));
            }
            State::Over => {}
        }
    }

    fn finish(&mut self) {
        if let State::Open(socket) = &mut self.state {
            let _ = socket.close(None);
            let _ = socket.flush();
        }
    }

    fn take_output(&mut self) -> Vec<u8> {
        let outgoing = self.outgoing.lock();
        std::mem::take(&mut *outgoing.unwrap_or_else(PoisonError::into_inner))
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

/// The subprotocol has to be "mqtt" [MQTT-6.0.0-3].
#[expect(clippy::result_large_err, reason = "tungstenite's signature")]
fn answer(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.iter().filter_map(|it| it.to_str().ok());
    if offered
        .flat_map(|it| it.split(','))
        .any(|it| it.trim() == "mqtt")
    {
        let headers = response.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("mqtt"));
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some("the subprotocol is not \"mqtt\"".to_owned()));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    Err(refusal)
}
