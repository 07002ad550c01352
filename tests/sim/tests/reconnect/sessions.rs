//! What becomes of publishes with their session.

use mqttka_core::proto::LostPublish;
use mqttka_core::types::Property;

use super::*;

fn policies(config: Config, qos1: LostPublish, qos2: LostPublish) -> Config {
    Config {
        lost_qos1: qos1,
        lost_qos2: qos2,
        ..config
    }
}

#[test]
fn a_session_that_goes_on_repeats_what_is_open_and_counts_it() {
    let mut script = connected(persistent());
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.publish(3, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(ack(2))]);
    script.lose();
    script.publish(4, QoS::AtLeastOnce);
    let sent = script.come_back(true, []);
    assert_eq!(publishes(&sent), [(1, true), (3, true), (4, false)]);
    assert!(sent.contains(&Packet::PubRel(ack(2))));
    let told = told(&script);
    assert!(told.session_present && !told.session_lost);
    assert_eq!((told.sent_again, told.lost), (3, 0));
}

#[test]
fn a_lost_session_is_told_and_publishes_go_as_their_policy_says() {
    use LostPublish::{Fail, PublishAgain};
    for qos1 in [Fail, PublishAgain] {
        for qos2 in [Fail, PublishAgain] {
            let mut script = connected(policies(persistent(), qos1, qos2));
            script.publish(1, QoS::AtLeastOnce);
            script.publish(2, QoS::ExactlyOnce);
            script.publish(3, QoS::ExactlyOnce);
            script.sent();
            // The broker has it: never again, whatever the policy.
            script.receive([Packet::PubRec(ack(3))]);
            script.lose();
            script.publish(4, QoS::AtLeastOnce);
            let sent = script.come_back(false, []);
            let mut expected = vec![];
            let mut lost = vec![];
            for (number, policy) in [(1, qos1), (2, qos2), (3, Fail)] {
                match policy {
                    PublishAgain => expected.push((number, false)),
                    Fail => lost.push((number, Err(OperationError::SessionLost))),
                }
            }
            let again = u32::try_from(expected.len()).unwrap_or(0);
            expected.push((4, false));
            // In the order in which they were asked for, and as new ones.
            assert_eq!(publishes(&sent), expected);
            assert_eq!(outcomes(&script), lost);
            let told = told(&script);
            assert!(told.session_lost && !told.session_present);
            assert_eq!(told.sent_again, again);
            assert_eq!(told.lost as usize, lost.len());
        }
    }
}

#[test]
fn without_a_session_the_same_holds_and_no_loss_of_one_is_told() {
    let mut script = connected(Config::default());
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.sent();
    script.lose();
    let sent = script.come_back(false, []);
    assert_eq!(publishes(&sent), [(1, false)]);
    assert_eq!(outcomes(&script), [(2, Err(OperationError::SessionLost))]);
    let told = told(&script);
    assert!(!told.session_lost);
    assert_eq!((told.sent_again, told.lost), (1, 1));
}

#[test]
fn a_client_that_does_not_come_back_by_itself_is_told_as_well() {
    let mut script = Script::new(persistent());
    script.connect();
    script.accept(false, []);
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.sent();
    script.lose();
    script.connect();
    script.accept(false, []);
    assert_eq!(told(&script).lost, 2);
}

#[test]
fn what_was_lost_is_told_once() {
    let mut script = connected(Config::default());
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.lose();
    script.come_back(false, []);
    assert_eq!(told(&script).lost, 1);
    script.lose();
    script.come_back(false, []);
    assert_eq!(told(&script).lost, 0);
}

#[test]
fn a_resumption_leaves_to_the_broker_what_it_takes() {
    let mut script = connected(persistent());
    for n in 1..=4 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.sent();
    script.lose();
    let sent = script.come_back(true, [Property::ReceiveMaximum(2)]);
    assert_eq!(publishes(&sent), [(1, true), (2, true)]);
    // All of them are sent again, sooner or later.
    assert_eq!(told(&script).sent_again, 4);
    let sent = script.receive([1, 2].map(|n| Packet::PubAck(ack(n))));
    assert_eq!(publishes(&sent), [(3, true), (4, true)]);
}

#[test]
fn qos_0_that_was_handed_over_is_over() {
    let mut script = connected(Config::default());
    script.publish(1, QoS::AtMostOnce);
    script.sent();
    assert_eq!(outcomes(&script), [(1, Ok(()))]);
    script.lose();
    assert_eq!(publishes(&script.come_back(false, [])), []);
}

#[test]
fn every_operation_has_one_outcome_over_many_connections() {
    for seed in 0..200 {
        let mut rng = mqttka_sim::rng::Rng::new(seed);
        let policy = |rng: &mut mqttka_sim::rng::Rng| {
            rng.pick(&[LostPublish::Fail, LostPublish::PublishAgain])
        };
        let (qos1, qos2) = (policy(&mut rng), policy(&mut rng));
        let base = if rng.chance(0.5) {
            persistent()
        } else {
            Config::default()
        };
        let mut script = connected(policies(base, qos1, qos2));
        let mut asked = 0;
        for _ in 0..30 {
            for _ in 0..rng.below(5) {
                script.publish(
                    asked,
                    rng.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]),
                );
                asked += 1;
            }
            let sent = script.sent();
            let mut answers = Vec::new();
            for packet in sent {
                match packet {
                    Packet::Publish(it) if rng.chance(0.5) => match it.packet_id {
                        Some(id) if it.qos == QoS::AtLeastOnce => {
                            answers.push(Packet::PubAck(ack(id.get())))
                        }
                        Some(id) => answers.push(Packet::PubRec(ack(id.get()))),
                        None => {}
                    },
                    Packet::PubRel(it) if rng.chance(0.5) => {
                        answers.push(Packet::PubComp(ack(it.packet_id.get())));
                    }
                    _ => {}
                }
            }
            script.receive(answers);
            if rng.chance(0.4) {
                script.lose();
                script.attempt();
                let present = rng.chance(0.5) && script.machine.session_persists();
                script.accept(present, []);
            }
        }
        script.ask(Command::Abort);
        let mut tokens: Vec<u64> = script.completed.iter().map(|(token, _)| *token).collect();
        tokens.sort_unstable();
        assert_eq!(tokens, (0..asked).collect::<Vec<_>>(), "seed {seed}");
    }
}
