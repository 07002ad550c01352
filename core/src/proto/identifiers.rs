//! The Subscription Identifiers that a client gives out by itself (section 3.8.2.1.2), told from the
//! application's by their number.

use std::ops::RangeInclusive;

use crate::types::{Properties, Property, PropertyId};

/// Those of the library: the last 65,536 of the numbers that take three bytes. All others are the
/// application's.
pub const OWN_IDENTIFIERS: RangeInclusive<u32> = 2_031_616..=2_097_151;

/// Whether the application has given one, which the broker then must offer.
pub(super) fn has_foreign(properties: &Properties) -> bool {
    let number = properties.get_number(PropertyId::SubscriptionIdentifier);
    number.is_some_and(|number| !OWN_IDENTIFIERS.contains(&number))
}

/// Takes the library's out.
pub(super) fn remove_own(properties: &mut Properties) {
    properties.retain(
        |property| !matches!(property, Property::SubscriptionIdentifier(it) if OWN_IDENTIFIERS.contains(it)),
    );
}
