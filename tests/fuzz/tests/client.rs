//! Programs for the client's fuzz target, generated.

use mqttka_fuzz::client;
use proptest::collection::vec;
use proptest::prelude::*;

/// An attempt that comes about, some traffic, and time.
fn connected_programs() -> impl Strategy<Value = Vec<u8>> {
    let step = prop_oneof![
        (2_u8..10, vec(any::<u8>(), 0..6)),
        (10_u8..48, vec(any::<u8>(), 0..4)),
    ];
    let steps = vec(step, 1..40);
    (any::<[u8; 5]>(), steps).prop_map(|(options, steps)| {
        let mut program = options.to_vec();
        program.push(11);
        for (opcode, needs) in steps {
            program.push(opcode);
            program.extend(needs);
        }
        program
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn programs(data in connected_programs()) {
        client(&data);
    }

    #[test]
    fn noise(data in vec(any::<u8>(), 0..200)) {
        client(&data);
    }
}
