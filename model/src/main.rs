//! tmp
use proxy_orders_model::*;
use std::collections::BTreeSet;
fn main() {
    let a: Vec<u8> = std::env::args()
        .nth(1)
        .unwrap_or("2221111".into())
        .bytes()
        .map(|b| b - b'0')
        .collect();
    let which = std::env::args().nth(2).unwrap_or_default();
    let bounds = Bounds {
        spends: a[0],
        ticks: a[1],
        lock_losses: a[2],
        foreign_orders: a[3],
        decisions: a[4],
        overrides: a[5],
        price_moves: a[6],
    };
    for funds in [Funds::Balance, Funds::Later] {
        if which != "guards" {
            let all = explore(
                Protocol {
                    without: None,
                    limit: None,
                    bounds,
                    funds,
                },
                None,
            );
            println!("{funds:?} {} {:?}", all.states, all.time);
            let sit: BTreeSet<_> = SITUATIONS.iter().map(|s| s.0).collect();
            for (name, path) in &all.found {
                if !sit.contains(name) {
                    println!("  {name}: {} {path:?}", path.len());
                }
            }
            for s in sit {
                if !all.found.contains_key(s) {
                    println!("  NOT MET {s}");
                }
            }
        }
        if which == "all" {
            continue;
        }
        for guard in Guard::ALL {
            let f = explore(
                Protocol {
                    without: Some(guard),
                    limit: None,
                    bounds,
                    funds,
                },
                Some(guard.protects()),
            );
            println!(
                "{guard:?} {} {:?} {:?}: {:?}",
                f.states,
                f.time,
                guard.protects(),
                f.found.get(guard.protects())
            );
        }
    }
}
