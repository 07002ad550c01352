//! A fake broker for the tests of your program: scripted, on a port of the loopback interface ([`FakeBroker`]) or in memory,
//! with a time of its own ([`Memory`]).
//!
//! The feature `testing` has it, which belongs among the `dev-dependencies`:
//!
//! ```toml
//! [dev-dependencies]
//! mqttka = { version = "0.2", features = ["testing"] }
//! ```
//!
//! # On a port
//!
//! What is tested connects with the broker's address, and runs as it always does. The test says what happens, and waits
//! for what is to come:
//!
//! ```
//! use std::time::Duration;
//! use mqttka::{Client, Message};
//! use mqttka::testing::{FakeBroker, SeenKind};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let patience = Duration::from_secs(10);
//! let broker = FakeBroker::start()?;
//!
//! // The program that is tested.
//! let client = Client::connect(broker.uri()).await?;
//! client.publish("status/pump-1", "online").retain(true).await?;
//!
//! let message = broker.expect_publish("status/+", patience)?;
//! assert_eq!(message.payload, "online");
//!
//! // Somebody else says something.
//! let mut commands = client.subscribe("commands/pump-1").await?;
//! broker.publish(Message::new("commands/pump-1", "stop")?)?;
//! assert_eq!(commands.recv().await?.unwrap().text(), "stop");
//!
//! // The internet is gone, and comes back.
//! broker.go_silent()?;
//! broker.come_back()?;
//!
//! client.disconnect().await?;
//! broker.expect(SeenKind::Disconnected, None, patience)?;
//! # Ok(())
//! # }
//! ```
//!
//! # In memory
//!
//! [`Client::in_memory`](crate::Client::in_memory) makes a client that has neither thread nor socket. Time goes on when the
//! test says so, and what takes a minute takes a moment:
//!
//! ```
//! use std::time::Duration;
//! use mqttka::{Client, DisconnectCause, EventKind};
//! use mqttka::testing::Memory;
//!
//! # fn main() -> Result<(), mqttka::Error> {
//! let mut memory = Memory::new();
//! let minute = Duration::from_secs(60);
//! let builder = Client::builder("mqtt://broker.example").keep_alive(minute);
//! let client = Client::in_memory(&mut memory, builder.options()?)?;
//! let mut events = client.events()?;
//! memory.run(minute, client.start()).expect("it connects")?;
//! memory.run(minute, events.recv()).expect("connected");
//!
//! memory.broker().go_silent();
//! let began = memory.now();
//! let event = memory.run(2 * minute, events.recv()).expect("it is told").unwrap();
//! let EventKind::Suspect(_) = event.kind else { panic!("{event}") };
//! let event = memory.run(2 * minute, events.recv()).expect("it is told").unwrap();
//! let EventKind::Disconnected(end) = event.kind else { panic!("{event}") };
//! assert_eq!(end.cause, DisconnectCause::KeepAliveTimeout);
//! assert!(memory.now().saturating_since(began) <= minute * 3 / 2);
//! # Ok(())
//! # }
//! ```

pub use mqttka_testing::{
    Acknowledging, Broker, Error, FakeBroker, Memory, Missing, Output, PacketType, Seen, SeenKind,
    Transport, properties,
};
