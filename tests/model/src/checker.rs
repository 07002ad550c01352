use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// A system whose states can be counted.
pub trait Model {
    /// All that there is to know at one moment.
    type State: Clone + Eq + Hash + Debug;

    /// Where it begins.
    fn initial(&self) -> Self::State;

    /// Every state that may come next, and what step leads there.
    fn next(&self, state: &Self::State) -> Vec<(String, Self::State)>;

    /// What must be true of every state.
    ///
    /// # Errors
    /// Says what is not.
    fn check(&self, state: &Self::State) -> Result<(), String>;

    /// Whether nothing is left to be done. From each state, one like this must be reachable.
    fn is_done(&self, state: &Self::State) -> bool;
}

/// What was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// States, each once.
    pub states: usize,
    /// Steps between them.
    pub steps: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
}

/// What is wrong, and a shortest way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub what: String,
    /// The steps from the beginning.
    pub trace: Vec<String>,
}

/// Visits every state.
///
/// # Errors
/// The first state that breaks a rule, or from which there is no way to the end.
///
/// # Panics
/// Above fifty million states: such a model is too large to be checked here.
pub fn check<M: Model>(model: &M) -> Result<Report, Wrong> {
    let mut found: HashMap<M::State, usize> = HashMap::new();
    // For each state the one before it, the step between, and how far it is from the beginning.
    let mut from: Vec<(usize, String, usize)> = vec![(0, "begin".to_owned(), 0)];
    let mut states = vec![model.initial()];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    found.insert(model.initial(), 0);
    let (mut at, mut steps) = (0, 0);
    while at < states.len() {
        let state = states[at].clone();
        if let Err(what) = model.check(&state) {
            return Err(Wrong {
                what,
                trace: trace(&from, at),
            });
        }
        for (step, next) in model.next(&state) {
            steps += 1;
            let fresh = states.len();
            let index = *found.entry(next.clone()).or_insert(fresh);
            if index == fresh {
                assert!(fresh < 50_000_000, "too many states");
                states.push(next);
                from.push((at, step, from[at].2 + 1));
                before.push(Vec::new());
            }
            before[index].push(at);
        }
        at += 1;
    }
    // Back from what is done: whatever is not met has no way there.
    let mut ends: Vec<usize> = (0..states.len())
        .filter(|index| model.is_done(&states[*index]))
        .collect();
    let mut leads = vec![false; states.len()];
    for end in &ends {
        leads[*end] = true;
    }
    while let Some(index) = ends.pop() {
        for earlier in &before[index] {
            if !std::mem::replace(&mut leads[*earlier], true) {
                ends.push(*earlier);
            }
        }
    }
    if let Some(stuck) = leads.iter().position(|leads| !leads) {
        return Err(Wrong {
            what: format!("no way to the end: {:?}", states[stuck]),
            trace: trace(&from, stuck),
        });
    }
    Ok(Report {
        states: states.len(),
        steps,
        depth: from
            .iter()
            .map(|(_, _, depth)| *depth)
            .max()
            .unwrap_or_default(),
    })
}

fn trace(from: &[(usize, String, usize)], mut at: usize) -> Vec<String> {
    let mut steps = Vec::new();
    while at != 0 {
        steps.push(from[at].1.clone());
        at = from[at].0;
    }
    steps.reverse();
    steps
}
