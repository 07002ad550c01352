//! The figure: who is back, and how many attempts that takes, second by second.

use std::fmt::Write as _;

use crate::run::Outcome;
use crate::scenario::Clients;

/// The habits that are drawn, and the class of each line.
const DRAWN: [(Clients, &str); 4] = [
    (Clients::Ours, "a"),
    (Clients::Fixed, "b"),
    (Clients::Doubling, "c"),
    (Clients::DoublingSpread, "d"),
];

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 600.0;

/// Of one panel.
const PANEL: (f64, f64) = (350.0, 200.0);

/// What the panels show, in seconds.
const SECONDS: usize = 900;

/// One point for so many seconds.
const STEP: usize = 5;

/// The attempts' scale ends at 10 to this power.
const DECADES: u32 = 6;

/// On a light page, or on a dark one: GitHub's page colours, and the series' of `tests/figures`.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    paper: &'static str,
    ink: &'static str,
    rule: &'static str,
    shade: &'static str,
    series: [&'static str; 4],
}

/// For light pages.
pub const LIGHT: Theme = Theme {
    paper: "#ffffff",
    ink: "#1f2328",
    rule: "#d1d9e0",
    shade: "#e4e8ec",
    series: ["#0550ae", "#b35900", "#7a3e9d", "#0f766e"],
};

/// For dark pages.
pub const DARK: Theme = Theme {
    paper: "#0d1117",
    ink: "#f0f6fc",
    rule: "#30363d",
    shade: "#21262d",
    series: ["#6cb6ff", "#f0a04b", "#d2a8ff", "#5eead4"],
};

impl Theme {
    fn style(&self) -> String {
        let Self {
            paper, ink, rule, ..
        } = self;
        let [a, b, c, d] = self.series;
        // Dashes as well: nobody needs the colour.
        format!(
            "svg{{background:{paper}}}text{{font:13px system-ui,sans-serif;fill:{ink}}}\
             .t{{font-weight:600}}.e{{text-anchor:end}}.m{{text-anchor:middle}}\
             .g{{stroke:{rule};stroke-width:1;fill:none}}.r{{fill:{}}}\
             .l{{fill:none;stroke-width:2;stroke-linejoin:round}}\
             .a{{stroke:{a};stroke-width:3}}.b{{stroke:{b};stroke-dasharray:7 3}}\
             .c{{stroke:{c};stroke-dasharray:2 2}}.d{{stroke:{d};stroke-dasharray:9 3 2 3}}",
            self.shade
        )
    }
}

/// What one broker's clients did, by habit.
#[derive(Debug)]
pub struct Column {
    /// Above it.
    pub title: String,
    /// By habit; others than those that are drawn are passed over.
    pub outcomes: Vec<(Clients, Outcome)>,
}

/// Two brokers beside each other, as SVG.
pub fn draw(columns: &[Column; 2], theme: Theme) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
         <title>How a million clients come back to a broker that restarts</title>\n\
         <desc>Clients that are back, and attempts a second, for a slow broker and for one that says that it is \
         busy; four habits of clients. docs/storm.md has the figures.</desc>\n\
         <style>{}</style>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"{}\"/>\n",
        theme.style(),
        theme.paper
    );
    for (index, column) in columns.iter().enumerate() {
        let left = 70.0 + index as f64 * 430.0;
        let title = (left, 24.0);
        text(&mut svg, "t", title, &column.title);
        let share = |outcome: &Outcome, second: usize| {
            let back = outcome.back.get(second).or(outcome.back.last());
            f64::from(back.copied().unwrap_or(0)) / f64::from(outcome.clients)
        };
        let labels = ["0", "25", "50", "75", "100 %"];
        panel(
            &mut svg,
            (left, 60.0),
            "clients that are back",
            &labels,
            column,
            share,
        );
        let begun = |outcome: &Outcome, second: usize| {
            let some = outcome.begun.iter().skip(second + 1 - STEP).take(STEP);
            let mean = some.map(|it| f64::from(*it)).sum::<f64>() / STEP as f64;
            mean.max(1.0).log10() / f64::from(DECADES)
        };
        let labels = ["1", "10", "100", "1,000", "10,000", "100,000", "1 M"];
        panel(
            &mut svg,
            (left, 312.0),
            "attempts a second",
            &labels,
            column,
            begun,
        );
        let middle = (left + PANEL.0 / 2.0, 550.0);
        text(&mut svg, "m", middle, "minutes after the broker went");
    }
    for ((habit, class), x) in DRAWN.iter().zip([70.0, 200.0, 330.0, 570.0]) {
        let _ = writeln!(svg, "<path class=\"l {class}\" d=\"M{x} 580h24\"/>");
        text(&mut svg, "", (x + 30.0, 584.0), habit.name());
    }
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, class: &str, (x, y): (f64, f64), words: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>"
    );
}

/// `value`: of an outcome at a second, from 0 at the bottom to 1 at the top.
fn panel(
    svg: &mut String,
    (left, top): (f64, f64),
    title: &str,
    labels: &[&str],
    column: &Column,
    value: impl Fn(&Outcome, usize) -> f64,
) {
    let (width, height) = PANEL;
    let x = |second: usize| left + width * second as f64 / SECONDS as f64;
    let y = |value: f64| top + height * (1.0 - value);
    text(svg, "", (left, top - 10.0), title);
    let restart = column.outcomes.first().map_or(0, |(_, it)| it.restart);
    let down = x(restart as usize / 1000) - left;
    let _ = writeln!(
        svg,
        "<rect class=\"r\" x=\"{left}\" y=\"{top}\" width=\"{down:.1}\" height=\"{height}\"/>"
    );
    for (index, label) in labels.iter().enumerate() {
        let y = y(index as f64 / (labels.len() - 1) as f64);
        let _ = writeln!(svg, "<path class=\"g\" d=\"M{left} {y:.1}h{width}\"/>");
        text(svg, "e", (left - 6.0, (y + 4.0).round()), label);
    }
    for minutes in (0..=SECONDS / 60).step_by(3) {
        text(
            svg,
            "m",
            (x(minutes * 60).round(), top + height + 18.0),
            &minutes.to_string(),
        );
    }
    for (habit, class) in DRAWN {
        let Some((_, outcome)) = column.outcomes.iter().find(|(it, _)| *it == habit) else {
            continue;
        };
        let seconds = (STEP - 1..SECONDS).step_by(STEP);
        let points =
            seconds.map(|second| format!("{:.1} {:.1}", x(second + 1), y(value(outcome, second))));
        let points: Vec<_> = points.collect();
        let _ = writeln!(
            svg,
            "<path class=\"l {class}\" d=\"M{}\"/>",
            points.join("L")
        );
    }
}
