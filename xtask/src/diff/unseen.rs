//! Changes that neither oasdiff nor the snapshots of the Rust types show, from two operation
//! tables.

use super::change::{Change, Side, Verdict};
use crate::build::table::{Operation, Parameter, Place, Table};

/// Returns the changes of the server, of effects and credentials, and of how parameters are sent.
pub fn changes(old: &Table, new: &Table) -> Vec<Change> {
    let mut found = Vec::new();
    if old.server != new.server && !old.operations.is_empty() && !new.operations.is_empty() {
        let [old, new] = [old, new].map(|table| table.server.as_deref().unwrap_or("none"));
        let text = format!("the base URL changed from `{old}` to `{new}`");
        found.push(change(Side::Wire, Verdict::Breaking, "the spec", text));
    }
    for old in &old.operations {
        if let Some(new) = new.operations.iter().find(|new| new.id == old.id) {
            operation(old, new, &mut found);
        }
    }
    found
}

fn change(side: Side, verdict: Verdict, place: &str, text: String) -> Change {
    Change {
        side,
        verdict,
        places: vec![place.to_owned()],
        text,
    }
}

fn operation(old: &Operation, new: &Operation, found: &mut Vec<Change>) {
    let id = &old.id;
    if old.credential != new.credential {
        let text = format!(
            "the credential moved from {} to {}",
            old.credential, new.credential
        );
        found.push(change(Side::Wire, Verdict::Breaking, id, text));
    }
    if old.effect != new.effect {
        // The transport repeats the first two after a failure, and callers rely on it.
        let is_repeated = |effect: &str| matches!(effect, "read" | "set");
        let verdict = match is_repeated(&old.effect) && !is_repeated(&new.effect) {
            true => Verdict::Breaking,
            false => Verdict::Compatible,
        };
        let text = format!("the effect changed from {} to {}", old.effect, new.effect);
        found.push(change(Side::Rust, verdict, id, text));
    }
    for condition in &new.conditions {
        if !old.conditions.contains(condition) {
            // A call that was sent is refused now. The vendor's server may have refused it before.
            let text = format!("there is a new condition: {}", condition.sentence());
            found.push(change(Side::Rust, Verdict::Breaking, id, text));
        }
    }
    for new in &new.parameters {
        let is_it = |it: &&Parameter| it.name == new.name && it.place == new.place;
        parameter(id, old.parameters.iter().find(is_it), new, found);
    }
}

fn parameter(id: &str, old: Option<&Parameter>, new: &Parameter, found: &mut Vec<Change>) {
    let name = &new.name;
    // A builder compiles without the parameter and then refuses to send. The types show it of a
    // body.
    if new.required && !old.is_some_and(|old| old.required) && new.place != Place::Body {
        let text = format!("parameter `{name}` is required now");
        found.push(change(Side::Rust, Verdict::Breaking, id, text));
    }
    let Some(old) = old else { return };
    if let (Some(old), Some(new)) = (&old.encoding, &new.encoding)
        && old != new
    {
        let text = format!("the encoding of `{name}` changed from `{old}` to `{new}`");
        found.push(change(Side::Wire, Verdict::Breaking, id, text));
    }
    if old.nullable && !new.nullable {
        let text = format!("`{name}` may no longer be null");
        found.push(change(Side::Wire, Verdict::Breaking, id, text));
    }
}
