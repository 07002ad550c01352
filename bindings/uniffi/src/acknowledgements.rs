//! Acknowledgements that the application gives, by number: objects of their own would cost a call each
//! when they go.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mqttka_core::client::{Acknowledgement, ReasonCode, Refusal, Text};

use crate::{MqttkaError, UserProperty};

/// The acknowledgements of one stream's messages that are still to be given. Destroying it gives
/// all of them back: their messages come again.
#[derive(Debug, Default, uniffi::Object)]
pub struct AcknowledgementsHandle(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    last: u64,
    given_out: HashMap<u64, Acknowledgement>,
}

#[uniffi::export]
impl AcknowledgementsHandle {
    /// The application has consumed these messages. Only the first word on each counts. The packets
    /// leave in the order in which the messages came, whoever is acknowledged first.
    pub fn acknowledge(&self, numbers: Vec<u64>) {
        for number in numbers {
            if let Some(acknowledgement) = self.take(number) {
                acknowledgement.acknowledge();
            }
        }
    }

    /// The application does not want the message: the broker hears why, and does not send it again.
    /// `reason_code`: 0x80 or above, one that a PUBACK or PUBREC can have. Only the first word on
    /// each counts.
    #[uniffi::method(default(reason_string = None, user_properties = []))]
    pub fn refuse(
        &self,
        number: u64,
        reason_code: ReasonCode,
        reason_string: Option<String>,
        user_properties: Vec<UserProperty>,
    ) -> Result<(), MqttkaError> {
        let mut refusal = Refusal::new(reason_code)?;
        if let Some(words) = reason_string {
            refusal = refusal.with_reason_string(Text::try_from(words)?);
        }
        for UserProperty { name, value } in user_properties {
            refusal = refusal.with_user_property(name.try_into()?, value.try_into()?)?;
        }
        let acknowledgement = self.lock().given_out.get(&number).cloned();
        if let Some(acknowledgement) = acknowledgement {
            // Where that cannot be, nothing was decided.
            acknowledgement.refuse(refusal)?;
            self.take(number);
        }
        Ok(())
    }

    /// Nobody will decide on these: they come again, to the same stream first.
    pub fn give_back(&self, numbers: Vec<u64>) {
        for number in numbers {
            // It goes without the lock.
            let acknowledgement = self.take(number);
            drop(acknowledgement);
        }
    }

    /// Whether it was acknowledged, refused or given back.
    pub fn is_decided(&self, number: u64) -> bool {
        !self.lock().given_out.contains_key(&number)
    }
}

impl AcknowledgementsHandle {
    /// Gives its number.
    pub(crate) fn add(&self, acknowledgement: Acknowledgement) -> u64 {
        let mut pending = self.lock();
        pending.last += 1;
        let number = pending.last;
        pending.given_out.insert(number, acknowledgement);
        number
    }

    fn take(&self, number: u64) -> Option<Acknowledgement> {
        self.lock().given_out.remove(&number)
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
