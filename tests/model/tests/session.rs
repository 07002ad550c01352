//! Every state of a few small scenes, and that each mistake is found in one of them.

use mqttka_model::session::{Flaw, Scene};
use mqttka_model::{Report, check};

fn scene(ours: &[u8], theirs: &[u8], journal: bool, most: [u8; 3]) -> Scene {
    Scene {
        ours: ours.to_vec(),
        theirs: theirs.to_vec(),
        journal,
        most,
        told: true,
        flaw: None,
    }
}

/// Breaks, lost sessions and deaths: as many as leave the states countable.
fn scenes() -> Vec<Scene> {
    vec![
        scene(&[2, 2], &[], false, [2, 1, 0]),
        scene(&[1, 2], &[], false, [2, 1, 1]),
        scene(&[1, 1], &[], false, [2, 1, 0]),
        scene(&[], &[2, 2], false, [2, 1, 1]),
        scene(&[], &[1, 2], false, [2, 1, 1]),
        scene(&[2], &[2], false, [2, 1, 0]),
        scene(&[2, 2], &[], true, [1, 1, 1]),
        scene(&[1, 2], &[], true, [1, 1, 2]),
        scene(&[], &[2, 2], true, [1, 1, 1]),
    ]
}

#[test]
fn each_promise_holds_in_every_state() {
    let mut all = Report {
        states: 0,
        steps: 0,
        depth: 0,
    };
    for scene in scenes() {
        let report = check(&scene).unwrap_or_else(|wrong| panic!("{scene:?}: {wrong:#?}"));
        println!(
            "{:?} {:?} journal {}: {report:?}",
            scene.ours, scene.theirs, scene.journal
        );
        all.states += report.states;
        all.steps += report.steps;
        all.depth = all.depth.max(report.depth);
    }
    println!("in all: {all:?}");
}

/// That is the protocol's, and no client can help it: the CONNACK that says that the session is lost
/// gets lost itself, and the next one speaks of the session that the first one's CONNECT has begun.
#[test]
fn what_mqtt_itself_cannot_promise() {
    let mut scene = scene(&[2], &[], false, [2, 1, 0]);
    scene.told = false;
    let wrong = check(&scene).expect_err("MQTT has been mended");
    assert_eq!(wrong.what, "message 0, of QoS 2, arrived twice");
    assert!(
        wrong
            .trace
            .contains(&"the broker loses the session".to_owned())
    );
}

/// Each mistake, and what comes of it: what is found for another reason is not found.
const FOUND: [(Flaw, &str); 16] = [
    (Flaw::FreshIdOnResend, "arrived twice"),
    (Flaw::PublishAgainAfterLoss, "arrived twice"),
    (Flaw::PublishAfterPubRec, "arrived twice"),
    (Flaw::OverAtPubRec, "acknowledged, and never arrived"),
    (Flaw::ResendOutOfOrder, "arrived before"),
    (Flaw::NoOutcomeAtLoss, "no way to the end"),
    (Flaw::ForgetsReceived, "taken twice"),
    (Flaw::KeepsReceivedAfterLoss, "nobody took it"),
    (Flaw::KeepsReceivedAfterPubRel, "nobody took it"),
    (Flaw::AcknowledgesEarly, "nobody took it"),
    (Flaw::AcknowledgesOutOfOrder, "overtook"),
    (Flaw::SendsBeforeStored, "acknowledged, and never arrived"),
    (Flaw::ReleasesBeforeStored, "arrived twice"),
    (Flaw::ReceivesBeforeStored, "nobody took it"),
    (Flaw::CompletesBeforeStored, "nobody took it"),
    (Flaw::RemovesAtPubRec, "arrived twice"),
];

#[test]
fn each_mistake_is_found() {
    for (flaw, expected) in FOUND {
        let found = scenes().into_iter().find_map(|mut scene| {
            scene.flaw = Some(flaw);
            check(&scene).err()
        });
        let wrong = found.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        assert!(wrong.what.contains(expected), "{flaw:?}: {wrong:#?}");
        println!("{flaw:?}: {} steps", wrong.trace.len());
    }
}
