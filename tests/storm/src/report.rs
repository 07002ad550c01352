//! The table.

use crate::Ms;
use crate::run::Outcome;
use crate::scenario::{Clients, Scenario};

/// The head of a scenario's table, in Markdown.
pub fn head(scenario: &Scenario, clients: u32) -> String {
    format!(
        "\n**{}**: a broker that {}; at best all are back in {} s.\n\n\
         | | 50 % back | 99 % | all | attempts: mean | most | wasted | most in a second |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|",
        scenario.name,
        scenario.about,
        scenario.ideal(clients).div_ceil(1000)
    )
}

/// One row of it.
pub fn row(habit: Clients, outcome: &Outcome) -> String {
    let time = |percent| match outcome.time_until(percent) {
        Some(ms) => format!("{} s", seconds(ms)),
        None => "never".to_owned(),
    };
    format!(
        "| {} | {} | {} | {} | {:.1} | {} | {} | {} |",
        habit.name(),
        time(50),
        time(99),
        time(100),
        outcome.mean_attempts(),
        outcome.most_attempts(),
        grouped(outcome.wasted()),
        grouped(outcome.peak().into())
    )
}

fn seconds(ms: Ms) -> Ms {
    (ms + 500) / 1000
}

/// 1,234,567
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped() {
        let grouped = [0, 999, 1000, 1_234_567].map(super::grouped);
        assert_eq!(grouped, ["0", "999", "1,000", "1,234,567"]);
    }
}
