//! What lies between a socket and MQTT: nothing, or layers without I/O of their own.

#[cfg(feature = "tls")]
pub(super) mod tls;
#[cfg(feature = "websocket")]
mod web_socket;

use std::fmt::Debug;

use super::transport::Transport;

/// One of them.
trait Layer: Debug + Send {
    /// Takes what came from below, and appends what it means to `up`.
    ///
    /// # Errors
    /// What the client did wrong. The connection is over then.
    fn receive(&mut self, below: &[u8], up: &mut Vec<u8>) -> Result<(), String>;

    /// Takes what is to be sent.
    fn send(&mut self, bytes: &[u8]);

    /// Says that nothing more is sent.
    fn finish(&mut self);

    /// What it has for the layer below.
    fn take_output(&mut self) -> Vec<u8>;

    /// The client has said that it sends no more.
    fn has_ended(&self) -> bool;
}

/// How the layers of a connection are made.
#[derive(Debug)]
pub(super) struct Maker {
    #[cfg_attr(not(feature = "websocket"), expect(dead_code))]
    pub(super) transport: Transport,
    #[cfg(feature = "tls")]
    pub(super) identity: Option<tls::Identity>,
}

impl Maker {
    pub(super) fn make(&self) -> Layers {
        #[cfg_attr(not(any(feature = "tls", feature = "websocket")), expect(unused_mut))]
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        #[cfg(feature = "tls")]
        if let Some(identity) = &self.identity
            && let Some(tls) = tls::Tls::new(identity)
        {
            layers.push(Box::new(tls));
        }
        #[cfg(feature = "websocket")]
        if self.transport.has_web_socket() {
            layers.push(Box::new(web_socket::WebSocket::new()));
        }
        Layers(layers)
    }
}

/// Those of one connection, the lowest first.
#[derive(Debug)]
pub(super) struct Layers(Vec<Box<dyn Layer>>);

impl Layers {
    /// There are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes what came of the socket: what it means for MQTT, and what the layers answer.
    ///
    /// # Errors
    /// What the client did wrong, and what it is told of that.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> (Result<Vec<u8>, String>, Vec<u8>) {
        let mut answers = Vec::new();
        let mut bytes = bytes.to_vec();
        for index in 0..self.0.len() {
            let mut up = Vec::new();
            let received = self.0[index].receive(&bytes, &mut up);
            let output = self.0[index].take_output();
            answers.extend(self.sink(index, output));
            if let Err(error) = received {
                return (Err(error), answers);
            }
            bytes = up;
        }
        (Ok(bytes), answers)
    }

    /// What goes to the socket for these bytes of MQTT.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.sink(self.0.len(), bytes.to_vec())
    }

    /// What goes to the socket to say that nothing more comes.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut last = Vec::new();
        for index in (0..self.0.len()).rev() {
            self.0[index].finish();
            let output = self.0[index].take_output();
            last.extend(self.sink(index, output));
        }
        last
    }

    /// One of them heard that the client sends no more.
    pub(super) fn has_ended(&self) -> bool {
        self.0.iter().any(|layer| layer.has_ended())
    }

    /// What goes to the socket for this output of the layer at `above`.
    fn sink(&mut self, above: usize, mut bytes: Vec<u8>) -> Vec<u8> {
        for layer in self.0[..above].iter_mut().rev() {
            if bytes.is_empty() {
                break;
            }
            layer.send(&bytes);
            bytes = layer.take_output();
        }
        bytes
    }
}
